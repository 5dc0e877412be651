//! DBFS paths: absolute, with or without their scheme.

use crate::sim::http::{Call, Refusal};

/// Below these nobody writes by hand.
const READ_ONLY: [&str; 2] = ["/databricks-datasets", "/databricks-results"];

/// Where the files of runs are.
const TRACKING: &str = "/databricks/mlflow-tracking";

/// The path of a field, in the spelling the service answers with.
///
/// # Errors
/// 400 where the field is missing or its path is not absolute, 403 where nobody looks.
pub(super) fn named(call: &Call<'_>, field: &str) -> Result<String, Refusal> {
    let written = call.need(field)?;
    let plain = written.strip_prefix("dbfs:").unwrap_or(written);
    if !plain.starts_with('/') {
        return Err(Refusal::invalid(format!("Path must be absolute: {written}")));
    }
    let names: Vec<&str> = plain.split('/').filter(|name| !name.is_empty()).collect();
    let path = format!("/{}", names.join("/"));
    // The rights of experiments hold there, which these calls do not ask for.
    if path.strip_prefix(TRACKING).is_some_and(is_end) {
        return Err(Refusal::denied(format!("No operations allowed on this path: {path}")));
    }
    Ok(path)
}

/// The path of a field that is about to be written.
///
/// # Errors
/// As [`named`], and 403 where nobody writes by hand.
pub(super) fn written(call: &Call<'_>, field: &str) -> Result<String, Refusal> {
    let path = named(call, field)?;
    let is_in = |place: &str| path.strip_prefix(place).is_some_and(is_end);
    if path == "/" || READ_ONLY.iter().any(|place| is_in(place)) {
        return Err(Refusal::denied(format!("Cannot write to {path}")));
    }
    Ok(path)
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// The folder that holds a path.
pub(super) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

/// What the paths of everything in a folder begin with.
pub(super) fn within(folder: &str) -> String {
    if folder == "/" { "/".to_owned() } else { format!("{folder}/") }
}
