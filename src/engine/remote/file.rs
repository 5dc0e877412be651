//! One file at a time: read, write, delete, list.

use super::error::RemoteError;
use super::{artifact, model, tree};
use crate::client::Session;
use crate::model::Server;

/// The folder in which a file can be made where there is none, and nowhere else on a plain MLflow server.
pub const CONTESTED: &str = "lock";

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The file holds these bytes now.
    Written,
    /// Another file of that name is there, and was left as it is.
    Exists,
}

/// How a server keeps a file.
enum Kept {
    /// In the workspace tree.
    Tree,
    /// As a registered model without versions, whose description is the content.
    Model,
    /// As an artifact of nobody's.
    Artifact,
}

fn kept(session: &Session, name: &str) -> Kept {
    let folder = name.split_once('/').map_or(name, |(folder, _)| folder);
    match session.server() {
        Server::Workspace => Kept::Tree,
        Server::Mlflow if folder == CONTESTED => Kept::Model,
        Server::Mlflow => Kept::Artifact,
    }
}

/// Reads a file below brickform's folder; `None` where there is none.
///
/// # Errors
///
/// [`RemoteError::Taken`] where a folder has that name; otherwise as the server refuses.
pub async fn read(session: &Session, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
    match kept(session, name) {
        Kept::Tree => tree::read(session, name).await,
        Kept::Model => model::read(session, name).await,
        Kept::Artifact => artifact::read(session, name).await,
    }
}

/// Writes a file below brickform's folder; folders that are missing are made.
///
/// Without `overwrite`, which on a plain MLflow server has to stand in [`CONTESTED`], a file that is there
/// stays, and of several writers at the same time one gets [`Put::Written`]; so does one that finds exactly
/// its own bytes, because a request without an answer may have been carried out.
///
/// # Errors
///
/// [`RemoteError::Taken`] where a folder, or in place of a folder something else, has that name;
/// otherwise as the server refuses.
pub async fn write(
    session: &Session,
    name: &str,
    bytes: &[u8],
    overwrite: bool,
) -> Result<Put, RemoteError> {
    match kept(session, name) {
        Kept::Tree => tree::write(session, name, bytes, overwrite).await,
        Kept::Model => model::write(session, name, bytes, overwrite).await,
        Kept::Artifact => artifact::write(session, name, bytes).await,
    }
}

/// Deletes a file below brickform's folder; succeeds if it is gone already.
///
/// # Errors
///
/// As the server refuses.
pub async fn delete(session: &Session, name: &str) -> Result<(), RemoteError> {
    match kept(session, name) {
        Kept::Tree => tree::delete(session, name).await,
        Kept::Model => model::delete(session, name).await,
        Kept::Artifact => artifact::delete(session, name).await,
    }
}

/// Lists the names of the files directly in a folder below brickform's; none where the folder is missing.
///
/// # Errors
///
/// [`RemoteError::Taken`] where the folder is none; otherwise as the server refuses.
pub async fn list(session: &Session, folder: &str) -> Result<Vec<String>, RemoteError> {
    match kept(session, folder) {
        Kept::Tree => tree::list(session, folder).await,
        Kept::Model => model::list(session, folder).await,
        Kept::Artifact => artifact::list(session, folder).await,
    }
}
