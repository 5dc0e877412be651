//! A whole workspace, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Address, Digest, Finding, Resource, Selectors, Server, digest_value};

/// The snapshot format this program writes, `MAJOR.MINOR`.
pub const SNAPSHOT_FORMAT: &str = "1.0";

/// Where a kind's resources stand in a snapshot directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// One file per resource below `objects/<kind>/`.
    Objects,
    /// In the workspace tree below `workspace/`, by its path, as a directory.
    Directory,
    /// In the workspace tree below `workspace/`, by its path, as a file.
    File,
}

/// Which workspace a snapshot was taken from, and as whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The workspace's URL, without a trailing slash.
    pub host: String,
    /// The workspace's numeric id, if the server told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// What kind of server it is.
    #[serde(default, skip_serializing_if = "Server::is_workspace")]
    pub server: Server,
    /// `aws`, `azure`, `gcp`, or `unknown`.
    pub cloud: String,
    /// Who read it: a user name or an application id; empty where the server knows nobody.
    pub caller: String,
    /// Whether the caller was a workspace admin, so that listings were whole.
    pub admin: bool,
}

/// How much of one kind a snapshot holds, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindMark {
    /// Where its resources stand.
    pub layout: Layout,
    /// How many resources it holds.
    pub count: usize,
    /// Digest over all of them.
    pub digest: Digest,
    /// Whether absence from the snapshot proves absence from the workspace.
    pub complete: bool,
    /// Why it is, or is not, complete.
    pub evidence: String,
}

/// A whole workspace: every resource by its address, and what is known about what is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Where it comes from.
    pub source: Source,
    /// What of it was selected.
    pub scope: Selectors,
    /// One mark per kind that was looked for.
    pub kinds: BTreeMap<String, KindMark>,
    /// The resources.
    pub resources: BTreeMap<Address, Resource>,
    /// What could not be read or kept, and why.
    pub findings: Vec<Finding>,
}

impl Snapshot {
    /// The resources of one kind, in order of their keys.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.resources
            .range(Address::new(kind, "")..)
            .map(|(_, resource)| resource)
            .take_while(move |r| r.address.kind == kind)
    }

    /// Whether a resource of a kind that is not here may be absent only because it was not selected.
    pub fn may_hide(&self, kind: &str) -> bool {
        !self.scope.is_everything() && self.kinds.get(kind).is_none_or(|mark| !mark.complete)
    }

    /// Digests all resources of one kind.
    pub fn kind_digest(&self, kind: &str) -> Digest {
        let all: Vec<_> = self.of_kind(kind).map(Resource::full_digest).collect();
        digest_value("brickform.kind.v1", &serde_json::json!([kind, all]))
    }

    /// Digests everything that was captured: the kinds' digests, whether they are complete.
    pub fn root_digest(&self) -> Digest {
        let kinds: BTreeMap<_, _> =
            self.kinds.iter().map(|(name, mark)| (name, (&mark.digest, mark.complete))).collect();
        digest_value("brickform.snapshot.v1", &serde_json::json!(kinds))
    }
}
