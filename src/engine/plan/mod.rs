//! Planning: what has to happen so that the target is as the snapshot says.
//!
//! A pure function. It reads nothing, asks no clock, and the same inputs give the same plan.

mod absent;
mod activity;
mod blocks;
mod compare;
mod decide;
mod deletes;
mod desired;
mod grants;
mod history;
mod narrow;
mod relied;
mod resolve;
mod steps;
mod uses;

use std::collections::{BTreeMap, BTreeSet};

pub use desired::{Desired, desired};

use self::history::History;
use self::uses::users;
use super::keys::Sticky;
use super::observe::Observation;
use super::pairing::{Pairing, is_pair, pair, rename_references};
use super::select::Chosen;
use crate::kind::Catalogue;
use crate::model::{
    Address, Base, Blocked, Change, Diverged, Divergence, FieldChange, Finding, Grant, Merged,
    Observed, Options, Plan, Resource, Severity, Snapshot, Summary, Target,
};

/// What a plan is made of.
pub struct PlanInput<'a> {
    /// The kinds.
    pub catalogue: &'a Catalogue,
    /// The snapshot, as it was read.
    pub snapshot: &'a Snapshot,
    /// Where it stands.
    pub snapshot_path: String,
    /// The snapshot as the target should have it.
    pub desired: &'a Desired,
    /// Where the rewrites file stands.
    pub rewrites_path: Option<String>,
    /// Digest of the rewrites file.
    pub rewrites_digest: Option<crate::model::Digest>,
    /// The keys that objects of the source were given, by the fingerprints of their identifiers.
    pub keys: &'a Sticky,
    /// What the last apply of this source onto this target left.
    pub base: Option<&'a Base>,
    /// The target as it was found.
    pub live: &'a Observation,
    /// What the plan is made with.
    pub options: Options,
}

/// What is decided for one object.
#[derive(Clone, Debug)]
struct Decision {
    change: Change,
    fields: Vec<FieldChange>,
    /// Set by a later step because of a cycle.
    deferred: Vec<Address>,
}

/// A plan under way.
struct Planning<'a> {
    input: &'a PlanInput<'a>,
    live: Snapshot,
    pairing: Pairing,
    /// What the plan calls the live objects that the snapshot has.
    wanted_names: BTreeMap<Address, Address>,
    history: History<'a>,
    /// Who uses which object of the target.
    users: BTreeMap<Address, BTreeSet<Address>>,
    objects: BTreeMap<Address, Decision>,
    grants: BTreeMap<Address, Decision>,
    /// What is deleted, and where the target has it.
    deletes: BTreeMap<Address, Address>,
    /// Objects in which edits made in the target stay: how, and what they are to be.
    merged: BTreeMap<Address, (Vec<Merged>, Resource)>,
    /// Rights that are not just the snapshot's, because edits made in the target stay.
    merged_grants: BTreeMap<Address, BTreeSet<Grant>>,
    kept: BTreeMap<Address, Vec<Divergence>>,
    conflicts: BTreeMap<Address, Vec<Divergence>>,
    not_convergent: BTreeMap<Address, Vec<Divergence>>,
    /// Which resolutions were of use.
    resolved: std::cell::RefCell<BTreeSet<usize>>,
    blocked: BTreeMap<Address, Blocked>,
    observed: BTreeMap<Address, Observed>,
    findings: Vec<Finding>,
    /// What the target could not be read of, so that absence proves nothing.
    unread: Vec<&'a Finding>,
    in_sync: usize,
    collisions: usize,
    gone: usize,
    chosen: Chosen,
    /// Objects of which something is left out because it is not selected.
    unselected: BTreeSet<Address>,
}

impl<'a> Planning<'a> {
    fn catalogue(&self) -> &'a Catalogue {
        self.input.catalogue
    }

    fn desired(&self) -> &'a BTreeMap<Address, Resource> {
        &self.input.desired.snapshot.resources
    }

    /// What an object is to be: as the snapshot says, but for the edits that stay.
    fn wanted(&self, address: &Address) -> Option<&Resource> {
        let merged = self.merged.get(address).map(|(_, resource)| resource);
        merged.or_else(|| self.desired().get(address))
    }

    fn live_one(&self, address: &Address) -> Option<&Resource> {
        self.live.resources.get(self.pairing.live(address))
    }

    /// Who makes the plan, if the target shows the caller.
    fn caller(&self) -> Option<&'a Address> {
        self.input.live.index.principal_address(&self.input.live.snapshot.source.caller)
    }

    /// Says which pins name nothing.
    fn doubt_pairs(&mut self) {
        for (address, found) in &self.input.options.pairs {
            if !is_pair(&self.input.desired.snapshot, &self.live, address, found) {
                let message = format!("the pair {address}={found} applies to nothing");
                let hint = "the first is an object of the snapshot, the second one of the target, both of one kind";
                self.findings.push(Finding::warning("unused-pair", address, message).hint(hint));
            }
        }
    }

    fn block(
        &mut self,
        address: &Address,
        change: Change,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let blocked =
            Blocked { address: address.clone(), change, reason: reason.into(), hint: hint.into() };
        self.blocked.entry(address.clone()).or_insert(blocked);
    }
}

