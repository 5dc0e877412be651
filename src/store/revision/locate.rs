//! From the name of a revision to what stands there.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::error::RevisionError;
use super::name::RevisionName;
use super::objects::Objects;
use super::repository::Repository;
use super::tree::{Entry, What};
use crate::store::snapshot_dir::{AREAS, HEADER};

/// Something that stands in a revision.
pub(super) struct Located {
    pub(super) repository: Repository,
    pub(super) objects: Objects,
    /// Its path within the repository.
    pub(super) path: String,
    /// What it is.
    pub(super) entry: Entry,
    /// Its name for good: with the commit's own identifier.
    pub(super) name: RevisionName,
}

/// A repository, and perhaps a path within it.
pub(super) struct Place {
    pub(super) repository: Repository,
    pub(super) path: Option<String>,
    /// The path as it has to be written where the repository is not the one around us.
    written: Option<String>,
}

/// Finds what a name means; paths are taken from `base`, or from where we are.
pub(super) fn locate(name: &RevisionName, base: Option<&Path>) -> Result<Located, RevisionError> {
    let Place { repository, path, written } = place(name, base)?;
    let commit = repository.commit(&name.rev)?;
    let mut objects = Objects::open(&repository)?;
    let root = objects.tree_of(&commit)?;
    let path = match path {
        Some(path) => path,
        None => only_snapshot(&mut objects, &root, &name.rev)?,
    };
    let Some(entry) = objects.entry(&root, &path)? else {
        let found = named(&snapshots(&mut objects, &root)?, &name.rev);
        return Err(RevisionError::NotThere { path, rev: name.rev.clone(), found });
    };
    if entry.what == What::Directory && !is_snapshot(&objects.tree(&entry.id)?) {
        let found = named(&snapshots(&mut objects, &root)?, &name.rev);
        return Err(RevisionError::NotASnapshot { path, rev: name.rev.clone(), found });
    }
    let written = written.unwrap_or_else(|| path.clone());
    let name = RevisionName { rev: commit, path: Some(written) };
    Ok(Located { repository, objects, path, entry, name })
}

/// Finds the repository that a name is about, and the path within it.
pub(super) fn place(name: &RevisionName, base: Option<&Path>) -> Result<Place, RevisionError> {
    let around = Repository::around(base);
    let path = match (&around, &name.path) {
        (Ok(_), Some(path)) if !name.is_in_file_system() => Some(tidy(path, name)?),
        (Ok(_), None) => None,
        (Err(_), path) if path.as_ref().is_none_or(String::is_empty) => {
            return around.map(|repository| Place { repository, path: None, written: None });
        }
        (_, path) => {
            let written = path.clone().unwrap_or_default();
            let (repository, path) = in_file_system(Path::new(&written), base)?;
            let is_same = around.is_ok_and(|around| around.shown() == repository.shown());
            let written = (!is_same).then_some(written);
            return Ok(Place { repository, path: Some(path), written });
        }
    };
    around.map(|repository| Place { repository, path, written: None })
}

/// The repository that a path of the file system is in, and the path from its root.
pub(super) fn in_file_system(
    written: &Path,
    base: Option<&Path>,
) -> Result<(Repository, String), RevisionError> {
    let wrong = |problem| RevisionError::Path { path: written.to_owned(), problem };
    let whole = base.unwrap_or(Path::new("")).join(written);
    let whole = std::path::absolute(&whole).map_err(|_| wrong("its path is none"))?;
    // What is in the revision need not be in the worktree, but some directory above it is.
    let there = whole.ancestors().find(|path| path.is_dir()).unwrap_or(&whole);
    let rest = whole.strip_prefix(there).unwrap_or(Path::new(""));
    let real = fs::canonicalize(there).unwrap_or_else(|_| there.to_owned());
    let repository = Repository::around(Some(&real))?;
    let root = repository.worktree()?;
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let inside: PathBuf = real.strip_prefix(&root).unwrap_or(Path::new("")).join(rest);
    let mut parts = Vec::new();
    for component in inside.components() {
        match component {
            Component::Normal(part) => {
                parts.push(part.to_str().ok_or_else(|| wrong("its path is not Unicode"))?);
            }
            _ => return Err(wrong("its path leads through a directory that is not there")),
        }
    }
    Ok((repository, parts.join("/")))
}

/// A path from the root of a repository, without what adds nothing to it.
fn tidy(path: &str, name: &RevisionName) -> Result<String, RevisionError> {
    let parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        let problem = "a path from the root of the repository leads nowhere with `..`";
        return Err(RevisionError::Name { named: name.to_string(), problem });
    }
    Ok(parts.join("/"))
}

/// The path of the one snapshot of a revision.
pub(super) fn only_snapshot(
    objects: &mut Objects,
    root: &str,
    rev: &str,
) -> Result<String, RevisionError> {
    let mut found = snapshots(objects, root)?;
    match found.len() {
        0 => Err(RevisionError::NoSnapshot { rev: rev.to_owned() }),
        1 => Ok(found.remove(0)),
        _ => Err(RevisionError::Several { rev: rev.to_owned(), found: named(&found, rev) }),
    }
}

fn named(paths: &[String], rev: &str) -> Vec<String> {
    let named =
        |path: &String| RevisionName { rev: rev.to_owned(), path: Some(path.clone()) }.to_string();
    paths.iter().map(named).collect()
}

fn is_snapshot(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| entry.what == What::File && entry.name == HEADER)
}

/// The paths of all snapshots below a tree. What a workspace holds is no place to look in.
fn snapshots(objects: &mut Objects, root: &str) -> Result<Vec<String>, RevisionError> {
    let (mut found, mut open) = (Vec::new(), vec![(String::new(), root.to_owned())]);
    while let Some((path, id)) = open.pop() {
        let entries = objects.tree(&id)?;
        let here = is_snapshot(&entries);
        if here {
            found.push(path.clone());
        }
        for entry in entries.iter().filter(|entry| entry.what == What::Directory) {
            if !(here && AREAS.contains(&entry.name.as_str())) {
                let slash = if path.is_empty() { "" } else { "/" };
                open.push((format!("{path}{slash}{}", entry.name), entry.id.clone()));
            }
        }
    }
    found.sort();
    Ok(found)
}
