//! Where contents come from when an object is written.

use std::io::{self, Read};

use crate::model::Digest;
use crate::store::BlobStore;
use crate::store::snapshot_dir::SnapshotDir;

/// Contents by their digest: those of a snapshot, or those that were read from a workspace.
pub trait Contents: Send + Sync {
    /// Opens a content at its first byte, once it was found to be what its digest says.
    ///
    /// # Errors
    /// If it is not there, cannot be read, or was changed.
    fn open(&self, digest: &Digest) -> io::Result<Box<dyn Read + Send>>;

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
    fn open(&self, digest: &Digest) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Self::open(self, digest)?))
    }
}

impl Contents for SnapshotDir {
    fn open(&self, digest: &Digest) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Self::open(self, digest).map_err(io::Error::other)?))
    }
}
