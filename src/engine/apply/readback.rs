//! Reading back what was written, and saying what is not as wanted.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;

use super::target::{SECOND_LOOKS, Target};
use super::{Left, NOT_CONVERGENT, Report};
use crate::engine::diff::lacks_only;
use crate::engine::keys::{base_of, fingerprint};
use crate::kind::{Keep, Listed, Rule, Table, What, select_mut};
use crate::model::{
    Address, Change, FieldChange, Finding, Image, Layout, Outcome, Record, Step, StepId, canonical,
    visit_refs,
};

type Outcomes = BTreeMap<StepId, (Outcome, String)>;

/// What reading back showed.
#[derive(Default)]
pub(super) struct ReadBack {
    /// What is not as wanted.
    pub(super) findings: Vec<Finding>,
    /// The objects as they are now, without their rights.
    pub(super) left: BTreeMap<Address, Left>,
    /// Those among them that are otherwise than was sent.
    differing: BTreeSet<Address>,
}

fn succeeded(outcomes: &Outcomes, step: &Step) -> bool {
    outcomes.get(&step.id).is_some_and(|(outcome, _)| outcome.is_success())
}

impl Target<'_> {
    /// Reads back every object whose step succeeded, and notes identifiers that creating did not tell.
    ///
    /// Servers may answer from a stale copy, so whatever differs is looked at again before it is said.
    pub(super) async fn read_back(&self, outcomes: &Outcomes) -> ReadBack {
        let writes = |step: &&Step| !matches!(step.change, Change::Grants | Change::Delete);
        let (good, bad): (Vec<&Step>, Vec<&Step>) =
            self.run.plan.steps.iter().filter(writes).partition(|step| succeeded(outcomes, step));
        let mut waiting: BTreeSet<Address> = good.iter().map(|step| step.address.clone()).collect();
        let unfinished: BTreeSet<&Address> = bad.iter().map(|step| &step.address).collect();
        let mut back = ReadBack::default();
        for wait in [None].into_iter().chain(SECOND_LOOKS.map(Some)) {
            if waiting.is_empty() {
                break;
            }
            if let Some(wait) = wait {
                tokio::time::sleep(wait).await;
            }
            back.findings.clear();
            self.look_back(&mut back, &mut waiting, &unfinished).await;
        }
        back.differing = waiting.into_iter().filter(|one| back.left.contains_key(one)).collect();
        back
    }

    /// Looks at objects once; those that are as wanted do not wait any more.
    ///
    /// Of an unfinished one, which has a step that did not succeed, only the identifier is of interest.
    async fn look_back(
        &self,
        back: &mut ReadBack,
        waiting: &mut BTreeSet<Address>,
        unfinished: &BTreeSet<&Address>,
    ) {
        let mut only: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for address in waiting.iter() {
            // A created namesake has the number that its age gives it; all numbers are looked at.
            let bearers = self.bearer_keys(address);
            only.entry(address.kind.clone()).or_default().extend(bearers);
            // What it was put behind may have gone meanwhile.
            for to in self.asked_behind(address) {
                let bearers = self.bearer_keys(&to);
                only.entry(to.kind).or_default().extend(bearers);
            }
        }
        let seen = self.look(only, true, BTreeSet::new()).await;
        for address in waiting.clone() {
            let (Some(table), Some(wanted)) = (self.table(&address), self.wanted(&address)) else {
                continue;
            };
            let Some((candidate, listed)) = self.found(&address, &seen.listed) else {
                let message = "it was written, but the target does not show it";
                back.findings.push(Finding::error(NOT_CONVERGENT, &address, message));
                continue;
            };
            if self.index().id(&address).is_none() {
                self.learn(&address, listed.id.clone(), table.kind.hooks.principal(&listed.raw));
            }
            if unfinished.contains(&address) {
                waiting.remove(&address);
                continue;
            }
            let Some(resource) = seen.snapshot.resources.get(candidate) else {
                let message = "it was written, but cannot be read back";
                back.findings.push(Finding::error(NOT_CONVERGENT, &address, message));
                continue;
            };
            let mut resource = self.as_planned(resource, &seen.index);
            resource.address = address.clone();
            let mut changes = self.differences(table, wanted, &resource);
            let is_gone = |one: &Address| self.found(one, &seen.listed).is_none();
            changes.retain(|change| !lacks_only(table, change, is_gone));
            let object = Some(fingerprint(table.kind.name, &listed.id));
            back.left.insert(address.clone(), Left { resource, object });
            if changes.is_empty() {
                waiting.remove(&address);
            }
            back.findings.extend(changes.iter().map(|change| stubborn(&address, change)));
        }
    }

    /// The object of an address: by identifier where it is known, by address where creating did not tell it.
    fn found<'s>(
        &self,
        address: &Address,
        listed: &'s BTreeMap<Address, Listed>,
    ) -> Option<(&'s Address, &'s Listed)> {
        let id = self.index().id(address).cloned();
        listed.iter().find(|(candidate, listed)| {
            candidate.kind == address.kind
                && id.as_ref().map_or(*candidate == address, |id| listed.id == *id)
        })
    }

    /// What lists of an object name of which the target may hold more.
    fn asked_behind(&self, address: &Address) -> BTreeSet<Address> {
        let mut asked = BTreeSet::new();
        if let (Some(table), Some(wanted)) = (self.table(address), self.wanted(address)) {
            let at_least = |rule: &Rule| matches!(rule.what, What::AtLeast);
            let mut spec = wanted.spec.clone();
            for (pattern, _) in table.rules.iter().filter(|(_, rule)| at_least(rule)) {
                select_mut(&mut spec, pattern, &mut |list| {
                    visit_refs(list, &mut |_, to| {
                        asked.insert(to);
                    });
                    Keep::Yes
                });
            }
        }
        asked
    }

    fn bearer_keys(&self, address: &Address) -> BTreeSet<String> {
        let mut keys =
            BTreeSet::from([self.pairing.live(address).key.clone(), address.key.clone()]);
        keys.extend(self.places.get(address).into_iter().flatten().map(|place| place.key.clone()));
        let numbered = |table: &Table| !table.kind.unique && table.kind.layout == Layout::Objects;
        if self.table(address).is_some_and(numbered) {
            let base = base_of(&address.key);
            keys.insert(base.to_owned());
            keys.extend((2..=self.namesakes(address) + 1).map(|number| format!("{base}~{number}")));
        }
        keys
    }

    /// Puts on disk how objects were left, and what the server made otherwise than it was sent.
    pub(super) async fn note_left(&self, back: &ReadBack, report: &mut Report) {
        let mut first: BTreeMap<&Address, StepId> = BTreeMap::new();
        for step in &self.run.plan.steps {
            first.entry(&step.address).or_insert(step.id);
        }
        let records = back.left.iter().filter_map(|(address, left)| {
            let image = || Image { grants: None, ..Image::of(&left.resource) };
            let object = back.differing.contains(address).then(image);
            let step = *first.get(address)?;
            Some((self.run.log)(Record::Left { step, digest: left.resource.digest(), object }))
        });
        if try_join_all(records).await.is_err() {
            let message = "how the objects were left cannot be written into the journal";
            report.findings.push(Finding::warning("journal", "", message));
        }
    }

    /// The objects as they were left, with the rights that were set on them or that they had as wanted.
    pub(super) fn with_rights(
        &self,
        mut left: BTreeMap<Address, Left>,
        outcomes: &Outcomes,
    ) -> BTreeMap<Address, Left> {
        let mut setting: BTreeMap<&Address, &Step> = BTreeMap::new();
        let sets = self.run.plan.steps.iter().filter(|step| step.change == Change::Grants);
        setting.extend(sets.map(|step| (&step.address, step)));
        for (address, left) in &mut left {
            left.resource.grants = match setting.get(address) {
                Some(step) if succeeded(outcomes, step) => step.grants.clone(),
                Some(_) => None,
                None => self
                    .wanted(address)
                    .filter(|wanted| {
                        let seen = self.run.plan.observed.get(address);
                        seen.is_some_and(|seen| seen.grants == wanted.grants_digest())
                    })
                    .and_then(|wanted| wanted.grants.clone()),
            };
        }
        left
    }

    /// The objects that are gone as the plan wanted.
    pub(super) fn deleted(&self, outcomes: &Outcomes) -> BTreeSet<Address> {
        let deletes = self.run.plan.steps.iter().filter(|step| step.change == Change::Delete);
        deletes.filter(|step| succeeded(outcomes, step)).map(|step| step.address.clone()).collect()
    }
}

/// What is said of a field that is not as it was just written.
fn stubborn(address: &Address, change: &FieldChange) -> Finding {
    let show = |value: &Option<serde_json::Value>| {
        value.as_ref().map_or_else(|| "nothing".to_owned(), canonical)
    };
    let message = format!(
        "{} is {} although {} was written",
        change.path,
        show(&change.before),
        show(&change.after)
    );
    Finding::warning(NOT_CONVERGENT, address, message)
}
