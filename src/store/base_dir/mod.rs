//! What the last apply left, as a directory of files.
//!
//! | file | what stands there |
//! |---|---|
//! | `base.json` | which two workspaces it is about, how often it was written, and the digest of every other file |
//! | `objects-….jsonl` | objects, one a line, in order of their addresses |
//!
//! Objects are divided among files by a hash of their address, so that a sync of a few objects writes few
//! files anew. The name of such a file holds the hash of its bytes: new files stand beside the old ones
//! until `base.json`, which is written last, names them. So a reader finds the old base or the new one.

mod decode;
mod encode;
mod local;
mod manifest;
mod place;
#[cfg(test)]
mod tests;

pub use decode::decode;
pub use encode::{Files, encode};
pub use local::{read_local, write_local};
pub use manifest::MANIFEST;
pub use place::{home, local_dir, pair};
