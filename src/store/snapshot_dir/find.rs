//! Finding one resource among the files of a snapshot, without reading the others.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;

use super::document::Document;
use super::header::Header;
use super::index::Index;
use super::layout::{self, HEADER, WORKSPACE};
use super::{object, observed, tree};
use crate::model::{Address, Layout, Resource};
use crate::store::error::StoreError;
use crate::store::paths::{self, INDEX};

/// The files of a snapshot, wherever they stand.
pub(in crate::store) trait Files {
    /// Names the bytes of a file: equal names mean equal bytes; `None` where there is no such file.
    fn id(&mut self, path: &str) -> Result<Option<String>, StoreError>;

    /// The bytes of a file.
    fn read(&mut self, path: &str) -> Result<Vec<u8>, StoreError>;

    /// What people call a file.
    fn shown(&self, path: &str) -> PathBuf;
}

/// A resource that was found.
#[derive(Debug, PartialEq)]
pub struct Found {
    /// The resource.
    pub resource: Resource,
    /// What [`Files::id`] said of the file with its content.
    pub(in crate::store) content: Option<String>,
}

/// What a snapshot says of one address.
pub(in crate::store) enum Seen {
    /// It holds the resource.
    Here(Rc<Found>),
    /// It holds none; whether that proves anything depends on whether the listing was complete.
    Gone { complete: bool },
    /// Nobody looked for the kind.
    NotLookedFor,
}

/// Looks for one address in one snapshot after the other; what stays the same is read once.
pub(in crate::store) struct Finder {
    address: Address,
    /// What a file said, by its bytes' name and its place.
    known: HashMap<(String, String), Option<Rc<Found>>>,
}

fn document(files: &mut dyn Files, path: &str) -> Result<Document, StoreError> {
    let bytes = files.read(path)?;
    Document::parse(files.shown(path), bytes)
}

impl Finder {
    pub(in crate::store) fn new(address: Address) -> Self {
        Self { address, known: HashMap::new() }
    }

    pub(in crate::store) fn address(&self) -> &Address {
        &self.address
    }

    /// Looks for the address in a snapshot.
    pub(in crate::store) fn look(&mut self, files: &mut dyn Files) -> Result<Seen, StoreError> {
        let header = Header::parse(&document(files, HEADER)?)?;
        let Some(mark) = header.kinds.get(&self.address.kind) else {
            return Ok(Seen::NotLookedFor);
        };
        let places = match mark.layout {
            Layout::Objects => layout::object_candidates(&self.address),
            Layout::Directory | Layout::File => self.indices(files)?,
        };
        for place in places {
            let Some(id) = files.id(&place)? else { continue };
            let key = (id, place);
            let found = match self.known.get(&key) {
                Some(found) => found.clone(),
                None => {
                    let found = match mark.layout {
                        Layout::Objects => self.in_file(files, &key.1)?,
                        Layout::Directory | Layout::File => {
                            self.in_index(files, &key.1, &header)?
                        }
                    };
                    let found = found.map(Rc::new);
                    self.known.insert(key, found.clone());
                    found
                }
            };
            if let Some(found) = found {
                return Ok(Seen::Here(found));
            }
        }
        Ok(Seen::Gone { complete: mark.complete })
    }

    /// Takes the resource from a file of its own, if it is the one that stands there.
    fn in_file(&self, files: &mut dyn Files, path: &str) -> Result<Option<Found>, StoreError> {
        let document = document(files, path)?;
        let (resource, problem) = object::from_file(&self.address.kind, &document)?;
        if resource.address != self.address {
            return Ok(None);
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        found(files, resource, None).map(Some)
    }

    /// The true path of the directory in whose index the resource stands, and its name there.
    fn parent(&self) -> (&str, &str) {
        match self.address.key.rsplit_once('/') {
            Some(("", "")) => ("/", "/"),
            Some(("", name)) => ("/", name),
            Some((parent, name)) => (parent, name),
            None => ("", ""),
        }
    }

    /// The indices in which the resource may stand: twins make more than one of them possible.
    fn indices(&self, files: &mut dyn Files) -> Result<Vec<String>, StoreError> {
        let Ok(parts) = paths::components(self.parent().0) else { return Ok(Vec::new()) };
        let mut folders = vec![WORKSPACE.to_owned()];
        for part in parts {
            let mut deeper = Vec::new();
            for folder in folders {
                for name in tree::directory_candidates(part) {
                    let path = format!("{folder}/{name}");
                    if files.id(&format!("{path}/{INDEX}"))?.is_some() {
                        deeper.push(path);
                    }
                }
            }
            folders = deeper;
        }
        Ok(folders.into_iter().map(|folder| format!("{folder}/{INDEX}")).collect())
    }

    /// Takes the resource from an index, if it is that of the right directory and holds it.
    fn in_index(
        &self,
        files: &mut dyn Files,
        path: &str,
        header: &Header,
    ) -> Result<Option<Found>, StoreError> {
        let document = document(files, path)?;
        let (parent, name) = self.parent();
        if document.field::<String>("path")? != parent {
            return Ok(None);
        }
        let (mut index, problems) = Index::read(&document, parent, &header.kinds)?;
        let of_kind = |resource: &Resource| resource.address == self.address;
        let key = (name.to_owned(), self.address.kind.clone());
        let (resource, stored) = match index.files.remove(&key) {
            Some((resource, stored)) => (Some(resource), stored),
            None => {
                let node = index.directories.remove(name).into_iter();
                let directories = node.flat_map(|node| node.resources);
                (directories.chain(index.itself).find(of_kind), None)
            }
        };
        let Some(resource) = resource else {
            // What is wrong with another entry may hide this one.
            return problems.into_iter().next().map_or(Ok(None), Err);
        };
        let place = stored.filter(|stored| !stored.is_blob).map(|stored| {
            let folder = path.trim_end_matches(INDEX);
            format!("{folder}{}", stored.file)
        });
        found(files, resource, place).map(Some)
    }
}

/// Completes a resource with where its content is: at `place`, or among the blobs.
fn found(
    files: &mut dyn Files,
    resource: Resource,
    place: Option<String>,
) -> Result<Found, StoreError> {
    let content = match &resource.content {
        Some(content) => files.id(&place.unwrap_or_else(|| layout::blob_path(&content.digest)))?,
        None => None,
    };
    Ok(Found { resource, content })
}

/// The keys that were given to objects of a kind, by what tells one object of the source from another.
type Keys = BTreeMap<String, String>;

/// What a snapshot says of which object of the source got which key.
pub(in crate::store) fn keys(files: &mut dyn Files, kind: &str) -> Result<Keys, StoreError> {
    let path = observed::keys_path();
    if files.id(&path)?.is_none() {
        return Ok(Keys::new());
    }
    let mut keys: BTreeMap<String, Keys> = document(files, &path)?.field("keys")?;
    Ok(keys.remove(kind).unwrap_or_default())
}

/// The address that an object had in an older snapshot, where it was called otherwise there.
pub(in crate::store) fn renamed_from(
    address: &Address,
    newer: &Keys,
    older: &Keys,
) -> Option<Address> {
    let (object, _) = newer.iter().find(|(_, key)| **key == address.key)?;
    let key = older.get(object).filter(|key| **key != address.key)?;
    Some(Address::new(&address.kind, key))
}
