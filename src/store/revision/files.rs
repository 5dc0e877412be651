//! The files of a snapshot as they stand in a tree of git.

use std::path::PathBuf;

use super::error::RevisionError;
use super::objects::Objects;
use super::tree::What;
use crate::store::error::StoreError;
use crate::store::snapshot_dir::Files;

/// A snapshot in a tree.
pub(super) struct TreeFiles<'a> {
    pub(super) objects: &'a mut Objects,
    /// The tree of the snapshot's directory.
    pub(super) tree: &'a str,
    /// What people call that directory.
    pub(super) shown: &'a str,
}

impl Files for TreeFiles<'_> {
    fn id(&mut self, path: &str) -> Result<Option<String>, StoreError> {
        let entry = self.objects.entry(self.tree, path)?;
        Ok(entry.filter(|entry| entry.what == What::File).map(|entry| entry.id))
    }

    fn read(&mut self, path: &str) -> Result<Vec<u8>, StoreError> {
        match self.id(path)? {
            Some(id) => Ok(self.objects.bytes(&id)?),
            None => Err(RevisionError::NotThere {
                path: path.to_owned(),
                rev: self.shown.to_owned(),
                found: Vec::new(),
            }
            .into()),
        }
    }

    fn shown(&self, path: &str) -> PathBuf {
        let slash = if self.shown.ends_with(':') { "" } else { "/" };
        format!("{}{slash}{path}", self.shown).into()
    }
}
