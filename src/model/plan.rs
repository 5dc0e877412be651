//! A reviewed set of steps, bound to the snapshot and the live objects it was made from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use serde_json::Value;

use super::policy::is_default;
use super::{
    Address, Change, Deletes, Digest, FieldChange, Finding, Grant, OnConflict, OnEdit, Resolution,
    Selectors, digest_value,
};

/// The plan format this program writes and reads.
pub const PLAN_FORMAT: &str = "1.1";

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
    /// Which live object a wanted one is, where names alone do not tell.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pairs: BTreeMap<Address, Address>,
    /// Whether schedules of created and changed jobs are paused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pause_jobs: bool,
    /// Whether servers try out instance profiles that are added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check_instance_profiles: bool,
    /// Whether it follows the source also in what people change in their daily work: the branches of git folders.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub activity: bool,
    /// Which objects it is about.
    #[serde(default, skip_serializing_if = "is_default")]
    pub selectors: Selectors,
    /// What happens to what somebody edited in the target.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_edit: OnEdit,
    /// What happens where source and target both changed the same.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_conflict: OnConflict,
    /// What was decided for single conflicts and edits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolutions: Vec<Resolution>,
    /// What may be deleted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deletes: Deletes,
    /// Whether it compares as at first contact, whatever an earlier apply left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_base: bool,
}

/// What the plan saw of one live object; `apply` writes only while it still is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// The live object's address in the target, where it is called otherwise than in the snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Address>,
    /// The fingerprint of its identifier, by which it is found again whatever its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Digest of spec and content.
    pub digest: Digest,
    /// Digest of the direct grants, where they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Digest>,
    /// Whether something of it may differ and is left so, because it is not selected.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unselected: bool,
}

/// A value the wanted object has in place of the snapshot's, so that an edit made in the target stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merged {
    /// Where, as in [`FieldChange::path`].
    pub path: String,
    /// The value; absent where the field is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
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
    /// For a rename: the address it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
    /// The fields that change; for a create, those that rewrites changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// Where the object stays otherwise than the snapshot says, because it was edited in the target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<Merged>,
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
    /// Why the step is felt far beyond its object, if it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reach: String,
}

impl Step {
    /// A step that so far says only what happens to what.
    pub fn new(id: StepId, address: Address, change: Change) -> Self {
        Self {
            id,
            address,
            change,
            from: None,
            fields: Vec::new(),
            merged: Vec::new(),
            deferred: Vec::new(),
            needs: Vec::new(),
            grants: None,
            desired: None,
            reach: String::new(),
        }
    }
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

/// One field that is not what the last apply left, in the source, in the target, or in both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// Where, as in [`FieldChange::path`]; empty for the object as a whole, `/grants/…` for a right.
    pub path: String,
    /// What the last apply left; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
    /// What the snapshot says now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Value>,
    /// What the target has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Value>,
}

impl Divergence {
    /// Digests the two values that somebody decides between; for [`Resolution::seen`].
    pub fn seen(&self) -> Digest {
        let values = [self.source.as_slice(), self.target.as_slice()];
        digest_value("brickform.divergence.v1", &serde_json::json!(values))
    }
}

/// An object with fields that are not what the last apply left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diverged {
    /// What it is about.
    pub address: Address,
    /// The fields.
    pub fields: Vec<Divergence>,
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
    /// Objects that the last apply left and the snapshot no longer has; deleted only where that is asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gone: usize,
    /// Values that rewrites changed.
    pub rewritten: usize,
    /// Requests that applying is estimated to take.
    pub requests: usize,
    /// Objects of which something was left out because it was not selected.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unselected: usize,
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
    /// Digest of what the last apply of this source onto this target left, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Digest>,
    /// The workspace it is for.
    pub target: Target,
    /// What it was made with.
    pub options: Options,
    /// The steps, in an order in which they could be done one after the other.
    pub steps: Vec<Step>,
    /// What is wanted and must not be done.
    pub blocked: Vec<Blocked>,
    /// What source and target both changed; nothing happens to these objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Diverged>,
    /// What was edited in the target since the last apply, and stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Diverged>,
    /// What the target made otherwise than it was sent, right after the last apply; never sent again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_convergent: Vec<Diverged>,
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
    /// A plan that does nothing yet.
    pub fn new(snapshot: impl Into<String>, snapshot_digest: Digest, target: Target) -> Self {
        Self {
            format: PLAN_FORMAT.to_owned(),
            snapshot: snapshot.into(),
            snapshot_digest,
            rewrites: None,
            rewrites_digest: None,
            base: None,
            target,
            options: Options::default(),
            steps: Vec::new(),
            blocked: Vec::new(),
            conflicts: Vec::new(),
            kept: Vec::new(),
            not_convergent: Vec::new(),
            observed: BTreeMap::new(),
            findings: Vec::new(),
            summary: Summary::default(),
            digest: None,
        }
    }

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
