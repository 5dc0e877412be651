//! What stands where: listed, made, moved and deleted.

use serde_json::{Value, json};

use super::path::{named, parent, within, written};
use super::state::Entry;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::shuffle;
use crate::sim::state::State;

/// The largest folder whose listing ends before the gateway gives up.
const LISTABLE: usize = 10_000;

/// How many entries one call deletes.
const DELETED_AT_ONCE: usize = 1_000;

pub(super) fn get_status(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = named(call, "path")?;
    state.dbfs.admit(&path)?;
    Ok(Answer::Json(state.dbfs.entry(&path)?.info(&path)))
}

pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = named(call, "path")?;
    state.dbfs.admit(&path)?;
    let entry = state.dbfs.entry(&path)?;
    if let Entry::File { .. } = entry {
        return Ok(Answer::Json(json!({ "files": [entry.info(&path)] })));
    }
    let children: Vec<String> = state.dbfs.children(&path).map(str::to_owned).collect();
    if children.len() > LISTABLE {
        let message = "The list operation did not end in time; use dbutils.fs in a notebook";
        return Err(Refusal::new(504, "DEADLINE_EXCEEDED", message));
    }
    let infos: Result<Vec<Value>, Refusal> = shuffle(children, call)
        .iter()
        .map(|child| Ok(state.dbfs.entry(child)?.info(child)))
        .collect();
    let infos = infos?;
    // An empty list is left out, as in other answers of this age.
    Ok(Answer::Json(if infos.is_empty() { json!({}) } else { json!({ "files": infos }) }))
}

pub(super) fn mkdirs(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = written(call, "path")?;
    state.dbfs.admit(&path)?;
    state.dbfs.make_folder(&path, call.now)?;
    Ok(Answer::nothing())
}

pub(super) fn move_(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (from, to) = (written(call, "source_path")?, written(call, "destination_path")?);
    state.dbfs.admit(&from)?;
    state.dbfs.entry(&from)?;
    if state.dbfs.entry(&to).is_ok() {
        return Err(Refusal::exists(format!("A file or directory already exists at {to}.")));
    }
    if to.starts_with(&within(&from)) {
        return Err(Refusal::invalid(format!("{to} lies within {from}")));
    }
    if state.dbfs.habits.makes_folders {
        state.dbfs.make_folder(parent(&to), call.now)?;
    } else {
        state.dbfs.entry(parent(&to))?;
    }
    let inner: Vec<String> = state.dbfs.below(&from).map(str::to_owned).collect();
    for path in inner.into_iter().chain([from.clone()]) {
        if let Some(entry) = state.dbfs.take(&path) {
            state.dbfs.put_back(format!("{to}{}", &path[from.len()..]), entry);
        }
    }
    Ok(Answer::nothing())
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = written(call, "path")?;
    state.dbfs.admit(&path)?;
    state.dbfs.entry(&path)?;
    let recursive = call.body.get("recursive").and_then(Value::as_bool) == Some(true);
    let inner: Vec<String> = state.dbfs.below(&path).map(str::to_owned).collect();
    if !inner.is_empty() && !recursive {
        let message = format!("The directory {path} is not empty");
        return Err(Refusal::new(400, "IO_ERROR", message));
    }
    // From the leaves, so that what is cut off leaves no file without its folder.
    let left = inner.len().saturating_sub(DELETED_AT_ONCE);
    for path in inner.iter().rev().take(DELETED_AT_ONCE) {
        state.dbfs.take(path);
    }
    if left > 0 {
        let message = "Not all files were deleted; repeat the call until it succeeds";
        return Err(Refusal::new(503, "PARTIAL_DELETE", message));
    }
    state.dbfs.take(&path);
    Ok(Answer::nothing())
}
