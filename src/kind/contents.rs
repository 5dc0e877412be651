//! Where contents come from when an object is written.

use std::io::{self, Read, Seek};

use crate::model::Digest;
use crate::store::BlobStore;
use crate::store::snapshot_dir::SnapshotDir;

/// A content that was opened: it is read from its first byte on, or from any other.
pub trait Opened: Read + Seek + Send {}

impl<T: Read + Seek + Send> Opened for T {}

/// Contents by their digest: those of a snapshot, or those that were read from a workspace.
pub trait Contents: Send + Sync {
    /// Opens a content at its first byte, once it was found to be what its digest says.
    ///
    /// # Errors
    /// If it is not there, cannot be read, or was changed.
    fn open(&self, digest: &Digest) -> io::Result<Box<dyn Opened>>;

    /// Reads a content whole, for calls that take it in one piece.
    ///
    /// # Errors
    /// As [`Contents::open`].
    fn whole(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(digest)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Contents for BlobStore {
    fn open(&self, digest: &Digest) -> io::Result<Box<dyn Opened>> {
        Ok(Box::new(Self::open(self, digest)?))
    }
}

impl Contents for SnapshotDir {
    fn open(&self, digest: &Digest) -> io::Result<Box<dyn Opened>> {
        Ok(Box::new(Self::open(self, digest).map_err(io::Error::other)?))
    }
}
