//! All files of a snapshot, one after the other.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::layout::{self, HEADER, WORKSPACE};
use super::tree::{self, Directory, Leaf};
use super::{header, notes, object};
use crate::model::{Content, Digest, Layout, Resource, Snapshot, visit_blobs};
use crate::store::error::StoreError;
use crate::store::paths::INDEX;
use crate::store::yaml::to_yaml;

/// What a file is to hold.
pub(super) enum Bytes<'a> {
    /// This text.
    Text(String),
    /// A content of the snapshot.
    Content(&'a Content),
    /// Bytes that a spec speaks of.
    Blob(Digest),
}

/// Takes the files one by one: path within the snapshot, and what is to stand there.
pub(super) type Sink<'s, 'a> = dyn FnMut(String, Bytes<'a>) -> Result<(), StoreError> + 's;

/// Gives every file of the snapshot to `sink`, each once; the header comes last.
pub(super) fn render<'a>(
    snapshot: &'a Snapshot,
    sink: &mut Sink<'_, 'a>,
) -> Result<(), StoreError> {
    check(snapshot)?;
    let mut renderer = Renderer { sink, blobs: BTreeMap::new() };
    for (kind, mark) in &snapshot.kinds {
        if mark.layout == Layout::Objects {
            renderer.objects(kind, snapshot)?;
        }
    }
    let root = match Directory::of(snapshot)? {
        Some(root) => Some(renderer.directory(&root, "/", WORKSPACE)?),
        None => None,
    };
    for (path, bytes) in std::mem::take(&mut renderer.blobs) {
        sink(path, bytes)?;
    }
    for (file, severities) in notes::FILES {
        sink(notes::path(file), yaml(&notes::to_value(&snapshot.findings, severities)))?;
    }
    sink(HEADER.to_owned(), yaml(&header::to_value(snapshot, root.as_ref())))
}

pub(super) fn yaml(value: &Value) -> Bytes<'static> {
    Bytes::Text(to_yaml(value))
}

/// Makes sure that the snapshot can be read back: its marks are those of what it holds.
fn check(snapshot: &Snapshot) -> Result<(), StoreError> {
    let refuse = |about: String, problem: &str| {
        Err(StoreError::Unstorable { about, problem: problem.to_owned() })
    };
    for (address, resource) in &snapshot.resources {
        if *address != resource.address {
            return refuse(address.to_string(), "the snapshot lists it under another address");
        }
        if !snapshot.kinds.contains_key(&address.kind) {
            return refuse(address.to_string(), "the snapshot has no mark for its kind");
        }
        if depth(&resource.spec) > DEEPEST {
            return refuse(
                address.to_string(),
                "its settings are nested more than a hundred levels deep",
            );
        }
    }
    for (kind, mark) in &snapshot.kinds {
        if !layout::is_kind_name(kind) {
            return refuse(kind.clone(), "a kind's name holds only a-z, 0-9 and _");
        }
        if mark.count != snapshot.of_kind(kind).count() || mark.digest != snapshot.kind_digest(kind)
        {
            return refuse(kind.clone(), "its mark's count or digest is not that of its resources");
        }
    }
    Ok(())
}

/// Readers of YAML give up at 128 levels, some of which the files themselves need.
const DEEPEST: usize = 100;

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

struct Renderer<'s, 'r, 'a> {
    sink: &'r mut Sink<'s, 'a>,
    blobs: BTreeMap<String, Bytes<'a>>,
}

impl<'a> Renderer<'_, '_, 'a> {
    fn objects(&mut self, kind: &'a str, snapshot: &'a Snapshot) -> Result<(), StoreError> {
        let resources: Vec<&Resource> = snapshot.of_kind(kind).collect();
        for (path, resource) in layout::object_paths(kind, &resources) {
            (self.sink)(path, yaml(&object::to_file(resource)))?;
            self.keep_blob(resource);
        }
        Ok(())
    }

    fn keep_blob(&mut self, resource: &'a Resource) {
        visit_blobs(&resource.spec, &mut |digest| {
            self.blobs.insert(layout::blob_path(&digest), Bytes::Blob(digest));
        });
        if let Some(content) = &resource.content {
            self.blobs.insert(layout::blob_path(&content.digest), Bytes::Content(content));
        }
    }

    /// Renders a directory whose true path is `path`, at `on_disk`, and gives its digest.
    fn directory(
        &mut self,
        directory: &Directory<'a>,
        path: &str,
        on_disk: &str,
    ) -> Result<Digest, StoreError> {
        let names = directory.names();
        let base = if path == "/" { "" } else { path };
        let mut digests = BTreeMap::new();
        for (name, child) in &directory.directories {
            let file = names.directory(name);
            digests.insert(
                *name,
                self.directory(child, &format!("{base}/{name}"), &format!("{on_disk}/{file}"))?,
            );
        }
        for resource in &directory.itself {
            self.keep_blob(resource);
        }
        for resource in directory.files.values() {
            let (Some(content), Some(file)) = (&resource.content, names.file(resource)) else {
                continue;
            };
            let bytes = if layout::is_large(content) {
                self.keep_blob(resource);
                yaml(&json!({ "digest": content.digest, "size": content.size }))
            } else {
                Bytes::Content(content)
            };
            (self.sink)(format!("{on_disk}/{file}"), bytes)?;
        }
        let index = tree::index(directory, path, &names, &digests);
        (self.sink)(format!("{on_disk}/{INDEX}"), yaml(&index))?;
        let itself = if path == "/" { directory.itself.as_slice() } else { &[] };
        let root = itself.iter().map(|resource| Leaf::Itself(resource));
        let nodes = directory
            .directories
            .iter()
            .map(|(name, child)| Leaf::Directory(name, &digests[name], &child.itself));
        let files = directory.files.iter().map(|((name, _), resource)| Leaf::File(name, resource));
        Ok(tree::digest(root.chain(nodes).chain(files)))
    }
}
