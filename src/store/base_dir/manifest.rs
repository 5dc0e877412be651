//! The file that says which others count.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::{Address, Digest, Recorded, Side};
use crate::store::error::StoreError;

/// The file that is written last, and names the others.
pub const MANIFEST: &str = "base.json";

/// What to do about a base that cannot be used.
const INSTEAD: &str = "restore the folder from a copy, or move it away; without it, plans compare as at first contact";

/// What stands in [`MANIFEST`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// [`crate::model::BASE_FORMAT`].
    pub(super) format: String,
    /// Where the snapshots come from.
    pub(super) source: Side,
    /// Where they are applied.
    pub(super) target: Side,
    /// How often it was written; of two copies, the one that was written more often counts.
    pub(super) serial: u64,
    /// How many objects there are.
    pub(super) objects: usize,
    /// Digest of the base, whatever files it is divided among.
    pub(super) digest: Digest,
    /// The other files, with the digest of the bytes of each.
    pub(super) shards: BTreeMap<String, Digest>,
}

/// One line of a shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// The object.
    pub(super) address: Address,
    /// What is known of it.
    pub(super) recorded: Recorded,
}

/// The name of a shard: which part of the objects it holds, and the hash of its bytes.
pub(super) fn shard_name(part: &str, digest: &Digest) -> String {
    let part = if part.is_empty() { String::new() } else { format!("{part}-") };
    format!("objects-{part}{}.jsonl", digest.short())
}

/// Whether a file of that name is one of a base.
pub(super) fn is_ours(name: &str) -> bool {
    name == MANIFEST || name.starts_with("objects-") && name.ends_with(".jsonl")
}

/// Says what is wrong with a file of a base, and what to do.
pub(super) fn refuse(
    file: &Path,
    line: Option<usize>,
    field: &str,
    problem: impl Into<String>,
) -> StoreError {
    StoreError::Field {
        file: file.to_owned(),
        line,
        field: field.to_owned(),
        problem: problem.into(),
        hint: INSTEAD.to_owned(),
    }
}
