//! Values straight from the workspace that a snapshot is of.

use crate::cli::connection::{Connection, Target};
use crate::cli::error::CliError;
use crate::cli::plan::Source;
use crate::kinds::secrets;
use crate::model::{SecretBytes, Side};

/// The workspace that a snapshot is of.
pub(super) struct Workspace {
    target: Target,
}

impl Workspace {
    /// Signs in, and makes sure that it is the one.
    pub(super) async fn open(connection: &Connection, source: &Source) -> Result<Self, CliError> {
        let target = connection.open(true).await?;
        let (found, meant) =
            (Side::from(&target.caller.source), Side::from(&source.dir.snapshot.source));
        let is_it = match (&found.workspace_id, &meant.workspace_id) {
            (Some(found), Some(meant)) => found == meant,
            _ => found.host == meant.host,
        };
        if is_it {
            return Ok(Self { target });
        }
        let message = format!(
            "--secrets-from leads to {}, and the snapshot is of {}",
            found.host, meant.host
        );
        Err(CliError::refused(message).hint("name a profile of the workspace that was exported"))
    }

    /// The value of a secret; `Err` in words where it cannot be had.
    pub(super) async fn value(&self, name: &str) -> Result<SecretBytes, String> {
        secrets::value(&self.target.session, name).await.map_err(|error| {
            format!("its value cannot be read from the source: {}", error.lasting_words())
        })
    }
}
