//! Contents by their digest.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::durable;
use crate::model::Digest;

/// A directory of contents, each stored once under its SHA-256: `sha256/ab/cdef…`.
///
/// It may be shared among threads and processes: a content appears whole or not at all.
#[derive(Clone, Debug)]
pub struct BlobStore {
    dir: PathBuf,
}

impl BlobStore {
    /// Uses `dir`, which is created with the first content.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Takes over a content from another store, and forces it to disk.
    ///
    /// # Errors
    ///
    /// Fails where the other store does not have it undamaged, and where the operating system does.
    pub fn keep(&self, from: &Self, digest: &Digest) -> io::Result<()> {
        if self.contains(digest) {
            return Ok(());
        }
        self.put_stream(from.open(digest)?)?;
        let path = self.path(digest);
        durable::sync_file(&path)?;
        path.ancestors().skip(1).take(3).try_for_each(durable::sync_directory)
    }

    /// Where a content of that digest stands.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(relative_path(digest))
    }

    /// Stores bytes.
    ///
    /// # Errors
    ///
    /// Fails where the operating system does.
    pub fn put(&self, bytes: &[u8]) -> io::Result<Digest> {
        self.put_stream(bytes).map(|(digest, _)| digest)
    }

    /// Stores a stream without holding it in memory, and tells its digest and size.
    ///
    /// # Errors
    ///
    /// Fails where the stream or the operating system does; nothing is stored then.
    pub fn put_stream(&self, mut source: impl Read) -> io::Result<(Digest, u64)> {
        let (mut incoming, mut buffer) = (self.incoming()?, vec![0; 64 * 1024]);
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return incoming.keep(),
                Ok(read) => incoming.write(&buffer[..read])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Begins a content that arrives piece by piece.
    ///
    /// # Errors
    ///
    /// Fails where the operating system does.
    pub fn incoming(&self) -> io::Result<Incoming<'_>> {
        fs::create_dir_all(&self.dir)?;
        let file = tempfile::NamedTempFile::new_in(&self.dir)?;
        Ok(Incoming { store: self, file, hasher: Sha256::new(), size: 0 })
    }

    /// Reads a content whole.
    ///
    /// # Errors
    ///
    /// Fails where it is not stored, cannot be read, or has been damaged.
    pub fn get(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        let path = self.path(digest);
        let bytes = fs::read(&path)?;
        if crate::model::digest_bytes(&bytes) == *digest { Ok(bytes) } else { Err(changed(&path)) }
    }

    /// Opens a content for reading, once it was found undamaged.
    ///
    /// # Errors
    ///
    /// As [`BlobStore::get`].
    pub fn open(&self, digest: &Digest) -> io::Result<File> {
        let path = self.path(digest);
        if digest_file(&path)?.0 == *digest { File::open(&path) } else { Err(changed(&path)) }
    }

    /// The first bytes of a content, as they stand there: what follows is not looked at, and nothing is proven.
    ///
    /// # Errors
    /// If it is not there or cannot be read.
    pub fn head(&self, digest: &Digest, most: u64) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        File::open(self.path(digest))?.take(most).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Whether a content of that digest is stored.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }
}

/// A content of which not all has arrived; it is forgotten where it is dropped.
pub struct Incoming<'a> {
    store: &'a BlobStore,
    file: tempfile::NamedTempFile,
    hasher: Sha256,
    size: u64,
}

impl Incoming<'_> {
    /// Adds what has arrived.
    ///
    /// # Errors
    ///
    /// Fails where the operating system does.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    /// How many bytes have arrived.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Stores what has arrived under its digest, and tells digest and size.
    ///
    /// # Errors
    ///
    /// Fails where the operating system does.
    pub fn keep(self) -> io::Result<(Digest, u64)> {
        let digest = Digest::from_sha256(&self.hasher.finalize());
        let path = self.store.path(&digest);
        if !path.exists() {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            self.file.persist(&path)?;
        }
        Ok((digest, self.size))
    }
}

fn changed(path: &Path) -> io::Error {
    let message = format!("{} was changed on disk", path.display());
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// `sha256/ab/cdef…`, or a path that never exists where `digest` is no SHA-256 (it may come from a file).
pub(super) fn relative_path(digest: &Digest) -> PathBuf {
    let hex = digest.hex();
    if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        Path::new("sha256").join(&hex[..2]).join(&hex[2..])
    } else {
        Path::new("sha256").join("invalid")
    }
}

/// Digests a file of any size, and tells its size.
pub(super) fn digest_file(path: &Path) -> io::Result<(Digest, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let (mut size, mut buffer) = (0_u64, vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((Digest::from_sha256(&hasher.finalize()), size)),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest_bytes;

    #[test]
    fn stores_once_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = BlobStore::new(dir.path().join("blobs"));
        let digest = blobs.put(b"abc").unwrap();
        assert_eq!(digest, digest_bytes(b"abc"));
        let hex = digest.hex();
        let path = dir.path().join("blobs/sha256").join(&hex[..2]).join(&hex[2..]);
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(blobs.put(b"abc").unwrap(), digest);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
        assert_eq!(blobs.get(&digest).unwrap(), b"abc");
        assert!(blobs.contains(&digest) && !blobs.contains(&digest_bytes(b"x")));
        assert_eq!(blobs.open(&digest).unwrap().metadata().unwrap().len(), 3);
        assert_eq!(digest_file(&path).unwrap(), (digest.clone(), 3));
        fs::write(&path, b"abd").unwrap();
        assert_eq!(blobs.get(&digest).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(blobs.open(&digest).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn what_arrives_in_pieces_is_stored_when_all_of_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = BlobStore::new(dir.path());
        let mut cut_off = blobs.incoming().unwrap();
        cut_off.write(b"ab").unwrap();
        drop(cut_off);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        let mut incoming = blobs.incoming().unwrap();
        for piece in [&b"a"[..], b"bc"] {
            incoming.write(piece).unwrap();
        }
        assert_eq!(incoming.size(), 3);
        assert_eq!(incoming.keep().unwrap(), (digest_bytes(b"abc"), 3));
        assert_eq!(blobs.get(&digest_bytes(b"abc")).unwrap(), b"abc");
    }

    #[test]
    fn keeps_what_another_store_has_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) =
            (BlobStore::new(dir.path().join("a")), BlobStore::new(dir.path().join("b")));
        let digest = from.put(b"abc").unwrap();
        to.keep(&from, &digest).unwrap();
        to.keep(&from, &digest).unwrap();
        assert_eq!(to.get(&digest).unwrap(), b"abc");
        fs::write(from.path(&digest), b"abd").unwrap();
        let other = BlobStore::new(dir.path().join("c"));
        assert!(other.keep(&from, &digest).is_err() && !other.dir().exists());
    }

    #[test]
    fn a_stream_that_breaks_leaves_nothing() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("cut"))
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let blobs = BlobStore::new(dir.path());
        assert!(blobs.put_stream(io::Read::chain(&b"abc"[..], Broken)).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_digest_from_a_file_cannot_lead_elsewhere() {
        let evil: Digest = serde_json::from_str(r#""sha256:../../../../etc/passwd""#).unwrap();
        assert_eq!(relative_path(&evil), Path::new("sha256/invalid"));
    }
}
