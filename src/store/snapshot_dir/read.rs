//! Reading a snapshot.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::commit;
use super::load::{Place, load};
use super::observed::ObservedFacts;
use super::verify;
use crate::model::{Address, Digest, Resource, Snapshot};
use crate::store::error::{Doing as _, StoreError};
use crate::store::lock::DirectoryLock;

/// Whether digests are compared while reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Every digest, also those of contents.
    All,
    /// None: for looking at a snapshot that was edited.
    Off,
}

/// A snapshot that was read; contents stay on disk until they are asked for.
pub struct SnapshotDir {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// What is outside its digest.
    pub observed: ObservedFacts,
    dir: PathBuf,
    /// What it is called, and what keeps the directory there, where that is a temporary one.
    taken_from: Option<(String, TempDir)>,
    root: Digest,
    places: BTreeMap<Digest, Place>,
    files: BTreeMap<Address, String>,
    trees: BTreeMap<String, Digest>,
}

/// Reads the snapshot in `dir` and verifies every digest.
///
/// # Errors
///
/// Refuses a directory that holds no snapshot, a newer format, a required feature this program does not
/// have, and whatever was changed after it was written: the error names the file and the digest.
pub fn read(dir: &Path) -> Result<SnapshotDir, StoreError> {
    read_with(dir, Verify::All)
}

/// Reads the snapshot in `dir`, with or without comparing digests.
///
/// # Errors
///
/// As [`read`]; without [`Verify::All`], changed data is not refused as long as it can be understood.
pub fn read_with(dir: &Path, verify: Verify) -> Result<SnapshotDir, StoreError> {
    settle(dir)?;
    let mut loaded = load(dir)?;
    if verify == Verify::All {
        verify::verify(dir, &mut loaded);
    }
    let is_changed = |problem: &StoreError| matches!(problem, StoreError::Digest { .. });
    if let Some(problem) =
        loaded.problems.into_iter().find(|p| verify == Verify::All || !is_changed(p))
    {
        // An export that began meanwhile is the likelier cause.
        DirectoryLock::check(dir)?;
        return Err(problem);
    }
    Ok(SnapshotDir {
        root: loaded.snapshot.root_digest(),
        snapshot: loaded.snapshot,
        observed: loaded.observed,
        dir: dir.to_owned(),
        taken_from: None,
        places: loaded.places.into_iter().map(|place| (place.digest.clone(), place)).collect(),
        files: loaded.files,
        trees: loaded.trees,
    })
}

/// Finishes an export that was interrupted while it put its files in place.
pub(super) fn settle(dir: &Path) -> Result<(), StoreError> {
    DirectoryLock::check(dir)?;
    if !commit::is_pending(dir) {
        return Ok(());
    }
    let half_written = |_| StoreError::HalfWritten { dir: dir.to_owned() };
    let _lock = DirectoryLock::take(dir).map_err(half_written)?;
    commit::recover(dir).map_err(half_written)
}

impl SnapshotDir {
    /// Where the snapshot stands.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What plans and people call the snapshot: its directory, or `git:COMMIT:PATH`.
    pub fn name(&self) -> String {
        match &self.taken_from {
            Some((name, _)) => name.clone(),
            None => self.dir.display().to_string(),
        }
    }

    /// The same snapshot, of which `scratch` holds only a copy.
    pub(in crate::store) fn taken_from(self, (name, scratch): (String, TempDir)) -> Self {
        Self { taken_from: Some((name, scratch)), ..self }
    }

    /// The digest of all that was captured.
    pub fn root_digest(&self) -> &Digest {
        &self.root
    }

    /// The digest of a directory of the workspace tree: where it is equal, the whole subtree is.
    pub fn tree_digest(&self, path: &str) -> Option<&Digest> {
        self.trees.get(path)
    }

    /// The file that holds a resource, for messages about it.
    pub fn file(&self, address: &Address) -> Option<PathBuf> {
        self.files.get(address).map(|file| self.dir.join(file))
    }

    /// Reads a resource's content and makes sure that it is what the snapshot says.
    ///
    /// # Errors
    ///
    /// Fails where the resource has no content here, or its file is missing or was changed.
    pub fn content(&self, resource: &Resource) -> Result<Vec<u8>, StoreError> {
        let digest = resource.content.as_ref().map(|content| &content.digest);
        let place = digest
            .and_then(|digest| self.places.get(digest))
            .ok_or_else(|| self.without_content(resource.address.to_string()))?;
        let file = self.dir.join(&place.path);
        let bytes = fs::read(&file).doing("read", &file)?;
        let actual = crate::model::digest_bytes(&bytes);
        if actual == place.digest {
            return Ok(bytes);
        }
        Err(StoreError::Digest {
            file,
            what: "the digest of its bytes".to_owned(),
            recorded_in: self.dir.join(&place.named_in),
            recorded: place.digest.to_string(),
            actual: actual.to_string(),
        })
    }

    /// Opens a content for streaming, once it was found to be what the snapshot says.
    ///
    /// # Errors
    ///
    /// Fails where the snapshot has no such content, or its file is missing or was changed.
    pub fn open(&self, digest: &Digest) -> Result<File, StoreError> {
        let missing = || self.without_content(digest.to_string());
        let place = self.places.get(digest).ok_or_else(missing)?;
        verify::content(&self.dir, place)?;
        let file = self.dir.join(&place.path);
        File::open(&file).doing("read", &file)
    }

    fn without_content(&self, about: String) -> StoreError {
        let problem = format!("{} holds no content for it", self.dir.display());
        StoreError::Unstorable { about, problem }
    }
}
