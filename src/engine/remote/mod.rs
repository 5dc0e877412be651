//! Brickform's own files in a workspace: small, below a folder of its own, and never part of a snapshot.
//!
//! They are read and written with the same calls as files of the workspace tree. Each is one request, so a
//! file is there whole or not at all.

mod error;
mod file;
mod mirror;

pub use error::RemoteError;
pub use file::{Put, delete, list, read, write};
pub use mirror::{fetch, forget, mirror};
