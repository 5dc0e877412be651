//! One writer at a time in a directory.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::{Doing as _, StoreError};

/// The lock's file within the directory; there only while somebody writes.
pub(super) const LOCK: &str = ".brickform.lock";

/// The right to write into a directory; given back when dropped, and by the system when the process dies.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    file: File,
    path: PathBuf,
}

impl DirectoryLock {
    /// Takes the lock of `dir`, which is created if need be, or tells who has it.
    pub(super) fn take(dir: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(dir).doing("create", dir)?;
        let path = dir.join(LOCK);
        // A reader that looks whether anybody writes holds the file for a moment.
        let mut patience = 5;
        loop {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(&path)
                .doing("open", &path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if patience > 0 => {
                    patience -= 1;
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    continue;
                }
                Err(TryLockError::WouldBlock) => return Err(locked(dir, &mut file)),
                Err(TryLockError::Error(source)) => return Err(source).doing("lock", &path),
            }
            // The last holder may have removed the file between our opening and locking it.
            if is_still_there(&file, &path) {
                file.set_len(0).doing("write", &path)?;
                file.rewind().doing("write", &path)?;
                write!(file, "process {} on {}", std::process::id(), host())
                    .doing("write", &path)?;
                return Ok(Self { file, path });
            }
        }
    }

    /// Refuses while another process holds the lock; changes nothing.
    pub(super) fn check(dir: &Path) -> Result<(), StoreError> {
        let Ok(mut file) = File::open(dir.join(LOCK)) else { return Ok(()) };
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Err(locked(dir, &mut file)),
            _ => Ok(()),
        }
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Elsewhere than on Unix a file that is open cannot be removed and made anew.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

fn locked(dir: &Path, file: &mut File) -> StoreError {
    let mut holder = String::new();
    let known = file.read_to_string(&mut holder).is_ok() && !holder.is_empty();
    if !known {
        holder = "another process".to_owned();
    }
    StoreError::Locked { path: dir.to_owned(), holder }
}

#[cfg(unix)]
fn is_still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(there)) => ours.ino() == there.ino() && ours.dev() == there.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_there(_: &File, _: &Path) -> bool {
    true
}

fn host() -> String {
    ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .map_or_else(|| "this machine".to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let lock = DirectoryLock::take(dir.path()).unwrap();
        let refusal = DirectoryLock::take(dir.path()).unwrap_err().to_string();
        assert!(refusal.contains(&format!("process {} on ", std::process::id())), "{refusal}");
        assert!(matches!(DirectoryLock::check(dir.path()), Err(StoreError::Locked { .. })));
        drop(lock);
        assert_eq!(dir.path().join(LOCK).exists(), cfg!(not(unix)));
        DirectoryLock::check(dir.path()).unwrap();
        DirectoryLock::take(dir.path()).unwrap();
    }

    #[test]
    fn a_lock_of_a_dead_process_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(LOCK), "process 1 on elsewhere").unwrap();
        DirectoryLock::check(dir.path()).unwrap();
        DirectoryLock::take(dir.path()).unwrap();
    }
}
