//! Taking a run back: from what its journal kept and what the target holds now to a snapshot of how the
//! touched objects were.
//!
//! A pure function, and no write: what comes out is planned, reviewed and applied as any snapshot is.

mod names;
mod past;
mod restore;

use std::collections::{BTreeMap, BTreeSet};

use self::names::Names;
use self::past::Past;
use super::observe::Observation;
use super::plan::Desired;
use crate::kind::Catalogue;
use crate::model::{
    Address, Blocked, Change, Deletes, Digest, Finding, KindMark, Options, Plan, Record, Snapshot,
    Step,
};

/// What a run is taken back with.
pub struct UndoInput<'a> {
    /// The kinds.
    pub catalogue: &'a Catalogue,
    /// The plan that was applied.
    pub plan: &'a Plan,
    /// Its journal.
    pub records: &'a [Record],
    /// What the run wanted the target to be, if its snapshot is still at hand.
    pub desired: Option<&'a Desired>,
    /// The target as it is now.
    pub live: &'a Observation,
    /// Whether a content that was replaced or deleted is still at hand.
    pub has: &'a dyn Fn(&Digest) -> bool,
    /// Whether what was edited since the run is taken back as well.
    pub overwrite_edits: bool,
}

/// How to take a run back.
#[derive(Debug, Default)]
pub struct Undo {
    /// The touched objects as they were, under the names of the target.
    pub snapshot: Snapshot,
    /// What the snapshot is to be planned with: which object is which, and what is not to exist.
    pub options: Options,
    /// What is not taken back, and why.
    pub blocked: Vec<Blocked>,
    /// What does not come back.
    pub findings: Vec<Finding>,
}

/// An object that a plan has steps for.
struct Touched<'a> {
    address: &'a Address,
    /// Its steps, but for those that set rights.
    objects: Vec<&'a Step>,
    /// The step that sets its rights.
    rights: Option<&'a Step>,
}

/// An undo under way.
struct Undoing<'a> {
    input: &'a UndoInput<'a>,
    past: Past<'a>,
    names: Names,
    undo: Undo,
}

fn touched(plan: &Plan) -> Vec<Touched<'_>> {
    let mut by_address: BTreeMap<&Address, Touched<'_>> = BTreeMap::new();
    for step in &plan.steps {
        let one = by_address.entry(&step.address).or_insert_with(|| Touched {
            address: &step.address,
            objects: Vec::new(),
            rights: None,
        });
        match step.change {
            Change::Grants => one.rights = Some(step),
            _ => one.objects.push(step),
        }
    }
    by_address.into_values().collect()
}

/// Works out how to take a run back.
///
/// # Errors
/// In words, if the journal cannot be the plan's.
pub fn undo(input: &UndoInput<'_>) -> Result<Undo, String> {
    let past = Past::of(input.plan, input.records)?;
    let touched = touched(input.plan);
    let names = Names::of(input, &past, &touched);
    let mut undoing = Undoing { input, past, names, undo: Undo::default() };
    undoing.name_again(&touched);
    for one in &touched {
        undoing.take_back(one);
    }
    Ok(undoing.finish())
}

impl Undoing<'_> {
    fn finish(mut self) -> Undo {
        self.add_namesakes();
        let live = &self.input.live.snapshot;
        let snapshot = &mut self.undo.snapshot;
        snapshot.source = live.source.clone();
        let kinds: BTreeSet<String> =
            snapshot.resources.keys().map(|address| address.kind.clone()).collect();
        for name in kinds {
            let Some(kind) = self.input.catalogue.kind(&name) else { continue };
            let mark = KindMark {
                layout: kind.layout,
                count: snapshot.of_kind(&name).count(),
                digest: snapshot.kind_digest(&name),
                complete: false,
                evidence: "only what one run changed".to_owned(),
            };
            snapshot.kinds.insert(name, mark);
        }
        self.undo.findings.sort();
        self.undo
    }

    fn block(&mut self, address: &Address, change: Change, reason: String, hint: &str) {
        let (address, hint) = (address.clone(), hint.to_owned());
        self.undo.blocked.push(Blocked { address, change, reason, hint });
    }

    fn absent(&mut self, address: Address) {
        let deletes: &mut Deletes = &mut self.undo.options.deletes;
        deletes.absent.push(address);
    }
}
