//! A folder as a zip archive.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use bytes::Bytes;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::sim::http::Refusal;

use super::export::single;
use super::import::{LIMIT, too_large};
use super::state::{Object, State};

/// Packs what lies below a folder: notebooks, and with `AUTO` also files. Working copies of git
/// folders are in it like everything else. Where a file and a notebook come to the same name, the
/// archive holds only one of them.
pub(super) fn archive(tree: &State, folder: i64, format: &str) -> Result<Bytes, Refusal> {
    let mut entries = BTreeMap::new();
    let root = tree.node(folder).map(|node| node.name.as_str()).unwrap_or_default();
    let prefix = if tree.habits.archives_name_their_root && !root.is_empty() {
        format!("{root}/")
    } else {
        String::new()
    };
    collect(tree, folder, &prefix, format, &mut entries)?;
    if entries.values().map(Bytes::len).sum::<usize>() > LIMIT {
        return Err(too_large());
    }
    pack(&entries).map_err(|error| Refusal::new(500, "INTERNAL_ERROR", error.to_string()))
}

fn collect(
    tree: &State,
    folder: i64,
    prefix: &str,
    format: &str,
    entries: &mut BTreeMap<String, Bytes>,
) -> Result<(), Refusal> {
    for id in tree.children(folder) {
        let Some(node) = tree.node(id) else { continue };
        match &node.object {
            object if object.children().is_some() => {
                collect(tree, id, &format!("{prefix}{}/", node.name), format, entries)?;
            }
            Object::Notebook { .. } => {
                let exported = single(id, node, format)?;
                entries.insert(
                    format!("{prefix}{}.{}", node.name, exported.extension),
                    exported.bytes,
                );
            }
            Object::File { content } if format == "AUTO" => {
                entries.insert(format!("{prefix}{}", node.name), content.clone());
            }
            _ => {}
        }
    }
    Ok(())
}

fn pack(entries: &BTreeMap<String, Bytes>) -> zip::result::ZipResult<Bytes> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(name.as_str(), SimpleFileOptions::default())?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner().into())
}
