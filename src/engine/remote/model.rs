//! Brickform's contested files on a plain MLflow server: registered models without versions.
//!
//! The name of a registered model is the one thing there that only one of several writers can make. The
//! description is the file's content, which people see in MLflow's pages.
//!
//! API: <https://mlflow.org/docs/latest/rest-api.html#create-registeredmodel>

use serde_json::{Value, json};

use super::error::RemoteError;
use super::file::Put;
use crate::client::{Call, Error, Kind, Paging, Repeat, Session};
use crate::kind::OWN_MODELS;

const MODELS: &str = "/api/2.0/mlflow/registered-models";

/// The name of a file's model; MLflow allows no slash in it.
fn model(name: &str) -> String {
    format!("{OWN_MODELS}{}", name.replace('/', "."))
}

/// Reads a file.
pub(super) async fn read(session: &Session, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
    let get = Call::get(format!("{MODELS}/get")).query("name", model(name));
    match session.send(&get).await {
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        answer => Ok(Some(content(&answer?))),
    }
}

fn content(answer: &Value) -> Vec<u8> {
    let text = answer.pointer("/registered_model/description").and_then(Value::as_str);
    text.unwrap_or_default().as_bytes().to_vec()
}

/// Writes a file.
pub(super) async fn write(
    session: &Session,
    name: &str,
    bytes: &[u8],
    overwrite: bool,
) -> Result<Put, RemoteError> {
    let body = json!({ "name": model(name), "description": String::from_utf8_lossy(bytes) });
    let update = Call::patch(format!("{MODELS}/update")).json(body.clone());
    if overwrite {
        match session.send(&update).await {
            Err(error) if error.kind() == Kind::NotFound => {}
            answer => return Ok(answer.map(|_| Put::Written)?),
        }
    }
    let create = Call::post(format!("{MODELS}/create")).json(body).repeat(Repeat::Idempotent);
    match session.send(&create).await {
        Err(error) if error.kind() == Kind::AlreadyExists => {
            let found = read(session, name).await?;
            Ok(if found.as_deref() == Some(bytes) { Put::Written } else { Put::Exists })
        }
        answer => Ok(answer.map(|_| Put::Written)?),
    }
}

/// Deletes a file; succeeds if it is gone already.
pub(super) async fn delete(session: &Session, name: &str) -> Result<(), RemoteError> {
    let body = json!({ "name": model(name) });
    let call = Call::delete(format!("{MODELS}/delete")).json(body);
    match session.send(&call).await {
        Err(error) if error.kind() != Kind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Lists the files of a folder.
pub(super) async fn list(session: &Session, folder: &str) -> Result<Vec<String>, RemoteError> {
    let prefix = model(&format!("{folder}/"));
    let call = Call::get(format!("{MODELS}/search"))
        .query("filter", format!("name LIKE '{prefix}%'"))
        .query("max_results", "100");
    let models: Result<Vec<Value>, Error> =
        session.list(call, "/registered_models", Paging::PAGE_TOKEN).await;
    // `LIKE` takes some characters for others.
    let names = models?
        .iter()
        .filter_map(|found| Some(found.get("name")?.as_str()?.strip_prefix(&prefix)?.to_owned()))
        .collect();
    Ok(names)
}
