//! Brickform's own files on a server: small, below a folder of its own, and never part of a snapshot.
//!
//! A workspace keeps them in its tree, a plain MLflow server as registered models and artifacts. Each is one
//! request, so a file is there whole or not at all.

mod artifact;
mod error;
mod file;
mod mirror;
mod model;
mod tree;

pub use error::RemoteError;
pub use file::{CONTESTED, Put, delete, list, read, write};
pub use mirror::{fetch, forget, mirror};
