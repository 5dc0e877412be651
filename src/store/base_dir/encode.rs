//! A base as files.

use std::collections::BTreeMap;

use serde_json::json;

use super::manifest::{Line, MANIFEST, Manifest, shard_name};
use crate::model::{BASE_FORMAT, Base, canonical, digest_bytes};

/// The files of a base, by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// How many objects, and how many bytes of them, a file should hold at most: the division is the first
/// with which the average file does.
const OBJECTS: usize = 1000;
const BYTES: usize = 2 << 20;

/// Writes a base as files: the same base and serial give the same bytes, and an object that stays the same
/// stays where it is, as long as the number of files does.
pub fn encode(base: &Base, serial: u64) -> Files {
    let lines: Vec<(String, String)> = base
        .objects
        .iter()
        .map(|(address, recorded)| {
            let hash = digest_bytes(address.to_string().as_bytes()).hex().to_owned();
            let line = Line { address: address.clone(), recorded: recorded.clone() };
            (hash, canonical(&json!(line)))
        })
        .collect();
    let digits = digits(lines.len(), lines.iter().map(|(_, line)| line.len() + 1).sum());
    let mut parts: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for (hash, line) in &lines {
        let part = parts.entry(&hash[..digits]).or_default();
        part.extend_from_slice(line.as_bytes());
        part.push(b'\n');
    }
    let mut files = Files::new();
    let mut shards = BTreeMap::new();
    for (part, bytes) in parts {
        let digest = digest_bytes(&bytes);
        let name = shard_name(part, &digest);
        shards.insert(name.clone(), digest);
        files.insert(name, bytes);
    }
    let manifest = Manifest {
        format: BASE_FORMAT.to_owned(),
        source: base.source.clone(),
        target: base.target.clone(),
        serial,
        objects: base.objects.len(),
        digest: base.digest(),
        shards,
    };
    files.insert(MANIFEST.to_owned(), format!("{:#}\n", json!(manifest)).into_bytes());
    files
}

/// How many hexadecimal digits of its address's hash say which file an object stands in.
fn digits(objects: usize, bytes: usize) -> usize {
    let fits = |files: usize| objects <= files * OBJECTS && bytes <= files * BYTES;
    if fits(1) {
        0
    } else if fits(16) {
        1
    } else {
        2
    }
}
