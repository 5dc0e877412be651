//! The files which runs leave: listed by run, and carried by the server where they are its own.
//!
//! Where a run's files are follows from its experiment. What is on DBFS is written and read through
//! the calls of DBFS; what has a location `mlflow-artifacts:/…` through the calls here. Below
//! `dbfs:/databricks/mlflow-tracking` is what the workspace keeps in its cloud's storage; it signs an
//! address for each of these files, as the vendor's `mlflow` package asks it to.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::runs::id_of;
use super::state::{Artifact, State};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::page_in_order;
use crate::sim::registry;
use crate::sim::state::State as Workspace;
use crate::sim::storage::Right;

/// How many files the addresses are signed of in one call, as many as the vendor's client asks for.
const MOST_PATHS: usize = 2_000;

/// What the path of a file on DBFS begins with, and of one which the server carries itself.
const DBFS: &str = "dbfs:/";
const OWN: &str = "mlflow-artifacts:/";

/// Below this folder of DBFS is what the cloud's storage has.
const STORED: &str = "databricks/mlflow-tracking/";

/// One entry of a folder: its name, and its size if it is a file.
type Entry = (String, Option<u64>);

/// Refuses a path which would lead out of its folder.
fn inside(path: &str) -> Result<&str, Refusal> {
    let path = path.trim_end_matches('/');
    if path.starts_with('/') || path.split('/').any(|name| name == "..") {
        return Err(Refusal::invalid("Invalid path"));
    }
    Ok(path)
}

fn joined(folder: &str, name: &str) -> String {
    [folder, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// Lists what is directly below a folder of a run; a file and what is not there hold nothing.
pub(super) fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(call)?;
    let root = state.mlflow.artifact_uri(id, state.mlflow.run(id)?);
    let below = inside(call.query("path").unwrap_or_default())?;
    let place = joined(&root, below);
    let entries = match (place.strip_prefix(DBFS), place.strip_prefix(OWN)) {
        (Some(path), _) if path.starts_with(STORED) => in_storage(state, path),
        (Some(path), _) => on_dbfs(state, call, &format!("/{path}"))?,
        (_, Some(path)) => state.mlflow.folder(path.trim_start_matches('/')),
        _ => Vec::new(),
    };
    let (entries, next) = page_in_order(entries, call, 1_000, 1_000, "page_token")?;
    let mut answer = json!({ "root_uri": root });
    if !entries.is_empty() {
        answer["files"] = entries.iter().map(|entry| info(below, entry)).collect();
    }
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

/// An entry as answers show it; the size of an empty file is left out like that of a folder.
fn info(folder: &str, (name, size): &Entry) -> Value {
    let mut info = json!({ "path": joined(folder, name), "is_dir": size.is_none() });
    if let Some(size) = size.filter(|size| *size > 0) {
        info["file_size"] = json!(size);
    }
    info
}

/// What DBFS says is in a folder.
fn on_dbfs(state: &mut Workspace, call: &Call<'_>, folder: &str) -> Result<Vec<Entry>, Refusal> {
    const LIST: &str = "/api/2.0/dbfs/list";
    let route = registry::ROUTES
        .iter()
        .copied()
        .flatten()
        .find(|route| route.method == "GET" && route.path == LIST);
    let Some(route) = route else { return Ok(Vec::new()) };
    let query = BTreeMap::from([("path".to_owned(), folder.to_owned())]);
    let answer = match (route.handler)(state, &Call { query, ..call.other(&Method::GET, LIST) }) {
        Ok(Answer::Json(answer)) => answer,
        Err(refusal) if refusal.status == 404 => return Ok(Vec::new()),
        Err(refusal) => return Err(refusal),
        Ok(_) => return Ok(Vec::new()),
    };
    let mut entries: Vec<Entry> = answer["files"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|file| {
            let path = file["path"].as_str()?.strip_prefix(folder)?;
            let name = path.trim_start_matches('/');
            let size = file["file_size"].as_u64().filter(|_| file["is_dir"] != true);
            (!name.is_empty()).then(|| (name.to_owned(), size))
        })
        .collect();
    entries.sort();
    Ok(entries)
}

/// What the cloud's storage holds directly below a folder.
fn in_storage(state: &Workspace, folder: &str) -> Vec<Entry> {
    directly(state.storage.below(folder))
}

/// What is directly in a folder, by name, of all that is below it.
fn directly<'a>(below: impl Iterator<Item = (&'a str, usize)>) -> Vec<Entry> {
    let mut entries: BTreeMap<String, Option<u64>> = BTreeMap::new();
    for (path, size) in below {
        match path.split_once('/') {
            Some((name, _)) => entries.insert(name.to_owned(), None),
            None => entries.insert(path.to_owned(), Some(size as u64)),
        };
    }
    entries.into_iter().collect()
}

