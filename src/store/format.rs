//! Formats as `MAJOR.MINOR`.

use std::path::Path;

use super::error::StoreError;

/// Splits a format into its two numbers.
pub(super) fn parse(format: &str) -> Option<(u32, u32)> {
    let (major, minor) = format.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Refuses a plan, journal or base of a format that is newer than `known`, or none at all.
///
/// Fields that nobody here knows are an error there, so a newer minor is refused as well.
pub(super) fn check(
    file: &Path,
    what: &'static str,
    found: &str,
    known: &'static str,
) -> Result<(), StoreError> {
    match parse(found) {
        Some(version) if Some(version) > parse(known) => Err(StoreError::NewerFormat {
            file: file.to_owned(),
            what,
            found: found.to_owned(),
            known,
        }),
        Some((1.., _)) => Ok(()),
        _ => Err(StoreError::Field {
            file: file.to_owned(),
            line: None,
            field: "format".to_owned(),
            problem: format!("it is no format of a {what}"),
            hint: format!("name a {what} that brickform wrote"),
        }),
    }
}
