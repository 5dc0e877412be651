//! What DBFS holds: files and folders by path, and the streams that are open.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::path::{parent, within};
use crate::sim::http::Refusal;

/// The folders that every workspace has.
const FIRST: [&str; 6] =
    ["/FileStore", "/databricks", "/databricks-datasets", "/databricks-results", "/tmp", "/user"];

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    entries: BTreeMap<String, Entry>,
    /// The open streams, by handle.
    pub(super) streams: BTreeMap<i64, Stream>,
    /// What the service does where its documentation leaves it open.
    pub(super) habits: Habits,
}

/// What the service does where its documentation leaves it open; a client must bear with either.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Habits {
    /// Whether the folders of a file that is written are made with it.
    pub(super) makes_folders: bool,
    /// Whether an administrator has switched the root of DBFS off.
    pub(super) switched_off: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self { makes_folders: true, switched_off: false }
    }
}

/// What stands at a path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Entry {
    /// A folder.
    Folder { modified: i64 },
    /// A file.
    File {
        #[serde(with = "crate::sim::dialects::content")]
        content: Bytes,
        modified: i64,
    },
}

/// A file that is being written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stream {
    pub(super) path: String,
    /// When it was last written to.
    pub(super) used: i64,
}

impl Default for State {
    fn default() -> Self {
        let folder = |path: &&str| ((*path).to_owned(), Entry::Folder { modified: 0 });
        let entries = ["/"].iter().chain(&FIRST).map(folder).collect();
        Self { entries, streams: BTreeMap::new(), habits: Habits::default() }
    }
}

impl Entry {
    /// What the API says of it.
    pub(super) fn info(&self, path: &str) -> Value {
        let (is_dir, size, modified) = match self {
            Self::Folder { modified } => (true, 0, *modified),
            Self::File { content, modified } => (false, content.len(), *modified),
        };
        json!({ "path": path, "is_dir": is_dir, "file_size": size, "modification_time": modified })
    }
}

impl State {
    /// What stands at a path.
    ///
    /// # Errors
    /// 404 where nothing does.
    pub(super) fn entry(&self, path: &str) -> Result<&Entry, Refusal> {
        let missing = || Refusal::not_found(format!("No file or directory exists on path {path}."));
        self.entries.get(path).ok_or_else(missing)
    }

    /// The paths directly in a folder.
    pub(super) fn children(&self, folder: &str) -> impl Iterator<Item = &str> {
        let prefix = within(folder);
        let at = prefix.len();
        self.below(folder).filter(move |path| !path[at..].contains('/'))
    }

    /// All paths below a folder, in order.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let prefix = within(folder);
        let from = self.entries.range(prefix.clone()..);
        from.map(|(path, _)| path.as_str())
            .take_while(move |path| path.starts_with(&prefix))
            .filter(|path| *path != "/")
    }

    /// Makes a folder and those it lies in.
    ///
    /// # Errors
    /// 400 where one of them is a file.
    pub(super) fn make_folder(&mut self, path: &str, now: i64) -> Result<(), Refusal> {
        match self.entries.get(path) {
            Some(Entry::Folder { .. }) => return Ok(()),
            Some(Entry::File { .. }) => {
                return Err(Refusal::exists(format!("A file exists on path {path}.")));
            }
            None => self.make_folder(parent(path), now)?,
        }
        self.entries.insert(path.to_owned(), Entry::Folder { modified: now });
        Ok(())
    }

    /// Writes a file in place of what was there.
    ///
    /// # Errors
    /// 400 where a folder is there, or a file where its folder should be.
    pub(super) fn write(&mut self, path: &str, content: Bytes, now: i64) -> Result<(), Refusal> {
        let folder = parent(path).to_owned();
        if !self.habits.makes_folders {
            self.entry(&folder)?;
        }
        if matches!(self.entries.get(path), Some(Entry::Folder { .. })) {
            return Err(Refusal::exists(format!("A directory exists on path {path}.")));
        }
        self.make_folder(&folder, now)?;
        self.entries.insert(path.to_owned(), Entry::File { content, modified: now });
        Ok(())
    }

    /// Adds to the end of a file.
    pub(super) fn append(&mut self, path: &str, more: &[u8], now: i64) {
        if let Some(Entry::File { content, modified }) = self.entries.get_mut(path) {
            let mut whole = std::mem::take(content)
                .try_into_mut()
                .unwrap_or_else(|shared| BytesMut::from(&shared[..]));
            whole.extend_from_slice(more);
            (*content, *modified) = (whole.freeze(), now);
        }
    }

    /// Takes away what stands at a path, and answers it.
    pub(super) fn take(&mut self, path: &str) -> Option<Entry> {
        self.entries.remove(path)
    }

    /// Puts what was taken at another path.
    pub(super) fn put_back(&mut self, path: String, entry: Entry) {
        self.entries.insert(path, entry);
    }

    /// Refuses every call where the root is switched off.
    ///
    /// # Errors
    /// 403.
    pub(super) fn admit(&self, path: &str) -> Result<(), Refusal> {
        if !self.habits.switched_off {
            return Ok(());
        }
        Err(Refusal::denied(format!(
            "Public DBFS root is disabled. Access is denied on path: {path}"
        )))
    }
}
