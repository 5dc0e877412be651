//! A workspace on disk: one file, written whole or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::fresh;
use super::options::Options;
use super::state::State;
use super::workspace::Workspace;

const FILE: &str = "workspace.json";
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Saved {
    format: u32,
    state: State,
}

impl Workspace {
    /// The workspace which was saved to a folder; a new one when there is none.
    ///
    /// # Errors
    /// [`Error::Data`] when the file cannot be read, [`Error::Content`] when it holds something else.
    pub fn load(options: Options, dir: &Path) -> Result<Self, Error> {
        let workspace = Self::new(options.clone());
        let path = dir.join(FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(workspace),
            Err(source) => return Err(Error::Data { doing: "read", path, source }),
        };
        let saved: Saved = serde_json::from_slice(&bytes)
            .map_err(|source| Error::Content { path: path.clone(), source })?;
        if saved.format != FORMAT {
            let source =
                serde::de::Error::custom(format!("format {} instead of {FORMAT}", saved.format));
            return Err(Error::Content { path, source });
        }
        workspace.with_state(|state| {
            *state = saved.state;
            fresh::admit(state, &options);
        });
        Ok(workspace)
    }

    /// Saves to a folder if something changed since the last time.
    ///
    /// # Errors
    /// [`Error::Data`] when the folder or the file cannot be written; the file is then as it was.
    pub fn save(&self, dir: &Path) -> Result<(), Error> {
        let Some(state) = self.unsaved() else { return Ok(()) };
        let path = dir.join(FILE);
        write(dir, &path, &Saved { format: FORMAT, state }).map_err(|source| {
            self.with_state(|_| ());
            Error::Data { doing: "write", path, source }
        })
    }
}

fn write(dir: &Path, path: &PathBuf, saved: &Saved) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    let mut writer = std::io::BufWriter::new(file.as_file_mut());
    serde_json::to_writer(&mut writer, saved)?;
    writer.flush()?;
    drop(writer);
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
