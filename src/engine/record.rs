//! What is remembered after an apply, so that the next plan can tell who changed what.
//!
//! A pure function. What was not looked at, or did not succeed, stays recorded as it was.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{Left, Report};
use super::diff::{inputs, words_at};
use super::keys::Sticky;
use super::lineage::{lineage, renamed, source_objects};
use super::merge;
use super::plan::Desired;
use crate::kind::{Catalogue, Keep, Table, What, select_mut};
use crate::model::{Address, Base, Diverged, Divergence, Grant, Merged, Plan, Recorded, Resource};

/// A plan that was carried out, as far as it was.
pub struct Recording<'a> {
    /// The kinds.
    pub catalogue: &'a Catalogue,
    /// The plan.
    pub plan: &'a Plan,
    /// What the target should be, as the plan had it.
    pub desired: &'a Desired,
    /// The keys that objects of the source were given, by the fingerprints of their identifiers.
    pub keys: &'a Sticky,
    /// How it went; an empty report where there was nothing to do.
    pub report: &'a Report,
}

/// Records what an apply left, on top of what the one before it left.
///
/// Objects that no step was about and that are as wanted count as sent. The same apply recorded twice
/// leaves the same.
pub fn record(before: &Base, recording: &Recording<'_>) -> Base {
    let objects = source_objects(recording.desired, recording.keys);
    let seen = recording.plan.observed.iter();
    let places: BTreeMap<(&str, &str), &Address> = seen
        .filter(|(wanted, _)| recording.desired.snapshot.resources.contains_key(wanted))
        .filter_map(|(wanted, seen)| {
            Some(((wanted.kind.as_str(), seen.object.as_deref()?), wanted))
        })
        .collect();
    let paired = |address: &Address, recorded: &Recorded| {
        let object = recorded.target_object.as_deref()?;
        places.get(&(address.kind.as_str(), object)).map(|wanted| (*wanted).clone())
    };
    let lineage_of = |base| lineage(base, recording.catalogue, recording.desired, &objects, paired);
    let renamed = renamed(before, &lineage_of(before)).into_owned();
    let lineage = lineage_of(&renamed);
    let outcome = Outcome::of(recording.plan);
    let mut after = before.clone();
    let mut moved: BTreeMap<&Address, &Address> = BTreeMap::new();
    let mut entries: BTreeMap<Address, Recorded> = BTreeMap::new();
    for (address, resource) in &recording.desired.snapshot.resources {
        let Some(table) = recording.catalogue.table(&address.kind) else { continue };
        let from = lineage.get(address);
        let one = One { table, resource, before: from.map(|(_, recorded)| *recorded) };
        let recorded = match recording.report.left.get(address) {
            Some(left) => one.touched(left, &outcome),
            None => one.in_sync(recording.plan, &outcome),
        };
        let Some(mut recorded) = recorded else { continue };
        recorded.source_object =
            objects.get(address).map(|object| (*object).clone()).or(recorded.source_object);
        if let Some((from, _)) = from {
            after.objects.remove(*from);
            moved.insert(from, address);
        }
        entries.insert(address.clone(), recorded);
    }
    let called = |address: &Address| moved.get(address).map(|address| (*address).clone());
    after.objects.values_mut().for_each(|recorded| recorded.rename(&called));
    after.objects.extend(entries);
    after.objects.retain(|address, _| !recording.report.deleted.contains(address));
    let deletes = &recording.plan.options.deletes;
    for (address, recorded) in &mut after.objects {
        recorded.protected = !deletes.unprotect.contains(address)
            && (recorded.protected || deletes.protects(address));
    }
    after
}

/// What a plan says of each object.
struct Outcome<'a> {
    /// Objects with steps.
    stepped: BTreeSet<&'a Address>,
    /// The rights that steps set.
    set: BTreeMap<&'a Address, &'a BTreeSet<Grant>>,
    /// Objects whose settings are not as wanted, and no step is to change that.
    unsettled: BTreeSet<Address>,
    kept: BTreeMap<&'a Address, &'a [Divergence]>,
    /// What steps leave as the target has it.
    merged: BTreeMap<&'a Address, &'a [Merged]>,
    not_convergent: BTreeMap<&'a Address, &'a [Divergence]>,
}

fn by_address(diverged: &[Diverged]) -> BTreeMap<&Address, &[Divergence]> {
    diverged.iter().map(|one| (&one.address, one.fields.as_slice())).collect()
}

