//! Files written block by block, over a handle that expires when it is not used.
//!
//! A file is there from its `create` on and grows with every block: whoever looks in between sees a part of it.

use bytes::Bytes;
use serde_json::json;

use super::files::{block, free};
use super::path::written;
use super::state::Stream;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State;

/// How long a handle is kept that is not used, in milliseconds.
const IDLE: i64 = 10 * 60 * 1000;

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = written(call, "path")?;
    state.dbfs.admit(&path)?;
    free(state, call, &path)?;
    state.dbfs.write(&path, Bytes::new(), call.now)?;
    let handle = state.ids.object();
    state.dbfs.streams.insert(handle, Stream { path, used: call.now });
    Ok(Answer::Json(json!({ "handle": handle })))
}

pub(super) fn add_block(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let more = block(call, "data")?;
    let stream = stream(state, call)?;
    stream.used = call.now;
    let path = stream.path.clone();
    state.dbfs.append(&path, &more, call.now);
    Ok(Answer::nothing())
}

pub(super) fn close(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    stream(state, call)?;
    state.dbfs.streams.remove(&call.need_int("handle")?);
    Ok(Answer::nothing())
}

fn stream<'a>(state: &'a mut State, call: &Call<'_>) -> Result<&'a mut Stream, Refusal> {
    let handle = call.need_int("handle")?;
    state.dbfs.streams.retain(|_, stream| call.now - stream.used <= IDLE);
    let missing = || Refusal::not_found(format!("No stream exists with handle {handle}"));
    state.dbfs.streams.get_mut(&handle).ok_or_else(missing)
}
