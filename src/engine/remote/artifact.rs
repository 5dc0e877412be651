//! Brickform's uncontested files on a plain MLflow server: artifacts that belong to no run.
//!
//! API: <https://mlflow.org/docs/latest/self-hosting/architecture/artifact-store/>, as a proxy of which the
//! server stands unless it was told not to.

use serde_json::Value;

use super::error::RemoteError;
use super::file::Put;
use crate::client::{Call, Kind, Session, segment};
use crate::kind::OWN_FOLDER;

const ARTIFACTS: &str = "/api/2.0/mlflow-artifacts/artifacts";

/// The path of a file below the root of all artifacts.
fn place(name: &str) -> String {
    format!("{}/{name}", OWN_FOLDER.trim_start_matches('/'))
}

fn url(name: &str) -> String {
    let parts: Vec<String> = place(name).split('/').map(segment).collect();
    format!("{ARTIFACTS}/{}", parts.join("/"))
}

/// Reads a file.
pub(super) async fn read(session: &Session, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
    match session.bytes(&Call::get(url(name))).await {
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        answer => Ok(Some(answer?.to_vec())),
    }
}

/// Writes a file, over another one too.
pub(super) async fn write(session: &Session, name: &str, bytes: &[u8]) -> Result<Put, RemoteError> {
    let put = Call::put(url(name)).bytes(bytes.to_vec(), "application/octet-stream");
    session.response(&put).await?;
    Ok(Put::Written)
}

/// Deletes a file; succeeds if it is gone already.
pub(super) async fn delete(session: &Session, name: &str) -> Result<(), RemoteError> {
    match session.response(&Call::delete(url(name))).await {
        Err(error) if error.kind() != Kind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Lists the files of a folder.
pub(super) async fn list(session: &Session, folder: &str) -> Result<Vec<String>, RemoteError> {
    let answer = match session.get(ARTIFACTS, &[("path", place(folder))]).await {
        Err(error) if error.kind() == Kind::NotFound => return Ok(Vec::new()),
        answer => answer?,
    };
    let files = answer.get("files").and_then(Value::as_array).into_iter().flatten();
    let files = files.filter(|file| file.get("is_dir") != Some(&Value::Bool(true)));
    let mut names: Vec<String> = files
        .filter_map(|file| Some(file.get("path")?.as_str()?.rsplit('/').next()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}
