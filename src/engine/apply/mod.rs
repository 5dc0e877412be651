//! Applying: a plan's steps, carried out in order, each only while the target still is as the plan saw it.
//!
//! Apply decides nothing. What a step may do was decided, and shown, when the plan was made.
//!
//! Three waves: objects; then everything touched is read back, which also tells the identifiers of
//! what was created without one; then rights, whose answers are their own proof; and last, when nothing
//! uses them any more, what is to be deleted.

mod create;
mod delete;
mod exists;
mod grants;
mod preimage;
mod readback;
mod recognise;
mod run;
mod schedule;
mod target;
mod update;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use futures::future::BoxFuture;
use tokio::sync::watch;

use super::caller::Caller;
use super::observe::Progress;
use super::plan::Desired;
use crate::client::Session;
use crate::kind::{Catalogue, Contents, Opened};
use crate::model::{Address, Digest, Finding, Outcome, Plan, Record, Resource, StepId};
use crate::store::BlobStore;

pub use run::apply;
pub use values::{NoValues, Values};

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
    /// Where the contents of the snapshot come from.
    pub contents: &'a dyn Contents,
    /// Where values come from that the target takes and never shows.
    pub values: &'a dyn Values,
    /// Where records go.
    pub log: Log<'a>,
    /// The records of earlier runs of the same plan.
    pub before: Vec<Record>,
    /// Where contents go that are read.
    pub blobs: &'a BlobStore,
    /// Where the contents stay that steps replace or delete, beside the journal; nowhere if there is no journal.
    pub kept: Option<&'a BlobStore>,
    /// What happens to the other steps once one turns out to be stale.
    pub on_stale: OnStale,
    /// How many steps run at a time.
    pub concurrency: usize,
    /// Told how far it is.
    pub progress: Progress,
    /// Becomes true when no further step may start.
    pub stop: watch::Receiver<bool>,
    /// Who applies.
    pub caller: &'a Caller,
}

impl Contents for Apply<'_> {
    fn open(&self, digest: &Digest) -> io::Result<Box<dyn Opened>> {
        // What stays as it is in the target has just been read from there.
        let read = Contents::open(self.blobs, digest);
        read.or_else(|_| self.contents.open(digest))
    }
}

/// What happens to the other steps once one turns out to be stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnStale {
    /// What needs it is left out, everything else goes on.
    #[default]
    Skip,
    /// No further step starts.
    Stop,
}

/// An object as an apply left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// What the target shows, under the plan's names. Its grants are those that were set or that the plan
    /// found as wanted; `None` where they are not managed.
    pub resource: Resource,
    /// The fingerprint of its identifier.
    pub object: Option<String>,
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
    /// Every object that was created or changed, all of whose steps succeeded.
    pub left: BTreeMap<Address, Left>,
    /// Every object that was deleted.
    pub deleted: BTreeSet<Address>,
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
