//! Brickform's files in a workspace: files of the tree, below a folder of its own.
//!
//! API: <https://docs.databricks.com/api/workspace/workspace>

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::error::RemoteError;
use super::file::Put;
use crate::client::{Call, Error, Kind, Repeat, Session};
use crate::kind::OWN_FOLDER;

/// How often a write is tried that others get in the way of.
const TRIES: u32 = 4;

/// How long the first of these tries waits for the next.
const BREATH: Duration = Duration::from_millis(100);

fn place(name: &str) -> String {
    format!("{OWN_FOLDER}/{name}")
}

/// Reads a file; a folder of that name is [`RemoteError::Taken`].
pub(super) async fn read(session: &Session, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
    let path = place(name);
    let export = |format: &'static str| {
        let call = Call::get("/api/2.0/workspace/export").query("path", &path);
        let call = call.query("format", format);
        async move { session.bytes(&call).await }
    };
    let answer = match export("RAW").await {
        Err(error) if error.kind() == Kind::Invalid => export("AUTO").await,
        other => other,
    };
    match answer {
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        other => content(&other?).map(Some).ok_or(RemoteError::Taken { path }),
    }
}

/// An exported file; a folder, which comes as an archive, is none. Some servers answer with the bytes as
/// they are, also where nobody asked for that.
fn content(answer: &[u8]) -> Option<Vec<u8>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Export {
        content: String,
        #[serde(default)]
        file_type: String,
    }
    match serde_json::from_slice::<Export>(answer) {
        Ok(export) if export.file_type == "zip" => None,
        Ok(export) => STANDARD.decode(export.content.replace(['\n', '\r'], "")).ok(),
        Err(_) => Some(answer.to_vec()),
    }
}

/// Writes a file; folders that are missing are made, and something else in their place is
/// [`RemoteError::Taken`].
pub(super) async fn write(
    session: &Session,
    name: &str,
    bytes: &[u8],
    overwrite: bool,
) -> Result<Put, RemoteError> {
    let path = place(name);
    let body = json!({
        "path": path,
        "content": STANDARD.encode(bytes),
        "format": "RAW",
        "overwrite": overwrite,
    });
    let import = Call::post("/api/2.0/workspace/import").json(body).repeat(Repeat::Idempotent);
    let mut obstacle = None;
    let mut tries = 0;
    loop {
        tries += 1;
        let Err(error) = session.send(&import).await else { return Ok(Put::Written) };
        match error.kind() {
            Kind::NotFound if obstacle.is_some() => {
                return Err(obstacle.unwrap_or(RemoteError::Failed(error)));
            }
            Kind::NotFound if tries < TRIES => obstacle = make_folder(session, &path).await?,
            Kind::AlreadyExists | Kind::Conflict if !overwrite => {
                match read(session, name).await? {
                    Some(found) if found == bytes => return Ok(Put::Written),
                    Some(_) => return Ok(Put::Exists),
                    None if tries >= TRIES => return Err(RemoteError::Failed(error)),
                    // It was deleted meanwhile, or a copy answered that does not know it yet.
                    None => sleep(BREATH * tries).await,
                }
            }
            Kind::NotFound => return Err(RemoteError::NoFiles(error)),
            Kind::AlreadyExists => return Err(RemoteError::Taken { path }),
            Kind::Conflict if tries < TRIES => sleep(BREATH * tries).await,
            _ => return Err(error.into()),
        }
    }
}

/// Makes the folder of a path, and gives what may be in its way: the next write knows.
async fn make_folder(session: &Session, path: &str) -> Result<Option<RemoteError>, RemoteError> {
    let folder = path.rsplit_once('/').map_or(OWN_FOLDER, |(folder, _)| folder);
    let mkdirs = Call::post("/api/2.0/workspace/mkdirs").json(json!({ "path": folder }));
    match session.send(&mkdirs.repeat(Repeat::Idempotent)).await {
        Ok(_) => Ok(None),
        Err(error) => match error.kind() {
            // Two that make the same folder at the same time can be answered so, too.
            Kind::AlreadyExists | Kind::Conflict => {
                Ok(Some(RemoteError::Taken { path: folder.to_owned() }))
            }
            Kind::NotFound => Err(RemoteError::NoFiles(error)),
            _ => Err(error.into()),
        },
    }
}

/// Deletes a file; succeeds if it is gone already.
pub(super) async fn delete(session: &Session, name: &str) -> Result<(), RemoteError> {
    let body = json!({ "path": place(name), "recursive": false });
    let call = Call::post("/api/2.0/workspace/delete").json(body).repeat(Repeat::Idempotent);
    match session.send(&call).await {
        Err(error) if error.kind() != Kind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Lists the files directly in a folder; something else in its place is [`RemoteError::Taken`].
pub(super) async fn list(session: &Session, folder: &str) -> Result<Vec<String>, RemoteError> {
    let path = place(folder);
    let answer: Result<Value, Error> =
        session.get("/api/2.0/workspace/list", &[("path", path.clone())]).await;
    let answer = match answer {
        Err(error) if error.kind() == Kind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut names = Vec::new();
    for object in answer.get("objects").and_then(Value::as_array).into_iter().flatten() {
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        let found = text("path");
        // Listing what is no folder answers with the thing itself.
        if found.strip_prefix("/Workspace").unwrap_or(found) == path {
            return Err(RemoteError::Taken { path });
        }
        if text("object_type") != "DIRECTORY" {
            names.extend(found.rsplit('/').next().map(str::to_owned));
        }
    }
    names.sort();
    Ok(names)
}
