//! Reading a snapshot directory, noting whatever is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::document::Document;
use super::header::Header;
use super::index::{Index, join};
use super::layout::{self, HEADER, OBJECTS, WORKSPACE};
use super::observed::{self, ObservedFacts};
use super::{notes, object};
use crate::model::{Address, Content, Digest, Layout, Resource, Snapshot, visit_blobs};
use crate::store::error::{Doing as _, StoreError};
use crate::store::paths::INDEX;

/// A content of the snapshot, and where it should stand.
pub(super) struct Place {
    pub(super) digest: Digest,
    /// How many bytes there are, where the snapshot says so.
    pub(super) size: Option<u64>,
    /// Path within the snapshot.
    pub(super) path: String,
    /// The file that names it, within the snapshot.
    pub(super) named_in: String,
}

/// A snapshot directory as far as it could be read.
pub(super) struct Loaded {
    pub(super) header: Header,
    pub(super) snapshot: Snapshot,
    pub(super) observed: ObservedFacts,
    /// Per resource the file that holds it, within the snapshot.
    pub(super) files: BTreeMap<Address, String>,
    pub(super) places: Vec<Place>,
    /// Per true path of a directory, its digest.
    pub(super) trees: BTreeMap<String, Digest>,
    /// Every file that was read or is named by one.
    pub(super) known: BTreeSet<String>,
    /// What is wrong, in the order it was found.
    pub(super) problems: Vec<StoreError>,
}

/// Reads all there is; fails only where nothing can be read.
pub(super) fn load(dir: &Path) -> Result<Loaded, StoreError> {
    let header = Header::read(dir)?;
    let snapshot = Snapshot {
        source: header.source.clone(),
        scope: header.scope.clone(),
        kinds: header.kinds.clone(),
        ..Snapshot::default()
    };
    let mut loaded = Loaded {
        header,
        snapshot,
        observed: ObservedFacts::default(),
        files: BTreeMap::new(),
        places: Vec::new(),
        trees: BTreeMap::new(),
        known: BTreeSet::from([HEADER.to_owned(), observed::capture_path(), observed::keys_path()]),
        problems: Vec::new(),
    };
    let kinds: Vec<_> =
        loaded.header.kinds.iter().map(|(kind, mark)| (kind.clone(), mark.layout)).collect();
    for (kind, _) in kinds.iter().filter(|(_, layout)| *layout == Layout::Objects) {
        let result = loaded.objects(dir, kind, &format!("{OBJECTS}/{kind}"), true);
        loaded.note(result);
    }
    if let Some(recorded) = loaded.header.tree.clone() {
        let on_disk = Spot {
            path: "/".to_owned(),
            on_disk: WORKSPACE.to_owned(),
            named_in: HEADER.to_owned(),
        };
        let result = loaded.directory(dir, &on_disk, &recorded);
        loaded.note(result);
    }
    loaded.known.extend(notes::FILES.map(|(file, _)| notes::path(file)));
    match notes::read(dir) {
        Ok(findings) => loaded.snapshot.findings = findings,
        Err(error) => loaded.problems.push(error),
    }
    match observed::read_observed(dir) {
        Ok(observed) => loaded.observed = observed,
        Err(error) => loaded.problems.push(error),
    }
    Ok(loaded)
}

/// A directory of the tree: its true path, where it stands, and who says so.
struct Spot {
    path: String,
    on_disk: String,
    named_in: String,
}

impl Loaded {
    fn note(&mut self, result: Result<(), StoreError>) {
        self.problems.extend(result.err());
    }

    /// Reads the files of one kind; `folders` says whether they may be spread over folders.
    fn objects(
        &mut self,
        dir: &Path,
        kind: &str,
        folder: &str,
        folders: bool,
    ) -> Result<(), StoreError> {
        let path = dir.join(folder);
        if path.symlink_metadata().is_err() {
            return Ok(()); // The kind's count tells whether anything is missing.
        }
        let mut entries: Vec<(String, bool)> = Vec::new();
        for entry in fs::read_dir(&path).doing("read", &path)? {
            let entry = entry.doing("read", &path)?;
            let is_dir = entry.file_type().doing("read", &path)?.is_dir();
            entries.extend(entry.file_name().into_string().ok().map(|name| (name, is_dir)));
        }
        entries.sort();
        for (name, is_dir) in entries {
            let relative = format!("{folder}/{name}");
            let result = match (is_dir, folders) {
                (true, true) => self.objects(dir, kind, &relative, false),
                (false, _) if name.ends_with(".yaml") => self.object(dir, kind, &relative),
                _ => continue, // Strays are told of by `problems`.
            };
            self.note(result);
        }
        Ok(())
    }

