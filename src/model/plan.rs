//! A reviewed set of steps, bound to the snapshot and the live objects it was made from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Address, Change, Digest, FieldChange, Finding, Grant, Selectors, digest_value};

/// The plan format this program writes and reads.
pub const PLAN_FORMAT: &str = "1.0";

/// A step's number within its plan, from 1.
pub type StepId = u32;

/// The workspace a plan is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The workspace's URL.
    pub host: String,
    /// The workspace's numeric id, if the server told it.
    pub workspace_id: Option<String>,
    /// Who made the plan.
    pub caller: String,
}

/// What a plan was made with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The kinds it is about; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Which live object a wanted one is, where names alone do not tell.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pairs: BTreeMap<Address, Address>,
    /// Whether schedules of created and changed jobs are paused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pause_jobs: bool,
    /// Which objects it is about.
    #[serde(default, skip_serializing_if = "Selectors::is_everything")]
    pub selectors: Selectors,
}

/// What the plan saw of one live object; `apply` writes only while it still is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// The live object's address in the target, where it is called otherwise than in the snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Address>,
    /// Digest of spec and content.
    pub digest: Digest,
    /// Digest of the direct grants, where they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Digest>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// What it is about.
    pub address: Address,
    /// What happens.
    pub change: Change,
    /// The fields that change; for a create, those that rewrites changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// References that are left out here, because of a cycle, and set by a later step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deferred: Vec<Address>,
    /// Steps that have to be done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<StepId>,
    /// For grants: all direct grants the object has afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<BTreeSet<Grant>>,
    /// Digest of the desired object, without its grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<Digest>,
}

/// Something the plan would have to do and must not, with the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocked {
    /// What it is about.
    pub address: Address,
    /// What was wanted.
    pub change: Change,
    /// Why it does not happen.
    pub reason: String,
    /// What would let it proceed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// Counts over a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Steps by what they do.
    pub changes: BTreeMap<String, usize>,
    /// Objects that are as wanted already.
    pub in_sync: usize,
    /// Objects of the target that the snapshot does not know; never touched.
    pub foreign: usize,
    /// Objects of the target that differ from the snapshot although nothing was applied before.
    pub collisions: usize,
    /// Values that rewrites changed.
    pub rewritten: usize,
    /// Requests that applying is estimated to take.
    pub requests: usize,
    /// Objects of which something was left out because it was not selected.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unselected: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A reviewed set of steps. Acyclic; each step stands after what it needs; equal inputs give equal bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_FORMAT`].
    pub format: String,
    /// Where the snapshot stood when the plan was made.
    pub snapshot: String,
    /// The snapshot's root digest.
    pub snapshot_digest: Digest,
    /// Where the rewrites file stood, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrites: Option<String>,
    /// Digest of the rewrites file's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrites_digest: Option<Digest>,
    /// The workspace it is for.
    pub target: Target,
    /// What it was made with.
    pub options: Options,
    /// The steps, in an order in which they could be done one after the other.
    pub steps: Vec<Step>,
    /// What is wanted and must not be done.
    pub blocked: Vec<Blocked>,
    /// Every live object the plan looked at, by its address in the snapshot (or its own, if foreign).
    pub observed: BTreeMap<Address, Observed>,
    /// What a person should know.
    pub findings: Vec<Finding>,
    /// Counts.
    pub summary: Summary,
    /// Digest over all of the above.
    pub digest: Option<Digest>,
}

impl Summary {
    /// Counts steps by what they do.
    pub fn count(&mut self, steps: &[Step]) {
        self.changes.clear();
        for step in steps {
            *self.changes.entry(step.change.word()).or_default() += 1;
        }
    }
}

impl Plan {
    /// Computes the digest over everything but the digest itself.
    pub fn compute_digest(&self) -> Digest {
        let mut bare = self.clone();
        bare.digest = None;
        digest_value("brickform.plan.v1", &serde_json::json!(bare))
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
