//! Snapshots, plans and journals on disk.
//!
//! Everything that is written is written whole or not at all, and the same data gives the same bytes.

mod blobs;
mod durable;
mod error;
mod lock;
mod paths;
mod shape;
pub mod snapshot_dir;
pub mod yaml;

pub use blobs::BlobStore;
pub use error::StoreError;
