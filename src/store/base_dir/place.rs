//! Where the base of a pair of workspaces stands.

use std::path::{Path, PathBuf};

use crate::model::Side;
use crate::store::paths::encode;

/// The directory that `.brickform` stands in: the snapshot's parent, or the snapshot itself where it is the
/// root of a git repository, outside of which nothing is kept.
pub fn home(snapshot: &Path) -> PathBuf {
    // A directory, or in a worktree a file.
    if snapshot.join(".git").exists() {
        return snapshot.to_owned();
    }
    // The current directory, or one that is named by way of others, says only when it is looked up what
    // its parent is.
    let is_named =
        matches!(snapshot.components().next_back(), Some(std::path::Component::Normal(_)));
    let real = (!is_named).then(|| snapshot.canonicalize().ok()).flatten();
    match real.as_deref().unwrap_or(snapshot).parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The name of a pair of workspaces, which any file system and any workspace can keep.
pub fn pair(source: &Side, target: &Side) -> String {
    format!("{}--{}", side(source), side(target))
}

/// The workspace id, or where the server told none, the host with its port.
fn side(side: &Side) -> String {
    let host = side.host.split_once("://").map_or(side.host.as_str(), |(_, host)| host);
    encode(side.workspace_id.as_deref().unwrap_or(host.trim_end_matches('/')))
}

/// The directory of a pair's base.
pub fn local_dir(home: &Path, source: &Side, target: &Side) -> PathBuf {
    home.join(".brickform").join("base").join(pair(source, target))
}
