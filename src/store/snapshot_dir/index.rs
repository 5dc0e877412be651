//! The index of a directory of the workspace tree, as read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::Document;
use super::layout::HEADER;
use super::object;
use super::tree::{self, Leaf};
use crate::model::{Address, Digest, KindMark, Layout, Resource};
use crate::store::error::StoreError;
use crate::store::paths::{self, INDEX};

/// The kinds the header lists.
pub(super) type Kinds = BTreeMap<String, KindMark>;

/// The path of a child.
pub(super) fn join(path: &str, name: &str) -> String {
    if path == "/" { format!("/{name}") } else { format!("{path}/{name}") }
}

/// Where a content in the tree stands.
pub(super) struct Stored {
    /// The file within the directory.
    pub(super) file: String,
    /// Whether that file only points to a blob.
    pub(super) is_blob: bool,
}

/// A directory within the directory.
pub(super) struct Node {
    /// Its name on disk.
    pub(super) file: String,
    /// The digest its own index should have.
    pub(super) digest: Digest,
    /// The resources that are it.
    pub(super) resources: Vec<Resource>,
}

/// One entry of an index.
enum Child {
    Root(Resource),
    File(String, Resource, Option<Stored>),
    Directory(String, Node),
}

impl Child {
    fn read(
        entry: &Value,
        field: &[&str; 2],
        document: &Document,
        path: &str,
        kinds: &Kinds,
    ) -> Result<Self, StoreError> {
        let text = |name: &str| -> Result<Option<String>, StoreError> {
            entry
                .get(name)
                .map(|value| document.part(value, &[field[0], field[1], name]))
                .transpose()
        };
        let Some(name) = text("name")? else {
            return Err(document.wrong(field, "the field `name` is missing"));
        };
        let is_root = name == "/" && path == "/";
        if !is_root && let Err(problem) = paths::component(&name) {
            return Err(document.wrong(&[field[0], field[1], "name"], problem));
        }
        let file = text("file")?;
        if let Some(file) = &file
            && !paths::is_file_name(file)
        {
            return Err(document.wrong(
                &[field[0], field[1], "file"],
                "it is no name of a file in this directory",
            ));
        }
        let kind = text("type")?;
        let layout = match &kind {
            None => Layout::Directory,
            Some(kind) => match kinds.get(kind).map(|mark| mark.layout) {
                Some(layout @ (Layout::Directory | Layout::File)) => layout,
                _ => {
                    let problem =
                        format!("{HEADER} does not list `{kind}` as a kind of the workspace tree");
                    return Err(document.wrong(&[field[0], field[1], "type"], problem));
                }
            },
        };
        let key = if is_root { "/".to_owned() } else { join(path, &name) };
        let is_blob = entry.pointer("/content/blob") == Some(&Value::Bool(true));
        let mut entry = entry.clone();
        if let Some(content) = entry.get_mut("content").and_then(Value::as_object_mut) {
            content.remove("blob");
        }
        let resource = match kind {
            Some(kind) => {
                Some(object::from_body(Address::new(kind, key), &entry, document, field)?)
            }
            None => None,
        };
        let digest = match entry.get("digest") {
            Some(value) => Some(document.part::<Digest>(value, &[field[0], field[1], "digest"])?),
            None => None,
        };
        match (layout, resource, digest) {
            (Layout::File, Some(resource), _) => {
                let usual = resource
                    .content
                    .as_ref()
                    .map(|content| tree::usual_file(&name, &resource, content));
                let file = usual.map(|usual| Stored { file: file.unwrap_or(usual), is_blob });
                Ok(Self::File(name, resource, file))
            }
            (_, Some(resource), None) if is_root => Ok(Self::Root(resource)),
            (_, resource, Some(digest)) if !is_root => {
                let file = file.unwrap_or_else(|| name.clone());
                Ok(Self::Directory(
                    name,
                    Node { file, digest, resources: resource.into_iter().collect() },
                ))
            }
            _ => Err(document.wrong(field, "the digest of the directory is missing")),
        }
    }
}

/// A directory's index, as read.
pub(super) struct Index {
    /// The resources that are the root itself.
    pub(super) itself: Vec<Resource>,
    /// By name and kind.
    pub(super) files: BTreeMap<(String, String), (Resource, Option<Stored>)>,
    /// By name.
    pub(super) directories: BTreeMap<String, Node>,
}

impl Index {
    /// Reads the index of the directory at `path`, and what is wrong with single entries of it.
    pub(super) fn read(
        document: &Document,
        path: &str,
        kinds: &Kinds,
    ) -> Result<(Self, Vec<StoreError>), StoreError> {
        if document.field::<String>("path")? != path {
            return Err(document.wrong(&["path"], format!("the directory is {path}")));
        }
        let mut index =
            Self { itself: Vec::new(), files: BTreeMap::new(), directories: BTreeMap::new() };
        let mut problems = Vec::new();
        let mut taken = BTreeSet::from([INDEX.to_owned()]);
        let children: Vec<Value> = document.field("children")?;
        for (number, entry) in children.iter().enumerate() {
            let field = ["children", &number.to_string()];
            let child = Child::read(entry, &field, document, path, kinds);
            problems.extend(
                child.and_then(|child| index.add(child, &field, document, &mut taken)).err(),
            );
        }
        Ok((index, problems))
    }

    fn add(
        &mut self,
        child: Child,
        field: &[&str],
        document: &Document,
        taken: &mut BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let twice = |address: &Address| {
            document.wrong(field, format!("{address} stands here a second time"))
        };
        let shared =
            |file: &str| document.wrong(field, format!("another entry uses the file `{file}`"));
        match child {
            Child::Root(resource) => self.itself.push(resource),
            Child::File(name, resource, stored) => {
                let key = (name, resource.address.kind.clone());
                if self.files.contains_key(&key) {
                    return Err(twice(&resource.address));
                }
                if let Some(stored) = &stored
                    && !taken.insert(stored.file.clone())
                {
                    return Err(shared(&stored.file));
                }
                self.files.insert(key, (resource, stored));
            }
            Child::Directory(name, node) => match self.directories.get_mut(&name) {
                None if taken.insert(node.file.clone()) => _ = self.directories.insert(name, node),
                None => return Err(shared(&node.file)),
                Some(first) if first.digest != node.digest || first.file != node.file => {
                    return Err(document
                        .wrong(field, "two entries for one directory differ in digest or file"));
                }
                Some(first) => {
                    for resource in node.resources {
                        if first.resources.iter().any(|other| other.address == resource.address) {
                            return Err(twice(&resource.address));
                        }
                        first.resources.push(resource);
                    }
                }
            },
        }
        Ok(())
    }

    /// The digest of the directory, as its index has it.
    pub(super) fn digest(&self) -> Digest {
        let nodes: Vec<(&String, &Node, Vec<&Resource>)> = self
            .directories
            .iter()
            .map(|(name, node)| (name, node, node.resources.iter().collect()))
            .collect();
        let root = self.itself.iter().map(Leaf::Itself);
        let directories = nodes
            .iter()
            .map(|(name, node, resources)| Leaf::Directory(name, &node.digest, resources));
        let files = self.files.iter().map(|((name, _), (resource, _))| Leaf::File(name, resource));
        tree::digest(root.chain(directories).chain(files))
    }
}
