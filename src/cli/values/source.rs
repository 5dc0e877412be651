//! Values straight from the workspace that a snapshot is of.

use super::reader::{Reader, Say};
use crate::cli::connection::Connection;
use crate::cli::error::CliError;
use crate::cli::plan::Source;
use crate::model::Side;

/// Signs in to the workspace that a snapshot is of, and makes sure that it is the one.
pub(super) async fn open<'a>(
    connection: &Connection,
    source: &Source,
    via_cluster: Option<String>,
    say: Say<'a>,
) -> Result<Reader<'a>, CliError> {
    let target = connection.open(via_cluster.is_none()).await?;
    let (found, meant) =
        (Side::from(&target.caller.source), Side::from(&source.dir.snapshot.source));
    let is_it = match (&found.workspace_id, &meant.workspace_id) {
        (Some(found), Some(meant)) => found == meant,
        _ => found.host == meant.host,
    };
    if is_it {
        return Ok(Reader::new(target.session, via_cluster, say));
    }
    let message =
        format!("--secrets-from leads to {}, and the snapshot is of {}", found.host, meant.host);
    Err(CliError::refused(message).hint("name a profile of the workspace that was exported"))
}
