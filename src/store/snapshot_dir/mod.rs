//! A snapshot as a directory made for git.
//!
//! | path | what stands there |
//! |---|---|
//! | `snapshot.yaml` | format, source, and per kind count, digest and completeness |
//! | `objects/<kind>/<name>.yaml` | one resource a file; above a thousand of a kind, in folders by hash |
//! | `workspace/` | the workspace tree: notebooks and files as their own bytes, an `_index.yaml` per directory |
//! | `blobs/sha256/ab/…` | contents over 5 MB, and contents of resources that have no place in the tree |
//! | `notes/` | what could not be read or kept, and why |
//! | `observed/` | what changes though nothing in the workspace did; outside every digest |
//!
//! Everything else in the directory (`.git`, `README.md`, `rewrites.yaml`, …) is left alone.
//!
//! Writing stages what differs in `.brickform-staging/`, forces it to disk, then writes down which files
//! go where: that is the moment from which the new snapshot counts. Before it, an interruption leaves
//! the old snapshot untouched; after it, the next run (or read) finishes the moves. Files that stay the
//! same are not touched.

mod commit;
mod document;
mod find;
mod header;
mod index;
mod layout;
mod load;
mod notes;
mod object;
mod observed;
mod problems;
mod read;
mod render;
mod stage;
#[cfg(test)]
mod tests;
mod tree;
mod verify;
mod write;

pub(in crate::store) use commit::is_ours;
pub use find::Found;
pub(in crate::store) use find::{Files, Finder, Seen, keys, renamed_from};
pub(in crate::store) use layout::{AREAS, HEADER};
pub use object::to_file as resource_value;
pub use observed::{ObservedFacts, read_observed};
pub use problems::problems;
pub(in crate::store) use problems::problems_as;
pub use read::{SnapshotDir, Verify, read, read_with};
pub use write::{Written, write};
