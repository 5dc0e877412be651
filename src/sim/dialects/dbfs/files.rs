//! Files in one piece: a part of one read, a small one written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::path::{named, written};
use super::state::Entry;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State;

/// The most that is read or written at a time.
pub(super) const BLOCK: usize = 1024 * 1024;

/// What is read where no length was sent.
const USUAL: i64 = 512 * 1024;

pub(super) fn read(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = named(call, "path")?;
    state.dbfs.admit(&path)?;
    let number = |name: &str, usual: i64| match call.query(name) {
        None => Ok(usual),
        Some(text) => text.parse().map_err(|_| Refusal::invalid(format!("Invalid {name}: {text}"))),
    };
    let (offset, length) = (number("offset", 0)?, number("length", USUAL)?);
    let Entry::File { content, .. } = state.dbfs.entry(&path)? else {
        return Err(Refusal::invalid(format!("Cannot read a directory: {path}")));
    };
    let (Ok(offset), Ok(length)) = (usize::try_from(offset), usize::try_from(length)) else {
        return Err(Refusal::invalid("offset and length must not be negative"));
    };
    if length > BLOCK {
        let message =
            format!("The maximum read size is {BLOCK} bytes, and {length} were asked for");
        return Err(Refusal::new(400, "MAX_READ_SIZE_EXCEEDED", message));
    }
    let from = offset.min(content.len());
    let part = content.slice(from..from.saturating_add(length).min(content.len()));
    Ok(Answer::Json(json!({ "bytes_read": part.len(), "data": STANDARD.encode(&part) })))
}

pub(super) fn put(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = written(call, "path")?;
    state.dbfs.admit(&path)?;
    let content = block(call, "contents")?;
    free(state, call, &path)?;
    state.dbfs.write(&path, content, call.now)?;
    Ok(Answer::nothing())
}

/// Refuses a path that is taken, unless the call overwrites.
pub(super) fn free(state: &State, call: &Call<'_>, path: &str) -> Result<(), Refusal> {
    let overwrites = call.body.get("overwrite").and_then(Value::as_bool) == Some(true);
    if !overwrites && state.dbfs.entry(path).is_ok() {
        return Err(Refusal::exists(format!("A file or directory already exists at {path}.")));
    }
    Ok(())
}

/// The bytes of a field, which are not too many.
pub(super) fn block(call: &Call<'_>, field: &str) -> Result<Bytes, Refusal> {
    let text = call.text(field).unwrap_or_default();
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| Refusal::invalid(format!("'{field}' is not a valid base64 string")))?;
    if bytes.len() > BLOCK {
        let message =
            format!("The maximum block size is {BLOCK} bytes, and {} were sent", bytes.len());
        return Err(Refusal::new(400, "MAX_BLOCK_SIZE_EXCEEDED", message));
    }
    Ok(bytes.into())
}
