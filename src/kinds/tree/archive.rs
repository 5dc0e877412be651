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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::kind::Kind;
    use crate::kinds::{notebook, workspace_file};
    use crate::model::ServerId;

    fn archive(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn listed(kind: &'static Kind, key: &str, language: &str) -> Listed {
        let id = ServerId::from_value(&json!(1)).unwrap();
        Listed { kind, id, key: key.to_owned(), created: 0, raw: json!({ "language": language }) }
    }

    fn found(entries: &[(&str, &str)], objects: &[Listed]) -> Option<Vec<(String, ContentFormat)>> {
        let is_file = |one: &Listed| one.kind == &workspace_file::KIND;
        let found = read("/Shared/etl", &archive(entries), objects, is_file)?;
        let mut found: Vec<_> = found.into_iter().map(|(key, (format, _))| (key, format)).collect();
        found.sort();
        Some(found)
    }

    #[test]
    fn names_may_begin_with_the_folder_or_not() {
        let objects = [
            listed(&notebook::KIND, "/Shared/etl/load", "PYTHON"),
            listed(&notebook::KIND, "/Shared/etl/sub/model", "R"),
            listed(&notebook::KIND, "/Shared/etl/explore", "PYTHON"),
            listed(&workspace_file::KIND, "/Shared/etl/a.csv", ""),
        ];
        let wanted = vec![
            ("/Shared/etl/a.csv".to_owned(), ContentFormat::Raw),
            ("/Shared/etl/explore".to_owned(), ContentFormat::Jupyter),
            ("/Shared/etl/load".to_owned(), ContentFormat::Source),
            ("/Shared/etl/sub/model".to_owned(), ContentFormat::Source),
        ];
        let bare =
            [("load.py", "1"), ("sub/model.R", "2"), ("explore.ipynb", "{}"), ("a.csv", "4")];
        assert_eq!(found(&bare, &objects).as_ref(), Some(&wanted));
        let rooted = [
            ("etl/load.py", "1"),
            ("etl/sub/model.r", "2"),
            ("etl/explore.ipynb", "{}"),
            ("etl/a.csv", "4"),
        ];
        assert_eq!(found(&rooted, &objects), Some(wanted));
    }

    #[test]
    fn what_is_not_exactly_as_listed_is_not_trusted() {
        let load = || listed(&notebook::KIND, "/Shared/etl/load", "PYTHON");
        // One that is listed is missing, or has the ending of another language.
        assert_eq!(found(&[("other.py", "1")], &[load()]), None);
        assert_eq!(found(&[("load.scala", "1")], &[load()]), None);
        // Two forms of one notebook.
        assert_eq!(found(&[("load.py", "1"), ("load.ipynb", "{}")], &[load()]), None);
        // A notebook `load` and a file `load.py` share the one entry there is.
        let file = listed(&workspace_file::KIND, "/Shared/etl/load.py", "");
        assert_eq!(found(&[("load.py", "1")], &[load(), file]), None);
        assert!(read("/Shared/etl", b"<html>", &[load()], |_| false).is_none());
    }
}
