//! Making sure that what was written survives a power cut.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::{Doing as _, StoreError};

/// Forces a file's bytes to disk.
pub(super) fn sync_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.sync_all()
}

/// Forces the names within a directory to disk, where the system needs that.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Does something with each of many files at once, and gives back what failed first.
pub(super) fn for_each<T: Sync, E: Send>(
    items: &[T],
    act: impl Fn(&T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    const THREADS: usize = 8;
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = act(item) {
                        next.store(items.len(), Ordering::Relaxed);
                        if let Ok(mut failed) = failed.lock() {
                            failed.get_or_insert(error);
                        }
                    }
                }
            });
        }
    });
    failed.into_inner().ok().flatten().map_or(Ok(()), Err)
}

/// Replaces a file in one step: a reader sees the old bytes or the new ones, also after a power cut.
///
/// A link is followed, and what is no file, such as `/dev/stdout` or a pipe, is written into.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let real = std::fs::canonicalize(path);
    let path = real.as_deref().unwrap_or(path);
    if let Ok(metadata) = path.metadata()
        && !metadata.is_file()
    {
        return std::fs::write(path, bytes).doing("write", path);
    }
    let dir = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    std::fs::create_dir_all(&dir).doing("create", &dir)?;
    let write = || {
        let mut file = tempfile::Builder::new().prefix(".brickform-").tempfile_in(&dir)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        sync_directory(&dir)
    };
    write().doing("write", path)
}

/// Stops the next write in tests that cut a run off; elsewhere it does nothing.
pub(super) fn breath() -> io::Result<()> {
    #[cfg(test)]
    fuse::burn()?;
    Ok(())
}

#[cfg(test)]
pub(super) mod fuse {
    //! A run that is cut off after a number of writes, as a full disk or a kill does.

    use std::cell::Cell;
    use std::io;

    thread_local! {
        static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// Lets `writes` more writes of this thread succeed, and none after them; `None` lets all.
    pub(in crate::store) fn set(writes: Option<usize>) {
        LEFT.set(writes);
    }

    pub(super) fn burn() -> io::Result<()> {
        match LEFT.get() {
            None => Ok(()),
            Some(0) => Err(io::ErrorKind::StorageFull.into()),
            Some(left) => {
                LEFT.set(Some(left - 1));
                Ok(())
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_followed_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        assert!(link.is_symlink());
    }

    #[test]
    fn what_is_no_file_is_written_into() {
        let dir = tempfile::tempdir().unwrap();
        assert!(replace(dir.path(), b"x").unwrap_err().to_string().contains("directory"));
        // A socket is no file and cannot be opened: whoever may replace it must not.
        let path = dir.path().join("socket");
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(replace(&path, b"x").is_err());
        assert!(!path.is_file());
    }
}
