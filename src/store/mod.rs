//! Snapshots, plans, journals and bases on disk.
//!
//! Everything that is written is written whole or not at all, and the same data gives the same bytes.

pub mod base_dir;
mod blobs;
mod durable;
mod error;
mod format;
mod journal_file;
mod lock;
mod paths;
mod plan_file;
pub mod revision;
mod shape;
pub mod snapshot_dir;
pub mod yaml;

pub use blobs::{BlobStore, Incoming};
pub use error::StoreError;
pub use journal_file::Journal;
pub use plan_file::{read_plan, write_plan};
