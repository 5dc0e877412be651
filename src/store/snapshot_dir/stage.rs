//! What a new snapshot changes, gathered beside the old one.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::commit::{self, Commit, STAGING};
use super::layout::{AREAS, HEADER};
use crate::model::Digest;
use crate::store::blobs::{BlobStore, digest_file};
use crate::store::durable;
use crate::store::error::{Doing as _, StoreError};

/// A new snapshot in the making: files that differ are staged, equal ones are only noted.
pub(super) struct Stage<'a> {
    dir: &'a Path,
    contents: &'a BlobStore,
    /// The files that are brickform's and there now.
    existing: BTreeSet<String>,
    /// The files the new snapshot has.
    expected: BTreeSet<String>,
    /// The files that are new or differ, in the order of their numbers in the staging directory.
    install: Vec<String>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(dir: &'a Path, contents: &'a BlobStore) -> Result<Self, StoreError> {
        let existing = existing_files(dir)?;
        Ok(Self { dir, contents, existing, expected: BTreeSet::new(), install: Vec::new() })
    }

    /// Whether the new snapshot differs from what stands there in anything but files named `aside`.
    pub(super) fn is_changed(&self, aside: &str) -> bool {
        !self.install.is_empty()
            || self.existing.difference(&self.expected).any(|path| path != aside)
    }

    /// Whether a file of that path stands there now.
    pub(super) fn has(&self, path: &str) -> bool {
        self.existing.contains(path)
    }

    /// Keeps a file as it is.
    pub(super) fn keep(&mut self, path: &str) {
        self.expected.insert(path.to_owned());
    }

    pub(super) fn put_text(&mut self, path: String, text: &str) -> Result<(), StoreError> {
        let old = self.dir.join(&path);
        let same = self.is_file(&path, Some(text.len() as u64))
            && fs::read(&old).doing("read", &old)? == text.as_bytes();
        if !same {
            let staged = self.next_staged()?;
            fs::write(&staged, text).doing("write", &staged)?;
            self.install.push(path.clone());
        }
        self.expected.insert(path);
        Ok(())
    }

    pub(super) fn put_content(
        &mut self,
        path: String,
        digest: &Digest,
        size: Option<u64>,
    ) -> Result<(), StoreError> {
        let old = self.dir.join(&path);
        let same = self.is_file(&path, size) && digest_file(&old).doing("read", &old)?.0 == *digest;
        if !same {
            let refuse = |problem: &str| {
                Err(StoreError::Unstorable { about: path.clone(), problem: problem.to_owned() })
            };
            if !self.contents.contains(digest) {
                return refuse("its bytes were not read; export again");
            }
            let staged = self.next_staged()?;
            let copied = copy(&self.contents.path(digest), &staged)?;
            if copied.0 != *digest || size.is_some_and(|size| copied.1 != size) {
                return refuse(
                    "its bytes do not have the digest and size the snapshot says; export again",
                );
            }
            self.install.push(path.clone());
        }
        self.expected.insert(path);
        Ok(())
    }

    /// Whether a file, and no link, stands there now, of that size if it is known.
    fn is_file(&self, path: &str, size: Option<u64>) -> bool {
        self.existing.contains(path)
            && self
                .dir
                .join(path)
                .symlink_metadata()
                .is_ok_and(|there| there.is_file() && size.is_none_or(|size| there.len() == size))
    }

    fn next_staged(&self) -> Result<PathBuf, StoreError> {
        let dir = self.dir.join(STAGING);
        if self.install.is_empty() {
            fs::create_dir_all(&dir).doing("create", &dir)?;
        }
        durable::breath().doing("write", &dir)?;
        Ok(dir.join(self.install.len().to_string()))
    }

    /// Puts the new snapshot in place of the old, and tells how many files were written, removed, left.
    pub(super) fn commit(self) -> Result<(usize, usize, usize), StoreError> {
        let remove: Vec<_> = self.existing.difference(&self.expected).cloned().collect();
        let counts = (self.install.len(), remove.len(), self.expected.len() - self.install.len());
        if counts.0 + counts.1 == 0 {
            return Ok(counts);
        }
        // Room for the directories is found before the commit, not in the middle of it.
        let parents: BTreeSet<&Path> =
            self.install.iter().filter_map(|path| Path::new(path).parent()).collect();
        // Where a file or a link is still in the way, the directory has to wait for the removals.
        let old: BTreeSet<&Path> = remove.iter().map(Path::new).collect();
        for parent in
            parents.into_iter().filter(|parent| !parent.ancestors().any(|path| old.contains(path)))
        {
            let path = self.dir.join(parent);
            fs::create_dir_all(&path).doing("create", &path)?;
        }
        let staging = self.dir.join(STAGING);
        fs::create_dir_all(&staging).doing("create", &staging)?;
        let staged: Vec<PathBuf> =
            (0..self.install.len()).map(|number| staging.join(number.to_string())).collect();
        durable::for_each(&staged, |path| durable::sync_file(path).doing("write", path))?;
        commit::decide(self.dir, &Commit { install: self.install, remove })?;
        Ok(counts)
    }
}

/// Copies a file, and tells digest and size of what was copied.
fn copy(from: &Path, to: &Path) -> Result<(Digest, u64), StoreError> {
    let mut source = File::open(from).doing("read", from)?;
    let mut target = File::create(to).doing("write", to)?;
    let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0_u64, vec![0; 64 * 1024]);
    loop {
        let read = source.read(&mut buffer).doing("read", from)?;
        if read == 0 {
            return Ok((Digest::from_sha256(&hasher.finalize()), size));
        }
        hasher.update(&buffer[..read]);
        target.write_all(&buffer[..read]).doing("write", to)?;
        size += read as u64;
    }
}

/// Lists the files in `dir` that are brickform's, by their paths with forward slashes.
pub(super) fn existing_files(dir: &Path) -> Result<BTreeSet<String>, StoreError> {
    let mut files = BTreeSet::new();
    if dir.join(HEADER).symlink_metadata().is_ok() {
        files.insert(HEADER.to_owned());
    }
    let mut open: Vec<String> = Vec::new();
    for area in AREAS {
        match dir.join(area).symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => open.push(area.to_owned()),
            Ok(_) => _ = files.insert(area.to_owned()),
            Err(_) => {}
        }
    }
    while let Some(folder) = open.pop() {
        let path = dir.join(&folder);
        for entry in fs::read_dir(&path).doing("read", &path)? {
            let entry = entry.doing("read", &path)?;
            let Some(name) = entry.file_name().to_str().map(composed) else { continue };
            let relative = format!("{folder}/{name}");
            // A link to a directory is a file here: it is removed, and never followed.
            if entry.file_type().doing("read", &path)?.is_dir() {
                open.push(relative);
            } else {
                files.insert(relative);
            }
        }
    }
    Ok(files)
}

/// Some file systems of macOS give names back decomposed; brickform writes them composed.
fn composed(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    if cfg!(target_os = "macos") { name.nfc().collect() } else { name.to_owned() }
}
