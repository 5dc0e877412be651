//! Applying: a plan's steps, carried out in order, each only while the target still is as the plan saw it.
//!
//! Apply decides nothing. What a step may do was decided, and shown, when the plan was made.
//!
//! Three waves: objects; then everything touched is read back, which also tells the identifiers of
//! what was created without one; then rights, whose answers are their own proof.

mod create;
mod exists;
mod grants;
mod readback;
mod run;
mod schedule;
mod target;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use futures::future::BoxFuture;
use tokio::sync::watch;

use super::caller::Caller;
use super::observe::Progress;
use super::plan::Desired;
use crate::client::Session;
use crate::kind::Catalogue;
use crate::model::{Finding, Outcome, Plan, Record, Resource, StepId};
use crate::store::BlobStore;

pub use run::apply;

/// Where content comes from: the bytes of a resource of the snapshot.
pub type Contents<'a> = &'a (dyn Fn(&Resource) -> io::Result<Vec<u8>> + Send + Sync);

/// Where records go. The future ends when the record is on disk.
pub type Log<'a> = &'a (dyn Fn(Record) -> BoxFuture<'a, io::Result<()>> + Send + Sync);

/// A plan to apply, and what it takes.
pub struct Apply<'a> {
    /// The target.
    pub session: &'a Session,
    /// The kinds.
    pub catalogue: &'a Catalogue,
    /// The plan, checked against target, snapshot and rewrites.
    pub plan: &'a Plan,
    /// Steps that are left for another run.
    pub unselected: BTreeSet<StepId>,
    /// What the target should be, as the plan had it.
    pub desired: &'a Desired,
    /// Where content comes from.
    pub contents: Contents<'a>,
    /// Where records go.
    pub log: Log<'a>,
    /// The records of earlier runs of the same plan.
    pub before: Vec<Record>,
    /// Where contents go that are read back.
    pub blobs: &'a BlobStore,
    /// How many steps run at a time.
    pub concurrency: usize,
    /// Told how far it is.
    pub progress: Progress,
    /// Becomes true when no further step may start.
    pub stop: watch::Receiver<bool>,
    /// Who applies.
    pub caller: &'a Caller,
}

/// How an apply went.
#[derive(Debug, Default)]
pub struct Report {
    /// Every step of the plan, how it ended, and why where it did not succeed.
    pub outcomes: BTreeMap<StepId, (Outcome, String)>,
    /// What a person should know: first of all what is not as wanted although it was written.
    pub findings: Vec<Finding>,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

impl Report {
    /// Whether everything is as the plan wanted.
    pub fn is_success(&self) -> bool {
        self.outcomes.values().all(|(outcome, _)| outcome.is_success())
            && self.findings.iter().all(|finding| finding.code != NOT_CONVERGENT)
    }
}

/// The code of a finding about a value that differs although it was just written.
pub const NOT_CONVERGENT: &str = "not-convergent";
