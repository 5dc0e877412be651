//! The moment from which a new snapshot counts, and what follows from it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::layout::{AREAS, GIT_ATTRIBUTES, HEADER};
use crate::store::durable;
use crate::store::error::{Doing as _, StoreError};
use crate::store::paths;

/// Where a new snapshot's files wait.
pub(super) const STAGING: &str = ".brickform-staging";

/// The decision, within the staging directory.
const COMMIT: &str = "commit.json";

/// Which staged files go where, and which old ones go away.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Commit {
    /// Paths in the snapshot; the staged file of each is called by its place in this list.
    pub(super) install: Vec<String>,
    /// Paths in the snapshot.
    pub(super) remove: Vec<String>,
}

/// Writes the decision down, from which moment the new snapshot counts, and carries it out.
pub(super) fn decide(dir: &Path, commit: &Commit) -> Result<(), StoreError> {
    let staging = dir.join(STAGING);
    durable::sync_directory(&staging).doing("write", &staging)?;
    let path = staging.join(COMMIT);
    durable::breath().doing("write", &path)?;
    let text = serde_json::to_vec(commit).map_err(io::Error::other).doing("write", &path)?;
    durable::replace(&path, &text)?;
    carry_out(dir, commit)
}

/// Whether a decision waits to be carried out.
pub(super) fn is_pending(dir: &Path) -> bool {
    dir.join(STAGING).join(COMMIT).exists()
}

/// Finishes what an interrupted export had decided, and forgets what it had not. The caller holds the lock.
pub(super) fn recover(dir: &Path) -> Result<(), StoreError> {
    if is_pending(dir) {
        let path = dir.join(STAGING).join(COMMIT);
        let bytes = fs::read(&path).doing("read", &path)?;
        let commit: Commit = serde_json::from_slice(&bytes).map_err(|_| unusable(&path))?;
        if !commit.install.iter().chain(&commit.remove).all(|path| is_ours(path)) {
            return Err(unusable(&path));
        }
        carry_out(dir, &commit)
    } else {
        forget(dir)
    }
}

/// Removes whatever is staged.
pub(super) fn forget(dir: &Path) -> Result<(), StoreError> {
    let staging = dir.join(STAGING);
    match durable::breath().and_then(|()| fs::remove_dir_all(&staging)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.doing("remove", &staging),
    }
}

fn unusable(path: &Path) -> StoreError {
    StoreError::Field {
        file: path.to_owned(),
        line: None,
        field: String::new(),
        problem: "it does not say how to finish an interrupted export".to_owned(),
        hint: format!(
            "remove the directory {STAGING}, restore the snapshot from git, and export again"
        ),
    }
}

/// Whether a path within a snapshot is one that brickform writes.
pub(crate) fn is_ours(path: &str) -> bool {
    let mut parts = path.split('/');
    let first = parts.next().unwrap_or_default();
    let inside = parts.all(|part| paths::component(part).is_ok() && !part.contains(['\\', ':']));
    inside && (AREAS.contains(&first) || path == HEADER || path == GIT_ATTRIBUTES)
}

/// Every part of this can be done again after it was interrupted.
fn carry_out(dir: &Path, commit: &Commit) -> Result<(), StoreError> {
    let staging = dir.join(STAGING);
    let mut touched: BTreeSet<PathBuf> = BTreeSet::new();
    // Moves begin when every removal is done. Were removals repeated after that, a file system that takes
    // `Load` and `load` for one would lose what was moved.
    let is_moving = !commit.install.is_empty() && !staging.join("0").exists();
    for relative in commit.remove.iter().filter(|_| !is_moving) {
        let path = dir.join(relative);
        match durable::breath().and_then(|()| fs::remove_file(&path)) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) => {}
            result => result.doing("remove", &path)?,
        }
        remove_empty(dir, Path::new(relative));
    }
    for (number, relative) in commit.install.iter().enumerate() {
        let (from, to) = (staging.join(number.to_string()), dir.join(relative));
        if !from.exists() {
            continue;
        }
        let parent = to.parent().unwrap_or(dir).to_owned();
        fs::create_dir_all(&parent).doing("create", &parent)?;
        if to.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            remove_hollow(&to).doing("remove", &to)?;
        }
        durable::breath().and_then(|()| fs::rename(&from, &to)).doing("write", &to)?;
        touched.insert(parent);
    }
    let touched: Vec<PathBuf> = touched.into_iter().collect();
    durable::for_each(&touched, |path| durable::sync_directory(path).doing("write", path))?;
    let decision = staging.join(COMMIT);
    durable::breath().and_then(|()| fs::remove_file(&decision)).doing("remove", &decision)?;
    forget(dir)
}

/// Removes a directory that holds nothing but empty directories.
fn remove_hollow(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        remove_hollow(&entry?.path())?;
    }
    fs::remove_dir(path)
}

/// Removes the directories above a removed file as far as they are empty.
fn remove_empty(dir: &Path, relative: &Path) {
    let mut parent = relative.parent();
    while let Some(path) = parent.filter(|path| !path.as_os_str().is_empty()) {
        if fs::remove_dir(dir.join(path)).is_err() {
            return;
        }
        parent = path.parent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_reaches_no_file_outside() {
        for path in [
            "../x",
            "/etc/passwd",
            "workspace/../../x",
            "README.md",
            "objects/a\\..\\b",
            "workspace//x",
            ".git/x",
        ] {
            assert!(!is_ours(path), "{path}");
        }
        for path in [
            "snapshot.yaml",
            ".gitattributes",
            "workspace/Users/a b/_index.yaml",
            "objects/job/x.yaml",
        ] {
            assert!(is_ours(path), "{path}");
        }
        let dir = tempfile::tempdir().unwrap();
        let staging = dir.path().join("s").join(STAGING);
        fs::create_dir_all(&staging).unwrap();
        fs::write(staging.join(COMMIT), r#"{"install":[],"remove":["../precious"]}"#).unwrap();
        fs::write(dir.path().join("precious"), "x").unwrap();
        assert!(recover(&dir.path().join("s")).is_err());
        assert!(dir.path().join("precious").exists());
    }
}
