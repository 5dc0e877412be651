//! What was edited in the target since the last apply, whatever the source wants by now.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::base_of;
use super::lineage::places;
use super::merge::edits;
use super::observe::Observation;
use super::pairing::{Pairing, rename_references};
use crate::kind::{Catalogue, Trace};
use crate::model::{
    Address, Base, Change, Divergence, FieldChange, Finding, Resource, Severity, Step, StepId,
};

/// What was edited in the target since the last apply.
#[derive(Debug, Default)]
pub struct Drift {
    /// What leads from what the last apply left to what is there now.
    pub steps: Vec<Step>,
    /// How many objects are as the last apply left them.
    pub unchanged: usize,
    /// How many objects of the target no apply has touched; they do not drift.
    pub foreign: usize,
    /// What a person should know.
    pub findings: Vec<Finding>,
}

/// What is said of a change, where the workspace tells when it was and whose.
fn cause(trace: Option<&Trace>) -> String {
    let Some(trace) = trace else { return String::new() };
    let at = trace.at.as_ref().map(|at| format!(" {at}"));
    let by = trace.by.as_ref().map(|by| format!(" by {by}"));
    format!("last changed{}{}", at.unwrap_or_default(), by.unwrap_or_default())
}

/// A comparison under way.
struct Comparison<'a> {
    live: &'a Observation,
    /// The live objects, their references named as the base names them.
    resources: BTreeMap<Address, Resource>,
    drift: Drift,
}

/// Compares a workspace with what the last apply left there.
pub fn drift(catalogue: &Catalogue, base: &Base, live: &Observation) -> Drift {
    let places = places(base, live);
    let mut named = live.snapshot.clone();
    let pairs = places.iter().map(|(address, place)| (*address, place));
    rename_references(&mut named, &Pairing::of_places(pairs, &live.snapshot));
    let mut comparison = Comparison { live, resources: named.resources, drift: Drift::default() };
    let mut known: BTreeSet<&Address> = places.values().collect();
    for (address, recorded) in &base.objects {
        let Some(table) = catalogue.table(&address.kind) else {
            comparison.unknown_kind(&address.kind);
            continue;
        };
        let again = || live.snapshot.resources.contains_key(address) && !known.contains(address);
        let (place, change) = match places.get(address) {
            Some(place) if base_of(&place.key) == base_of(&address.key) => (place, Change::Update),
            Some(place) => (place, Change::Rename),
            None if again() => (address, Change::Replace),
            None => {
                comparison.absent(address);
                continue;
            }
        };
        let Some(found) = comparison.resources.get(place) else { continue };
        let found = Resource { address: address.clone(), ..found.clone() };
        comparison.present(address, place, change, edits(table, recorded, &found));
    }
    known.extend(base.objects.keys());
    let all = live.snapshot.resources.keys();
    comparison.drift.foreign = all.filter(|address| !known.contains(address)).count();
    comparison.finish()
}

impl Comparison<'_> {
    fn add(&mut self, step: impl FnOnce(StepId) -> Step) {
        let id = StepId::try_from(self.drift.steps.len() + 1).unwrap_or(StepId::MAX);
        self.drift.steps.push(step(id));
    }

    fn unknown_kind(&mut self, kind: &str) {
        let message =
            "this version of brickform does not know the kind; its objects are not compared";
        self.drift.findings.push(Finding::warning("unknown-kind", kind, message));
    }

    /// An object that the target does not show.
    fn absent(&mut self, address: &Address) {
        let mark = self.live.snapshot.kinds.get(&address.kind);
        if mark.is_some_and(|mark| mark.complete) {
            self.add(|id| Step::new(id, address.clone(), Change::Delete));
            return;
        }
        let why = mark.map_or("it was not listed", |mark| mark.evidence.as_str());
        let message = format!("the target does not show it, which proves nothing: {why}");
        let finding = Finding::warning("not-seen", address, message);
        self.drift.findings.push(finding.hint("look as an admin of the workspace"));
    }

    /// An object that the target shows at a place.
    fn present(
        &mut self,
        address: &Address,
        place: &Address,
        change: Change,
        edits: Vec<Divergence>,
    ) {
        if edits.is_empty() && change == Change::Update {
            self.drift.unchanged += 1;
            return;
        }
        let (rights, mut fields): (Vec<FieldChange>, Vec<FieldChange>) = edits
            .into_iter()
            .map(|Divergence { path, base, target, .. }| FieldChange {
                path,
                before: base,
                after: target,
                source: None,
                cause: String::new(),
            })
            .partition(FieldChange::is_right);
        for field in &mut fields {
            field.cause = cause(self.live.traces.get(place));
        }
        if !fields.is_empty() || change != Change::Update {
            let (renamed, from) = match change {
                Change::Rename => (place, Some(address.clone())),
                _ => (address, None),
            };
            self.add(|id| Step { from, fields, ..Step::new(id, renamed.clone(), change) });
        }
        if !rights.is_empty() {
            self.add(|id| Step {
                fields: rights,
                ..Step::new(id, address.clone(), Change::Grants)
            });
        }
    }

    fn finish(mut self) -> Drift {
        let findings = self.live.snapshot.findings.iter();
        self.drift
            .findings
            .extend(findings.filter(|finding| finding.severity != Severity::Note).cloned());
        self.drift.findings.sort();
        self.drift.findings.dedup();
        self.drift
    }
}

#[cfg(test)]
mod tests;
