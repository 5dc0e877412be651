//! A snapshot of a revision as files, in a temporary directory.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::locate::Located;
use super::name::RevisionName;
use super::tree::{Entry, What};
use crate::store::error::{Doing as _, StoreError};
use crate::store::snapshot_dir::is_ours;

/// The files of a snapshot, which are gone when this is dropped.
pub(super) struct Checkout {
    pub(super) dir: TempDir,
    /// What the snapshot is called.
    name: RevisionName,
}

/// Writes the snapshot that was located into a temporary directory: brickform's own files, no others.
pub(super) fn checkout(mut located: Located) -> Result<Checkout, StoreError> {
    let dir = tempfile::Builder::new()
        .prefix("brickform-")
        .tempdir()
        .doing("make a directory in", &std::env::temp_dir())?;
    let mut open = vec![(String::new(), located.entry.id.clone())];
    while let Some((path, id)) = open.pop() {
        for Entry { what, name, id } in located.objects.tree(&id)?.iter() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            // Links are not followed: the reader says what is missing.
            if !is_ours(&path) || *what == What::Other {
                continue;
            }
            let file = dir.path().join(&path);
            if *what == What::Directory {
                fs::create_dir_all(&file).doing("create", &file)?;
                open.push((path, id.clone()));
                continue;
            }
            let mut to = BufWriter::new(File::create(&file).doing("write", &file)?);
            located.objects.copy(id, &mut to)?;
            to.flush().doing("write", &file)?;
        }
    }
    Ok(Checkout { dir, name: located.name })
}

impl Checkout {
    /// What a path within the directory is called in the revision.
    pub(super) fn shown(&self, path: &Path) -> PathBuf {
        let Ok(relative) = path.strip_prefix(self.dir.path()) else { return path.to_owned() };
        let mut shown = self.name.to_string();
        if relative.as_os_str().is_empty() {
            return shown.into();
        }
        if !shown.ends_with([':', '/']) {
            shown.push('/');
        }
        format!("{shown}{}", relative.display()).into()
    }

    /// The name of the snapshot, and its directory to be kept as long as it is used.
    pub(super) fn into_parts(self) -> (String, TempDir) {
        (self.name.to_string(), self.dir)
    }
}
