//! A folder's export as one archive, and what of it can be trusted.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};

use super::path;
use crate::kind::Listed;
use crate::model::ContentFormat;

/// Contents found in an archive, by the key of the listed object they belong to.
pub(super) type Found = HashMap<String, (ContentFormat, Vec<u8>)>;

/// The names a listed object may have in an archive, relative to the exported folder.
fn names(folder: &str, object: &Listed, is_file: bool) -> Vec<(String, ContentFormat)> {
    let relative =
        object.key.strip_prefix(folder).unwrap_or(&object.key).trim_start_matches('/').to_owned();
    if is_file {
        return vec![(relative, ContentFormat::Raw)];
    }
    let language = object.raw.get("language").and_then(serde_json::Value::as_str).unwrap_or("");
    let mut names = vec![
        (format!("{relative}{}", path::source_ending(language)), ContentFormat::Source),
        (format!("{relative}.ipynb"), ContentFormat::Jupyter),
    ];
    if language == "R" {
        names.push((format!("{relative}.R"), ContentFormat::Source));
    }
    names
}

/// Reads an archive of `folder` and matches it with what the listing says is in it.
///
/// It is faithful only if every listed object is found in it exactly once, under the name and with the
/// ending of its type and language. Anything else answers `None`, and the objects are read one by one.
pub(super) fn read(
    folder: &str,
    bytes: &[u8],
    listed: &[Listed],
    is_file: impl Fn(&Listed) -> bool,
) -> Option<Found> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut entries: HashMap<String, Vec<u8>> = HashMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).ok()?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().ok()?.into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).ok()?;
        if entries.insert(name, content).is_some() {
            return None;
        }
    }
    // An archive may or may not begin its names with the folder's own.
    let root = format!("{}/", path::file_name(folder));
    let rooted = !entries.is_empty() && entries.keys().all(|name| name.starts_with(&root));
    let prefix = if rooted { root.as_str() } else { "" };
    let mut found = Found::new();
    for object in listed {
        let candidates: Vec<_> = names(folder, object, is_file(object))
            .into_iter()
            .filter(|(name, _)| entries.contains_key(&format!("{prefix}{name}")))
            .collect();
        let [(name, format)] = candidates.as_slice() else { return None };
        // Taken out, so that a file `a.py` and a notebook `a` cannot both be served by one entry.
        let content = entries.remove(&format!("{prefix}{name}"))?;
        found.insert(object.key.clone(), (*format, content));
    }
    Some(found)
}
