//! Planning for selected objects only, and what that leaves undone.

use std::collections::BTreeSet;

use super::Planning;
use crate::engine::select::{Universe, choose};
use crate::model::{Address, Change, Resource, Selector, Step, visit_refs};

impl Planning<'_> {
    /// Works out which objects the plan is about.
    pub(super) fn choose(&mut self) {
        let foreign = self
            .live
            .resources
            .iter()
            .filter(|(address, _)| !self.wanted_names.contains_key(*address));
        let gone = self.history.gone();
        let gone = gone
            .iter()
            .filter_map(|one| Some((one.address, self.live.resources.get(one.live.as_ref()?)?)));
        let all = foreign.chain(gone).chain(self.desired());
        let all = all.map(|(address, one)| (address.clone(), Some(one)));
        let universe = Universe::new(self.catalogue(), all);
        self.chosen = choose(&self.input.options.selectors, &universe);
        self.findings.append(&mut self.chosen.findings);
    }

    /// Leaves an object that is not selected as it is; it is seen all the same, because others may refer to it.
    pub(super) fn leave(&mut self, address: &Address) {
        self.unselected.insert(address.clone());
        if let Some(live) = self.live_one(address).cloned() {
            self.see(address, &live);
        }
    }

    /// Leaves out what is not selected, and blocks what cannot be done without it.
    pub(super) fn narrow(&mut self) {
        if self.input.options.selectors.is_everything() {
            return;
        }
        let mut objects = std::mem::take(&mut self.objects);
        objects.retain(|address, decision| self.keeps(address, decision.change));
        self.objects = objects;
        let mut blocked = std::mem::take(&mut self.blocked);
        blocked.retain(|address, blocked| self.keeps(address, blocked.change));
        self.blocked = blocked;
        let selected: Vec<&Resource> = self
            .desired()
            .iter()
            .filter(|(address, _)| self.chosen.has_object(address))
            .map(|(_, resource)| resource)
            .collect();
        for resource in selected {
            self.block_without_needs(resource);
            self.block_without_its_name(&resource.address);
            self.block_without_dependents(&resource.address);
        }
    }

    /// Whether a change is selected; one that is not is counted.
    pub(super) fn keeps(&mut self, address: &Address, change: Change) -> bool {
        let keeps = self.chosen.has(address, change);
        if !keeps {
            self.unselected.insert(address.clone());
            if let Some(seen) = self.observed.get_mut(address) {
                seen.unselected = true;
            }
        }
        keeps
    }

    /// Whether an object that is not there will not be made either, because it is not selected.
    fn is_withheld(&self, address: &Address) -> bool {
        self.live_one(address).is_none()
            && self.desired().contains_key(address)
            && !self.objects.contains_key(address)
            && !self.blocked.contains_key(address)
    }

    fn block_without_needs(&mut self, resource: &Resource) {
        let address = &resource.address;
        let change = self.objects.get(address).map(|decision| decision.change);
        let mut needs = BTreeSet::new();
        if change.is_some() {
            needs.extend(self.needs(resource));
        }
        if self.may_grant(address) {
            let grants = resource.grants.iter().flatten();
            needs.extend(grants.map(|grant| grant.principal.clone()));
        }
        let missing: Vec<String> =
            needs.iter().filter(|need| self.is_withheld(need)).map(ToString::to_string).collect();
        if missing.is_empty() {
            return;
        }
        let (them, are) = if missing.len() == 1 { ("", "is") } else { ("s", "are") };
        let reason = format!(
            "it needs the object{them} {}, which {are} not in the target and not selected",
            missing.join(", ")
        );
        let hint = format!("select them too: --select '{}'", Selector::with_needs(address));
        self.block(address, change.unwrap_or(Change::Grants), reason, hint);
    }

    /// A name can be had only once where names are unique, so whoever has it has to be renamed before.
    fn block_without_its_name(&mut self, address: &Address) {
        let is_unique = self.catalogue().kind(&address.kind).is_some_and(|kind| kind.unique);
        let change = self.objects.get(address).map(|decision| decision.change);
        let (Some(change @ (Change::Create | Change::Rename)), true) = (change, is_unique) else {
            return;
        };
        let bearer = self.wanted_names.get(address).filter(|bearer| *bearer != address).cloned();
        if let Some(bearer) = bearer.filter(|bearer| self.unselected.contains(bearer)) {
            let reason = format!("{bearer} has its name until it is renamed, and is not selected");
            let hint = format!("select it too: --select '{}'", Selector::of(&bearer));
            self.block(address, change, reason, hint);
        }
    }

    /// An object that is replaced gets another identifier, which those that refer to it have to be told.
    fn block_without_dependents(&mut self, address: &Address) {
        let change = self.objects.get(address).map(|decision| decision.change);
        if change != Some(Change::Replace) {
            return;
        }
        let refers = |resource: &Resource| {
            let mut refers = false;
            visit_refs(&resource.spec, &mut |_, to| refers |= to == *address);
            refers && resource.address != *address
        };
        let left = self.unselected.iter().filter(|other| self.live_one(other).is_some());
        let Some(other) =
            left.filter_map(|other| self.desired().get(other)).find(|other| refers(other))
        else {
            return;
        };
        let reason = format!(
            "it would be replaced, and {}, which refers to it, is not selected",
            other.address
        );
        let hint = format!("select it too: --select '{}+'", Selector::of(address));
        self.block(address, Change::Replace, reason, hint);
    }

    /// Whether rights on an object may be set: they are selected, or belong to an object that is made anew.
    pub(super) fn may_grant(&self, address: &Address) -> bool {
        let chosen = &self.chosen;
        let blocked = self.blocked.get(address).map(|blocked| blocked.change);
        blocked != Some(Change::Grants)
            && !chosen.excludes(address, Change::Grants)
            && (chosen.has(address, Change::Grants) || self.is_new(address))
    }

    /// Says which objects have steps only because others need them.
    pub(super) fn say_what_was_pulled_in(&mut self, steps: &[Step]) {
        let with_steps: BTreeSet<&Address> = steps.iter().map(|step| &step.address).collect();
        for (address, pull) in &self.chosen.pulled_in {
            if with_steps.contains(address) {
                self.findings.push(pull.finding(address));
            }
        }
    }
}
