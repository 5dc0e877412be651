//! Snapshots, plans and journals on disk.
//!
//! Everything that is written is written whole or not at all, and the same data gives the same bytes.

mod blobs;
mod error;
mod paths;
pub mod yaml;

pub use blobs::BlobStore;
pub use error::StoreError;