    fn object(&mut self, dir: &Path, kind: &str, relative: &str) -> Result<(), StoreError> {
        self.known.insert(relative.to_owned());
        let document = Document::read(dir, relative, HEADER)?;
        let (resource, problem) = object::from_file(kind, &document)?;
        self.problems.extend(problem);
        self.blob(&resource, relative);
        self.add(resource, relative, &document, &["key"])
    }

    /// Notes a content that stands among the blobs, and the bytes that the spec speaks of.
    fn blob(&mut self, resource: &Resource, named_in: &str) {
        if let Some(content) = &resource.content {
            self.content(content, layout::blob_path(&content.digest), named_in);
        }
        visit_blobs(&resource.spec, &mut |digest| {
            self.place(digest.clone(), None, layout::blob_path(&digest), named_in);
        });
    }

    fn content(&mut self, content: &Content, path: String, named_in: &str) {
        self.place(content.digest.clone(), Some(content.size), path, named_in);
    }

    fn place(&mut self, digest: Digest, size: Option<u64>, path: String, named_in: &str) {
        self.known.insert(path.clone());
        self.places.push(Place { digest, size, path, named_in: named_in.to_owned() });
    }

    fn add(
        &mut self,
        resource: Resource,
        relative: &str,
        document: &Document,
        field: &[&str],
    ) -> Result<(), StoreError> {
        if let Some(first) = self.files.get(&resource.address) {
            return Err(
                document.wrong(field, format!("{} stands in {first} too", resource.address))
            );
        }
        self.files.insert(resource.address.clone(), relative.to_owned());
        self.snapshot.resources.insert(resource.address.clone(), resource);
        Ok(())
    }

    /// Reads a directory of the tree and those within it.
    fn directory(&mut self, dir: &Path, spot: &Spot, recorded: &Digest) -> Result<(), StoreError> {
        let relative = format!("{}/{INDEX}", spot.on_disk);
        self.known.insert(relative.clone());
        let document = Document::read(dir, &relative, &spot.named_in)?;
        if document.field::<String>("path")? != spot.path {
            return Err(document.wrong(&["path"], format!("the directory is {}", spot.path)));
        }
        let (index, problems) = Index::read(&document, &spot.path, &self.header.kinds)?;
        self.problems.extend(problems);
        let actual = index.digest();
        if actual != *recorded {
            self.problems.push(StoreError::Digest {
                file: document.path().to_owned(),
                what: format!("the digest of directory {}", spot.path),
                recorded_in: dir.join(&spot.named_in),
                recorded: recorded.to_string(),
                actual: actual.to_string(),
            });
        }
        self.trees.insert(spot.path.clone(), actual);
        for (resource, file) in index.files.into_values() {
            if let (Some(content), Some(stored)) = (&resource.content, &file) {
                let path = format!("{}/{}", spot.on_disk, stored.file);
                if stored.is_blob {
                    self.known.insert(path);
                    self.blob(&resource, &relative);
                } else {
                    self.content(content, path, &relative);
                }
            }
            let result = self.add(resource, &relative, &document, &["children"]);
            self.note(result);
        }
        for resource in index.itself {
            self.blob(&resource, &relative);
            let result = self.add(resource, &relative, &document, &["children"]);
            self.note(result);
        }
        for (name, node) in index.directories {
            let spot = Spot {
                path: join(&spot.path, &name),
                on_disk: format!("{}/{}", spot.on_disk, node.file),
                named_in: relative.clone(),
            };
            for resource in node.resources {
                self.blob(&resource, &relative);
                let result = self.add(resource, &relative, &document, &["children"]);
                self.note(result);
            }
            let result = self.directory(dir, &spot, &node.digest);
            self.note(result);
        }
        Ok(())
    }
}
