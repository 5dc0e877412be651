//! Writing a snapshot.

use std::path::Path;

use super::commit;
use super::document::Document;
use super::layout::{AREAS, GIT_ATTRIBUTES, HEADER};
use super::observed::{self, ObservedFacts};
use super::render::{Bytes, render};
use super::stage::Stage;
use crate::model::{Digest, Snapshot};
use crate::store::blobs::BlobStore;
use crate::store::error::StoreError;
use crate::store::lock::DirectoryLock;
use crate::store::yaml::to_yaml;

/// What writing a snapshot changed on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Files that are new or differ.
    pub written: usize,
    /// Files that went away.
    pub removed: usize,
    /// Files that were left untouched.
    pub unchanged: usize,
    /// The snapshot's root digest.
    pub root: Digest,
}

const ATTRIBUTES: &str = "# The files of a snapshot are compared byte by byte, so git must not convert line ends.\n* -text\n";

/// Writes a snapshot into `dir`: whole or not at all, touching only files that differ.
///
/// `contents` holds the bytes of every content in the snapshot. Files in `dir` that are not brickform's
/// stay; `.gitattributes` is written where there is none. Findings are kept sorted.
///
/// # Errors
///
/// [`StoreError::Locked`] while another export writes there, [`StoreError::NotOurs`] where `dir` holds
/// files like a snapshot's that are none, [`StoreError::Unstorable`] where the snapshot is not sound, and
/// [`StoreError::Io`] where the system refuses; the old snapshot is unharmed in each case.
pub fn write(
    dir: &Path,
    snapshot: &Snapshot,
    contents: &BlobStore,
    observed: &ObservedFacts,
) -> Result<Written, StoreError> {
    let _lock = DirectoryLock::take(dir)?;
    commit::recover(dir)?;
    check_ours(dir)?;
    let mut stage = Stage::new(dir, contents)?;
    let staged = fill(&mut stage, dir, snapshot, observed);
    let result = staged.and_then(|()| stage.commit());
    if result.is_err() && !commit::is_pending(dir) {
        // The first error is the one to tell; a staging directory left over is removed by the next run.
        let _ = commit::forget(dir);
    }
    let (written, removed, unchanged) = result?;
    Ok(Written { written, removed, unchanged, root: snapshot.root_digest() })
}

fn fill(
    stage: &mut Stage<'_>,
    dir: &Path,
    snapshot: &Snapshot,
    facts: &ObservedFacts,
) -> Result<(), StoreError> {
    render(snapshot, &mut |path, bytes| match bytes {
        Bytes::Text(text) => stage.put_text(path, &text),
        Bytes::Content(content) => stage.put_content(path, &content.digest, Some(content.size)),
        Bytes::Blob(digest) => stage.put_content(path, &digest, None),
    })?;
    stage.put_text(observed::keys_path(), &to_yaml(&observed::keys(facts)))?;
    if dir.join(GIT_ATTRIBUTES).symlink_metadata().is_err() {
        stage.put_text(GIT_ATTRIBUTES.to_owned(), ATTRIBUTES)?;
    }
    let capture = observed::capture_path();
    // A new moment alone is no change.
    if !stage.is_changed(&capture)
        && stage.has(&capture)
        && Document::read(dir, &capture, &capture).is_ok()
    {
        stage.keep(&capture);
        return Ok(());
    }
    stage.put_text(capture, &to_yaml(&observed::capture(facts)))
}

/// Makes sure that nothing is replaced that brickform did not write.
fn check_ours(dir: &Path) -> Result<(), StoreError> {
    if dir.join(HEADER).exists() {
        return Ok(());
    }
    let is_used = |area: &&&str| {
        let path = dir.join(area);
        // Directories alone are what an interrupted first export may leave.
        path.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) || holds_files(&path)
    };
    match AREAS.iter().find(is_used) {
        Some(area) => Err(StoreError::NotOurs { dir: dir.to_owned(), entry: (*area).to_owned() }),
        None => Ok(()),
    }
}

fn holds_files(dir: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(dir) else { return false };
    entries.flatten().any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => holds_files(&entry.path()),
        _ => true,
    })
}
