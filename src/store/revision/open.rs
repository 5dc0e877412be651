//! Reading what a directory, a file, or a revision holds.

use std::path::{Path, PathBuf};

use super::checkout::checkout;
use super::error::RevisionError;
use super::locate::{Located, locate};
use super::name::RevisionName;
use super::tree::What;
use crate::model::{Finding, Plan};
use crate::store::error::StoreError;
use crate::store::plan_file::{parse_plan, read_plan};
use crate::store::snapshot_dir::{self, SnapshotDir, Verify};

/// What a name turned out to be.
pub enum Opened {
    /// A plan.
    Plan(Box<Plan>),
    /// A snapshot.
    Snapshot(Box<SnapshotDir>),
}

/// Reads the snapshot that `named` is, a directory or `git:REV[:PATH]`, and verifies every digest.
///
/// # Errors
///
/// As [`snapshot_dir::read`], and [`RevisionError`] where the revision cannot be read.
pub fn read(named: &Path) -> Result<SnapshotDir, StoreError> {
    read_with(named, Verify::All)
}

/// As [`read`], with or without comparing digests.
///
/// # Errors
///
/// As [`read`].
pub fn read_with(named: &Path, verify: Verify) -> Result<SnapshotDir, StoreError> {
    match RevisionName::parse(named)? {
        Some(name) => snapshot(locate(&name, None)?, verify),
        None => snapshot_dir::read_with(named, verify),
    }
}

/// Reads the plan or the snapshot that `named` is.
///
/// # Errors
///
/// As [`read`] and [`read_plan`].
pub fn open(named: &Path) -> Result<Opened, StoreError> {
    let Some(name) = RevisionName::parse(named)? else {
        return if named.is_dir() {
            snapshot_dir::read(named).map(|dir| Opened::Snapshot(Box::new(dir)))
        } else {
            read_plan(named).map(|plan| Opened::Plan(Box::new(plan)))
        };
    };
    let mut located = locate(&name, None)?;
    if located.entry.what == What::Directory {
        return snapshot(located, Verify::All).map(|dir| Opened::Snapshot(Box::new(dir)));
    }
    let bytes = located.objects.bytes(&located.entry.id)?;
    parse_plan(&bytes, named).map(|plan| Opened::Plan(Box::new(plan)))
}

/// Lists all that is wrong with the snapshot that `named` is.
///
/// # Errors
///
/// [`RevisionError`] where the revision cannot be read.
pub fn problems(named: &Path) -> Result<Vec<Finding>, StoreError> {
    let Some(name) = RevisionName::parse(named)? else {
        return Ok(snapshot_dir::problems(named));
    };
    let files = checkout(directory(locate(&name, None)?)?)?;
    Ok(snapshot_dir::problems_as(files.dir.path(), &|path| files.shown(path)))
}

/// Where a snapshot is, or would be, on disk: for a revision, its path in the repository's worktree.
///
/// # Errors
///
/// [`RevisionError`] where the revision cannot be read, or the repository has no worktree.
pub fn worktree_directory(named: &Path) -> Result<PathBuf, StoreError> {
    let Some(name) = RevisionName::parse(named)? else { return Ok(named.to_owned()) };
    let located = locate(&name, None)?;
    Ok(located.repository.worktree()?.join(&located.path))
}

/// Where a snapshot is that a file in `dir` names: seen from where we are, or from there.
pub fn beside(named: &Path, dir: &Path) -> Option<PathBuf> {
    let Ok(Some(name)) = RevisionName::parse(named) else {
        let there = [named.to_owned(), dir.join(named)];
        return there.into_iter().find(|path| path.exists());
    };
    if locate(&name, None).is_ok() {
        return Some(named.to_owned());
    }
    let base = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let located = locate(&name, Some(base)).ok()?;
    let path = located.repository.worktree().ok()?.join(&located.path);
    let path = path.to_str()?.to_owned();
    Some(RevisionName { rev: located.name.rev, path: Some(path) }.to_string().into())
}

fn snapshot(located: Located, verify: Verify) -> Result<SnapshotDir, StoreError> {
    let files = checkout(directory(located)?)?;
    match snapshot_dir::read_with(files.dir.path(), verify) {
        Ok(dir) => Ok(dir.taken_from(files.into_parts())),
        Err(error) => Err(error.shown(&|path| files.shown(path))),
    }
}

/// Refuses a file where a snapshot is wanted.
fn directory(located: Located) -> Result<Located, RevisionError> {
    if located.entry.what == What::Directory {
        return Ok(located);
    }
    let Located { path, name, .. } = located;
    Err(RevisionError::NotASnapshot { path, rev: name.rev, found: Vec::new() })
}
