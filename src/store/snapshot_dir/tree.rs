//! The workspace tree, and its digests.
//!
//! A directory's digest is over its children's names and digests, so that equal digests mean equal
//! subtrees; the index of each directory records the digests of the directories within it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::layout;
use super::object;
use crate::model::{Content, Digest, Layout, Resource, Snapshot, digest_value};
use crate::store::error::StoreError;
use crate::store::paths::{self, Wish};

/// One directory of the tree.
#[derive(Default)]
pub(super) struct Directory<'a> {
    /// The resources that are this directory; none where it is only on the way to others.
    pub(super) itself: Vec<&'a Resource>,
    /// The directories within it, by name.
    pub(super) directories: BTreeMap<&'a str, Directory<'a>>,
    /// The other resources within it, by name and kind.
    pub(super) files: BTreeMap<(&'a str, &'a str), &'a Resource>,
}

impl<'a> Directory<'a> {
    /// Builds the tree of a snapshot; `None` where no kind of it stands in the tree.
    pub(super) fn of(snapshot: &'a Snapshot) -> Result<Option<Self>, StoreError> {
        let layout = |kind: &str| snapshot.kinds.get(kind).map(|mark| mark.layout);
        if !snapshot.kinds.values().any(|mark| mark.layout != Layout::Objects) {
            return Ok(None);
        }
        let mut root = Self::default();
        for resource in snapshot.resources.values() {
            let Some(layout @ (Layout::Directory | Layout::File)) = layout(&resource.address.kind)
            else {
                continue;
            };
            let refuse = |problem: &str| StoreError::Unstorable {
                about: resource.address.to_string(),
                problem: format!("{problem}; rename it in the workspace, or leave it out"),
            };
            let parts = paths::components(&resource.address.key).map_err(refuse)?;
            if layout == Layout::Directory {
                root.at(&parts).itself.push(resource);
            } else {
                let (name, parents) =
                    parts.split_last().ok_or_else(|| refuse("its path is that of the root"))?;
                root.at(parents).files.insert((name, &resource.address.kind), resource);
            }
        }
        Ok(Some(root))
    }

    fn at(&mut self, parts: &[&'a str]) -> &mut Self {
        parts.iter().fold(self, |directory, part| directory.directories.entry(part).or_default())
    }

    /// The file names of this directory's children.
    pub(super) fn names(&self) -> Names {
        let directories = self.directories.keys().map(|name| directory_wish(name));
        let files = self.files.values().filter_map(|resource| file_wish(resource));
        Names(paths::file_names(directories.chain(files).collect()))
    }
}

/// The file names of a directory's children.
pub(super) struct Names(BTreeMap<Wish, String>);

impl Names {
    /// The name on disk of a directory.
    pub(super) fn directory(&self, name: &str) -> &str {
        &self.0[&directory_wish(name)]
    }

    /// The name on disk of a resource's content; none where it has no content.
    pub(super) fn file(&self, resource: &Resource) -> Option<&str> {
        Some(&self.0[&file_wish(resource)?])
    }
}

fn directory_wish(name: &str) -> Wish {
    Wish { name: name.to_owned(), variant: String::new(), extension: String::new() }
}

/// The names on disk that a directory may have.
pub(super) fn directory_candidates(name: &str) -> [String; 2] {
    directory_wish(name).candidates()
}

fn file_wish(resource: &Resource) -> Option<Wish> {
    let content = resource.content.as_ref()?;
    let pointer = if layout::is_large(content) { layout::POINTER } else { "" };
    Some(Wish {
        name: name_of(resource).to_owned(),
        variant: resource.address.kind.clone(),
        extension: format!("{}{pointer}", layout::extension(resource, content)),
    })
}

/// The last component of a resource's path.
pub(super) fn name_of(resource: &Resource) -> &str {
    resource.address.key.rsplit('/').next().unwrap_or_default()
}

/// The file name a content has where nothing stands against it; the index tells any other.
pub(super) fn usual_file(name: &str, resource: &Resource, content: &Content) -> String {
    format!("{}{}", paths::encode(name), layout::extension(resource, content))
}

/// One line of the data a directory's digest is over.
pub(super) enum Leaf<'a> {
    /// A resource that is the root itself.
    Itself(&'a Resource),
    /// A resource within the directory that is no directory.
    File(&'a str, &'a Resource),
    /// A directory within it: its name, its own digest, the resources that are it.
    Directory(&'a str, &'a Digest, &'a [&'a Resource]),
}

impl Leaf<'_> {
    fn value(&self) -> Value {
        match self {
            Self::Itself(resource) => {
                json!(["root", resource.address.kind, resource.full_digest()])
            }
            Self::File(name, resource) => {
                json!(["leaf", name, resource.address.kind, resource.full_digest()])
            }
            Self::Directory(name, digest, resources) => {
                let itself: Vec<_> = resources
                    .iter()
                    .map(|resource| json!([resource.address.kind, resource.full_digest()]))
                    .collect();
                json!(["node", name, digest, itself])
            }
        }
    }
}

/// Digests a directory: over its children in order of their names, directories first.
pub(super) fn digest<'a>(leaves: impl Iterator<Item = Leaf<'a>>) -> Digest {
    let leaves: Vec<_> = leaves.map(|leaf| leaf.value()).collect();
    digest_value("brickform.directory.v1", &Value::Array(leaves))
}

/// The index of a directory: every child with its true name.
pub(super) fn index(
    directory: &Directory<'_>,
    path: &str,
    names: &Names,
    digests: &BTreeMap<&str, Digest>,
) -> Value {
    let mut children: Vec<(&str, &str, Value)> = Vec::new();
    if path == "/" {
        for resource in &directory.itself {
            children.push(("/", &resource.address.kind, entry(resource, "/")));
        }
    }
    for (name, child) in &directory.directories {
        let file = names.directory(name);
        let mut add = |kind, mut entry: Value| {
            entry["digest"] = json!(digests[name]);
            if file != *name {
                entry["file"] = json!(file);
            }
            children.push((name, kind, entry));
        };
        if child.itself.is_empty() {
            add("", json!({ "name": name }));
        }
        for resource in &child.itself {
            add(&resource.address.kind, entry(resource, name));
        }
    }
    for ((name, kind), resource) in &directory.files {
        let mut entry = entry(resource, name);
        if let (Some(content), Some(file)) = (&resource.content, names.file(resource)) {
            if layout::is_large(content) {
                entry["content"]["blob"] = json!(true);
            }
            if file != usual_file(name, resource, content) {
                entry["file"] = json!(file);
            }
        }
        children.push((name, kind, entry));
    }
    children.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    let children: Vec<_> = children.into_iter().map(|(_, _, entry)| entry).collect();
    json!({ "path": path, "children": children })
}

fn entry(resource: &Resource, name: &str) -> Value {
    let mut map = object::body(resource);
    map.insert("name".to_owned(), json!(name));
    map.insert("type".to_owned(), json!(resource.address.kind));
    Value::Object(map)
}
