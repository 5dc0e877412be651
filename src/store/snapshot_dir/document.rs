//! One YAML file of a snapshot, and what is wrong with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::store::error::{Doing as _, RESTORE, StoreError};
use crate::store::shape;
use crate::store::yaml::{from_yaml, line_of};

/// A YAML file that was read.
pub(super) struct Document {
    path: PathBuf,
    text: String,
    /// What it holds.
    pub(super) value: Value,
}

impl Document {
    /// Reads the file at `relative`, which `named_in` says is there.
    pub(super) fn read(dir: &Path, relative: &str, named_in: &str) -> Result<Self, StoreError> {
        let path = dir.join(relative);
        check_plain(&path, &dir.join(named_in))?;
        let bytes = fs::read(&path).doing("read", &path)?;
        Self::parse(path, bytes)
    }

    /// Reads bytes that stand at `path`.
    pub(super) fn parse(path: PathBuf, bytes: Vec<u8>) -> Result<Self, StoreError> {
        let text = String::from_utf8(bytes).map_err(|error| StoreError::Field {
            file: path.clone(),
            line: Some(
                error.as_bytes()[..error.utf8_error().valid_up_to()].split(|b| *b == b'\n').count(),
            ),
            field: String::new(),
            problem: "the file is not UTF-8".to_owned(),
            hint: RESTORE.to_owned(),
        })?;
        let value = from_yaml(&text, &path.display().to_string())?;
        let document = Self { path, text, value };
        if document.value.is_object() {
            Ok(document)
        } else {
            Err(document.wrong(&[], "the file is no map"))
        }
    }

    /// Where the file stands.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What a field at the top holds.
    pub(super) fn get(&self, field: &str) -> Option<&Value> {
        self.value.get(field)
    }

    /// Says what is wrong with a field.
    pub(super) fn wrong(&self, field: &[&str], problem: impl Into<String>) -> StoreError {
        StoreError::Field {
            file: self.path.clone(),
            line: if field.is_empty() { None } else { line_of(&self.text, field) },
            field: field.join("."),
            problem: problem.into(),
            hint: RESTORE.to_owned(),
        }
    }

    /// Takes a part of the file, standing at `field`, as data of a known form.
    pub(super) fn part<T: DeserializeOwned>(
        &self,
        part: &Value,
        field: &[&str],
    ) -> Result<T, StoreError> {
        serde_json::from_value(part.clone())
            .map_err(|error| self.wrong(field, shape::problem(&error)))
    }

    /// Takes a field at the top as data of a known form.
    pub(super) fn field<T: DeserializeOwned>(&self, field: &str) -> Result<T, StoreError> {
        match self.get(field) {
            Some(value) => self.part(value, &[field]),
            None => Err(self.wrong(&[], format!("the field `{field}` is missing"))),
        }
    }

    /// Takes a field at the top as data of a known form, if it is there.
    pub(super) fn optional<T: DeserializeOwned>(
        &self,
        field: &str,
    ) -> Result<Option<T>, StoreError> {
        self.get(field).map(|value| self.part(value, &[field])).transpose()
    }
}

/// Makes sure that a file is there and is a file, not a link that leads out of the snapshot.
pub(super) fn check_plain(path: &Path, named_in: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(StoreError::Field {
            file: path.to_owned(),
            line: None,
            field: String::new(),
            problem: "it is a link or a directory, and should be a file".to_owned(),
            hint: RESTORE.to_owned(),
        }),
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                || error.kind() == io::ErrorKind::NotADirectory =>
        {
            Err(StoreError::Missing { file: path.to_owned(), named_in: named_in.to_owned() })
        }
        Err(error) => Err(error).doing("read", path),
    }
}
