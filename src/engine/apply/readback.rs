//! Reading back what was written, and saying what is not as wanted.

use std::collections::{BTreeMap, BTreeSet};

use super::NOT_CONVERGENT;
use super::target::{SECOND_LOOKS, Target};
use crate::engine::diff::diff;
use crate::model::{Address, Change, Finding, Layout, Outcome, StepId};

impl Target<'_> {
    /// Reads back every object whose step succeeded, and notes identifiers that creating did not tell.
    ///
    /// Servers may answer from a stale copy, so whatever differs is looked at again before it is said.
    pub(super) async fn read_back(
        &self,
        outcomes: &BTreeMap<StepId, (Outcome, String)>,
    ) -> Vec<Finding> {
        let mut left: BTreeSet<Address> = self
            .run
            .plan
            .steps
            .iter()
            .filter(|step| step.change != Change::Grants)
            .filter(|step| outcomes.get(&step.id).is_some_and(|(outcome, _)| outcome.is_success()))
            .map(|step| step.address.clone())
            .collect();
        let unfinished: BTreeSet<&Address> = self
            .run
            .plan
            .steps
            .iter()
            .filter(|step| step.change != Change::Grants)
            .filter(|step| outcomes.get(&step.id).is_none_or(|(outcome, _)| !outcome.is_success()))
            .map(|step| &step.address)
            .collect();
        let mut findings = Vec::new();
        for wait in [None].into_iter().chain(SECOND_LOOKS.map(Some)) {
            if left.is_empty() {
                break;
            }
            if let Some(wait) = wait {
                tokio::time::sleep(wait).await;
            }
            findings = self.look_back(&mut left, &unfinished).await;
        }
        findings
    }

    /// Looks at objects once; those that are as wanted are taken out of `left`.
    ///
    /// Of an unfinished one, which has a step that did not succeed, only the identifier is of interest.
    async fn look_back(
        &self,
        left: &mut BTreeSet<Address>,
        unfinished: &BTreeSet<&Address>,
    ) -> Vec<Finding> {
        let mut only: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for address in left.iter() {
            // A created namesake has the number that its age gives it; all numbers are looked at.
            let bearers = self.bearer_keys(address);
            only.entry(address.kind.clone()).or_default().extend(bearers);
        }
        let seen = self.look(only, true, BTreeSet::new()).await;
        let mut findings = Vec::new();
        for address in left.clone() {
            let (Some(table), Some(wanted)) = (self.table(&address), self.wanted(&address)) else {
                continue;
            };
            let id = self.index().id(&address).cloned();
            // By identifier where it is known, by address where creating did not tell it.
            let found = seen.listed.iter().find(|(candidate, listed)| {
                candidate.kind == address.kind
                    && id.as_ref().map_or(**candidate == address, |id| listed.id == *id)
            });
            let Some((candidate, listed)) = found else {
                let message = "it was written, but the target does not show it";
                findings.push(Finding::error(NOT_CONVERGENT, &address, message));
                continue;
            };
            if id.is_none() {
                self.learn(&address, listed.id.clone(), table.kind.hooks.principal(&listed.raw));
            }
            if unfinished.contains(&address) {
                left.remove(&address);
                continue;
            }
            let Some(resource) = seen.snapshot.resources.get(candidate) else {
                findings.push(Finding::error(
                    NOT_CONVERGENT,
                    &address,
                    "it was written, but cannot be read back",
                ));
                continue;
            };
            let changes = diff(table, wanted, &self.as_planned(resource));
            if changes.is_empty() {
                left.remove(&address);
                continue;
            }
            for change in changes {
                let show = |value: &Option<serde_json::Value>| {
                    value.as_ref().map_or("nothing".to_owned(), crate::model::canonical)
                };
                let message = format!(
                    "{} is {} although {} was written",
                    change.path,
                    show(&change.before),
                    show(&change.after)
                );
                findings.push(Finding::warning(NOT_CONVERGENT, &address, message));
            }
        }
        findings
    }

    fn bearer_keys(&self, address: &Address) -> BTreeSet<String> {
        let mut keys =
            BTreeSet::from([self.pairing.live(address).key.clone(), address.key.clone()]);
        if self
            .table(address)
            .is_some_and(|table| !table.kind.unique && table.kind.layout == Layout::Objects)
        {
            let base = crate::engine::keys::base_of(&address.key);
            keys.insert(base.to_owned());
            keys.extend((2..=self.namesakes(address) + 1).map(|number| format!("{base}~{number}")));
        }
        keys
    }
}
