//! What an apply did, line by line.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Digest, Grant, Image, StepId};

/// The journal format this program writes and reads.
pub const JOURNAL_FORMAT: &str = "1.1";

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// The live object was as wanted already.
    Already,
    /// The live object is neither what the plan saw nor what is wanted; nothing was written.
    Stale,
    /// The server refused, or the outcome stayed unknown.
    Failed,
    /// Something it needs is not there, a step before it or a value, so it was left.
    Blocked,
    /// The run ended before it.
    NotStarted,
    /// It was not selected, so it was left for another run.
    Unselected,
}

impl Outcome {
    /// Whether what the step wanted is now so.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Done | Self::Already)
    }
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case", deny_unknown_fields)]
pub enum Record {
    /// The first line: which plan this is the journal of.
    Opened {
        /// [`JOURNAL_FORMAT`].
        format: String,
        /// The plan's digest.
        plan: Digest,
    },
    /// On disk before the lock on the target is taken: who takes it, so that a later run knows its own lock.
    Locking {
        /// A random word.
        holder: String,
    },
    /// What an object was before a step changes it; on disk before the first request of the step leaves.
    Before {
        /// The step.
        step: StepId,
        /// The object, without its rights; absent where only rights change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<Image>,
        /// Its direct grants, where they change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grants: Option<BTreeSet<Grant>>,
    },
    /// On disk before the first request of a step leaves.
    Started {
        /// The step.
        step: StepId,
        /// For a create: how many objects of that name, unknown to the plan, the target held just before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namesakes: Option<usize>,
    },
    /// On disk after a step's last answer.
    Ended {
        /// The step.
        step: StepId,
        /// How it ended.
        outcome: Outcome,
        /// Why, where it did not succeed. Holds no identifier and no secret.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        message: String,
        /// For an object that was created: the fingerprint of its identifier, by which it is known again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<String>,
    },
    /// How an object was left, as reading it back showed.
    Left {
        /// The first step about it.
        step: StepId,
        /// Digest of spec and content, under the plan's names.
        digest: Digest,
        /// The object, without its rights, where the server made something else of it than was sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<Image>,
    },
    /// The last line of a run that came to its end.
    Closed,
}