impl<'a> Outcome<'a> {
    fn of(plan: &'a Plan) -> Self {
        let set = plan.steps.iter().filter_map(|step| Some((&step.address, step.grants.as_ref()?)));
        let blocked = plan.blocked.iter().map(|blocked| blocked.address.clone());
        let conflicts = plan.conflicts.iter().map(|conflict| conflict.address.clone());
        let callers = plan.findings.iter().filter(|finding| finding.code == OWN_IDENTITY);
        let callers = callers.filter_map(|finding| finding.about.parse().ok());
        let unselected = plan.observed.iter().filter(|(_, seen)| seen.unselected);
        let unselected = unselected.map(|(address, _)| address.clone());
        let merged = plan.steps.iter().map(|step| (&step.address, step.merged.as_slice()));
        let merged = merged.filter(|(_, merged)| !merged.is_empty());
        Self {
            stepped: plan.steps.iter().map(|step| &step.address).collect(),
            set: set.collect(),
            unsettled: blocked.chain(conflicts).chain(callers).chain(unselected).collect(),
            kept: by_address(&plan.kept),
            merged: merged.collect(),
            not_convergent: by_address(&plan.not_convergent),
        }
    }

    fn kept(&self, address: &Address) -> &[Divergence] {
        self.kept.get(address).copied().unwrap_or_default()
    }

    fn not_convergent(&self, address: &Address) -> &[Divergence] {
        self.not_convergent.get(address).copied().unwrap_or_default()
    }

    /// The rights of an object that are not as they were set, and stay so.
    fn standing(&self, address: &Address) -> Vec<Divergence> {
        [self.kept(address), self.not_convergent(address)].concat()
    }
}

/// The code of the finding about the identity that calls, which differs and is not changed.
const OWN_IDENTITY: &str = "own-identity";

/// One wanted object, and what was recorded of it.
struct One<'a> {
    table: &'a Table,
    resource: &'a Resource,
    before: Option<&'a Recorded>,
}

impl One<'_> {
    /// What is remembered of an object that steps were about, all of which succeeded.
    fn touched(&self, left: &Left, outcome: &Outcome<'_>) -> Option<Recorded> {
        let address = &self.resource.address;
        let mut recorded = if outcome.unsettled.contains(address) {
            // Only its rights were set; of the rest nothing is known but what was known.
            self.before?.clone()
        } else {
            let kept = outcome.kept(address);
            let sent = self.with_activity(outcome);
            merge::record(self.table, &sent, self.before, kept, &left.resource)
        };
        if let Some(shown) = &left.resource.grants {
            let wanted = outcome.set.get(address).copied().unwrap_or(shown);
            recorded = merge::record_grants(&recorded, wanted, &outcome.standing(address), shown);
        }
        recorded.target_object = left.object.clone().or(recorded.target_object);
        Some(recorded)
    }

    /// What was sent where what people change was left as the target has it.
    fn with_activity(&self, outcome: &Outcome<'_>) -> Resource {
        let merged = outcome.merged.get(&self.resource.address).copied().unwrap_or_default();
        let is_activity = |one: &&Merged| {
            words_at(self.table, &one.path).any(|what| matches!(what, What::Activity))
        };
        let left: Vec<Merged> = merged.iter().filter(is_activity).cloned().collect();
        merge::overlay(self.table, self.resource, &left)
    }

    /// What is remembered of an object that is as wanted without a step; `None` if it is not.
    fn in_sync(&self, plan: &Plan, outcome: &Outcome<'_>) -> Option<Recorded> {
        let address = &self.resource.address;
        let seen = plan.observed.get(address)?;
        let is_as_wanted = !outcome.stepped.contains(address)
            && !outcome.unsettled.contains(address)
            && outcome.kept(address).is_empty();
        if !is_as_wanted {
            return None;
        }
        let is_the_same = |before: &&Recorded| {
            (&before.sent.spec, &before.sent.content)
                == (&self.resource.spec, &self.resource.content)
        };
        let mut recorded = match self.before.filter(is_the_same) {
            Some(before) => before.clone(),
            None => {
                let known = outcome.not_convergent(address);
                let mut shown = merge::awaited(self.table, self.resource, known);
                // What the target says of a value that is put and never shown was not looked at.
                for (place, _) in inputs(self.table) {
                    select_mut(&mut shown.spec, place, &mut |_| Keep::No);
                }
                merge::record(self.table, self.resource, self.before, &[], &shown)
            }
        };
        // Of rights that the target has only in part, because somebody is not there, nothing is recorded.
        let is_had = seen.grants.is_some() && seen.grants == self.resource.grants_digest();
        if let Some(grants) = self.resource.grants.as_ref().filter(|_| is_had)
            && recorded.sent.grants.as_ref() != Some(grants)
        {
            recorded = merge::record_grants(&recorded, grants, &[], grants);
        }
        recorded.target_object = seen.object.clone().or(recorded.target_object);
        Some(recorded)
    }
}

#[cfg(test)]
mod tests;