impl State {
    /// What the server itself holds directly below a folder, by name.
    fn folder(&self, folder: &str) -> Vec<Entry> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        directly(
            self.artifacts
                .range(start.clone()..)
                .map_while(|(path, file)| Some((path.strip_prefix(&start)?, file.bytes.len()))),
        )
    }
}

/// Signs addresses that let files of a run be read.
pub(super) fn to_read(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    credentials(state, call, Right::Read)
}

/// Signs addresses that let files of a run be written.
pub(super) fn to_write(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    credentials(state, call, Right::Write)
}

fn credentials(state: &mut Workspace, call: &Call<'_>, right: Right) -> Result<Answer, Refusal> {
    only(call, &["run_id", "path", "page_token"])?;
    let id = call.need("run_id")?;
    let root = state.mlflow.artifact_uri(id, state.mlflow.run(id)?);
    let root = root.strip_prefix(DBFS).filter(|path| path.starts_with(STORED));
    let root =
        root.ok_or_else(|| Refusal::invalid(format!("{id} has no files in this storage")))?;
    let paths = call.body["path"].as_array().map_or(&[][..], Vec::as_slice);
    if paths.is_empty() || paths.len() > MOST_PATHS {
        return Err(Refusal::invalid(format!("'path' must name 1 to {MOST_PATHS} files")));
    }
    let paths = paths.iter().map(|path| {
        let path = path.as_str().filter(|path| !path.is_empty());
        inside(path.ok_or_else(|| Refusal::invalid("'path' must hold the paths of files"))?)
    });
    let paths = paths.collect::<Result<Vec<_>, _>>()?;
    let (paths, next) = page_in_order(paths, call, MOST_PATHS, MOST_PATHS, "page_token")?;
    let infos = paths.iter().map(|path| {
        let place = joined(root, path);
        json!({
            "run_id": id,
            "path": path,
            "signed_uri": state.storage.signed(&call.origin, &place, right, call.now),
            "headers": [],
            "type": state.storage.cloud.word(),
        })
    });
    let mut answer = json!({ "credential_infos": infos.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

/// Refuses a field that the call does not have; the vendor's SDK does not know this call.
fn only(call: &Call<'_>, fields: &[&str]) -> Result<(), Refusal> {
    let sent = call.body.as_object().into_iter().flat_map(|body| body.keys());
    match sent.into_iter().find(|name| !fields.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Refusal::invalid(format!("Unknown field '{name}'"))),
    }
}

pub(super) fn folder(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = inside(call.query("path").unwrap_or_default())?;
    let files: Vec<Value> = state.mlflow.folder(path).iter().map(|entry| info("", entry)).collect();
    Ok(Answer::Json(if files.is_empty() { json!({}) } else { json!({ "files": files }) }))
}

pub(super) fn download(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = inside(call.param("path"))?;
    let file = state.mlflow.artifacts.get(path).ok_or_else(|| missing(path))?;
    Ok(Answer::Bytes { content_type: "application/octet-stream", bytes: file.bytes.clone() })
}

/// Writes a file, also over one which is there.
pub(super) fn upload(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = inside(call.param("path"))?.to_owned();
    state.mlflow.artifacts.insert(path, Artifact { bytes: call.raw.clone() });
    Ok(Answer::nothing())
}

/// Deletes a file, or everything below a folder.
pub(super) fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = inside(call.param("path"))?;
    let below = format!("{path}/");
    let count = state.mlflow.artifacts.len();
    state.mlflow.artifacts.retain(|other, _| other != path && !other.starts_with(&below));
    if state.mlflow.artifacts.len() == count {
        return Err(missing(path));
    }
    Ok(Answer::nothing())
}

fn missing(path: &str) -> Refusal {
    Refusal::not_found(format!("No such artifact: '{path}'"))
}