/// Makes a plan.
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let mut live = input.live.snapshot.clone();
    let many: BTreeSet<&str> =
        input.catalogue.managed().filter(|kind| !kind.unique).map(|kind| kind.name).collect();
    let history_of = |base| {
        let PlanInput { catalogue, desired, keys, live, options, .. } = input;
        History::of(base, catalogue, desired, keys, live, &options.pairs)
    };
    let base = input.base.map(|base| history_of(base).renamed(base));
    let history = base.as_deref().map(history_of).unwrap_or_default();
    let taken: BTreeSet<&Address> = input.options.pairs.values().collect();
    let mut pins = history.pins();
    pins.retain(|_, found| !taken.contains(found));
    pins.extend(input.options.pairs.clone());
    let pairing = pair(&input.desired.snapshot, &live, &many, &pins);
    let users = users(input.catalogue, &live);
    rename_references(&mut live, &pairing);
    let wanted = input.desired.snapshot.resources.keys();
    let wanted_names = wanted
        .map(|address| (pairing.live(address).clone(), address.clone()))
        .filter(|(found, _)| live.resources.contains_key(found))
        .collect();
    let mut planning = Planning {
        input,
        live,
        pairing,
        wanted_names,
        history,
        users,
        objects: BTreeMap::new(),
        grants: BTreeMap::new(),
        deletes: BTreeMap::new(),
        merged: BTreeMap::new(),
        merged_grants: BTreeMap::new(),
        kept: BTreeMap::new(),
        conflicts: BTreeMap::new(),
        not_convergent: BTreeMap::new(),
        resolved: std::cell::RefCell::default(),
        blocked: BTreeMap::new(),
        observed: BTreeMap::new(),
        findings: input.desired.findings.clone(),
        unread: input.live.snapshot.findings.iter().filter(|finding| finding.is_unread()).collect(),
        in_sync: 0,
        collisions: 0,
        gone: 0,
        chosen: Chosen::default(),
        unselected: BTreeSet::new(),
    };
    planning.doubt_pairs();
    planning.choose();
    planning.decide();
    planning.narrow();
    planning.block_what_cannot_be_done();
    planning.follow_replacements();
    planning.decide_grants();
    planning.decide_deletes();
    planning.doubt_resolutions();
    planning.doubt_mentions();
    planning.doubt_names();
    planning.doubt_what_is_relied_on();
    let steps = planning.steps();
    planning.finish(steps)
}

fn diverged(all: BTreeMap<Address, Vec<Divergence>>) -> Vec<Diverged> {
    all.into_iter().map(|(address, fields)| Diverged { address, fields }).collect()
}

impl Planning<'_> {
    fn finish(mut self, steps: Vec<crate::model::Step>) -> Plan {
        let input = self.input;
        let going = self.deletes.values().collect::<BTreeSet<_>>();
        let known = |address: &&Address| {
            self.wanted_names.contains_key(*address) || going.contains(address)
        };
        let foreign = self.live.resources.keys().filter(|address| !known(address)).count();
        let mut summary = Summary {
            in_sync: self.in_sync,
            foreign,
            gone: self.gone,
            collisions: self.collisions,
            rewritten: input.desired.provenance.values().map(BTreeMap::len).sum(),
            unselected: self.unselected.len(),
            ..Summary::default()
        };
        self.say_what_was_pulled_in(&steps);
        summary.count(&steps);
        for step in &steps {
            summary.requests += self.requests_of(step);
        }
        let unreadable =
            self.live.findings.iter().filter(|finding| finding.severity != Severity::Note);
        self.findings.extend(unreadable.cloned().map(|mut finding| {
            finding.message = format!("in the target: {}", finding.message);
            finding
        }));
        self.findings.sort();
        self.findings.dedup();
        let source = &input.live.snapshot.source;
        let target = Target {
            host: source.host.clone(),
            workspace_id: source.workspace_id.clone(),
            caller: source.caller.clone(),
        };
        let mut plan = Plan {
            rewrites: input.rewrites_path.clone(),
            rewrites_digest: input.rewrites_digest.clone(),
            base: input.base.map(Base::digest),
            options: input.options.clone(),
            steps,
            blocked: self.blocked.into_values().collect(),
            conflicts: diverged(self.conflicts),
            kept: diverged(self.kept),
            not_convergent: diverged(self.not_convergent),
            observed: self.observed,
            findings: self.findings,
            summary,
            ..Plan::new(input.snapshot_path.clone(), input.snapshot.root_digest(), target)
        };
        plan.digest = Some(plan.compute_digest());
        plan
    }

    fn requests_of(&self, step: &crate::model::Step) -> usize {
        let create = self
            .catalogue()
            .kind(&step.address.kind)
            .map_or(1, |kind| kind.hooks.create_requests());
        match step.change {
            Change::Create => create,
            Change::Replace => create + 2,
            Change::Update | Change::Rename | Change::Grants => 2,
            Change::Delete => 1,
        }
    }
}
