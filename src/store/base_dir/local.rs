//! A base on this disk.

use std::fs;
use std::io;
use std::path::Path;

use super::encode::Files;
use super::manifest::{MANIFEST, is_ours};
use crate::store::durable;
use crate::store::error::{Doing as _, StoreError};

/// How often a directory is read that is being written meanwhile.
const LOOKS: usize = 3;

/// Reads the files of a base; `None` where there is none.
///
/// # Errors
///
/// [`StoreError::Io`] where the system refuses.
pub fn read_local(dir: &Path) -> Result<Option<Files>, StoreError> {
    let mut files = read_once(dir)?;
    for _ in 1..LOOKS {
        let again = read(&dir.join(MANIFEST))?;
        if again.as_ref() == files.get(MANIFEST) {
            break;
        }
        files = read_once(dir)?;
    }
    // Files without the one that names them are what a first write has left that was cut off.
    Ok(files.contains_key(MANIFEST).then_some(files))
}

fn read_once(dir: &Path) -> Result<Files, StoreError> {
    let mut files = Files::new();
    let Some(manifest) = read(&dir.join(MANIFEST))? else { return Ok(files) };
    for name in names(dir)? {
        if let Some(bytes) = read(&dir.join(&name))? {
            files.insert(name, bytes);
        }
    }
    // What was read first says which of the others are meant.
    files.insert(MANIFEST.to_owned(), manifest);
    Ok(files)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Err(error) if is_absent(&error) => Ok(None),
        result => result.map(Some).doing("read", path),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The names of a base's files, current or not.
fn names(dir: &Path) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).doing("read", dir)? {
        let name = entry.doing("read", dir)?.file_name();
        names.extend(name.into_string().ok().filter(|name| is_ours(name)));
    }
    Ok(names)
}

/// Writes the files of a base in place of those that are there, whole or not at all.
///
/// Files that stay the same are not touched.
///
/// # Errors
///
/// [`StoreError::Io`] where the system refuses; the old base is then still there.
pub fn write_local(dir: &Path, files: &Files) -> Result<(), StoreError> {
    fs::create_dir_all(dir).doing("create", dir)?;
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        if read(&path)?.as_deref() == Some(bytes) {
            return Ok(());
        }
        durable::breath().doing("write", &path)?;
        durable::replace(&path, bytes)
    };
    let shards: Vec<(&String, &Vec<u8>)> =
        files.iter().filter(|(name, _)| *name != MANIFEST).collect();
    durable::for_each(&shards, |(name, bytes)| write(name, bytes))?;
    if let Some(bytes) = files.get(MANIFEST) {
        write(MANIFEST, bytes)?;
    }
    for name in names(dir)?.into_iter().filter(|name| !files.contains_key(name)) {
        let path = dir.join(name);
        match fs::remove_file(&path) {
            Err(error) if is_absent(&error) => {}
            result => result.doing("remove", &path)?,
        }
    }
    Ok(())
}
