//! The rewrites file of a command.

use std::path::Path;

use super::error::CliError;
use crate::engine::Rewrites;

/// Reads the rewrites of a command; none where there is no file.
pub(super) fn read(path: Option<&Path>) -> Result<Rewrites, CliError> {
    let Some(path) = path else { return Ok(Rewrites::default()) };
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::failed(format!("cannot read the rewrites file {shown}")).because(error)
    })?;
    Ok(Rewrites::parse(&text, &shown)?)
}
