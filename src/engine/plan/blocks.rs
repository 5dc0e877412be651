//! What must not be done, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::Planning;
use crate::engine::diff::by_itself;
use crate::kind::{Keep, Kind, What, as_external, has_redacted, select_mut};
use crate::model::{Address, Change, Finding, Resource, visit_refs};

impl Planning<'_> {
    /// Takes out of the plan what cannot be done, and what needs it.
    pub(super) fn block_what_cannot_be_done(&mut self) {
        let wanted: Vec<(Address, Change)> = self
            .objects
            .iter()
            .map(|(address, decision)| (address.clone(), decision.change))
            .collect();
        for (address, change) in &wanted {
            if let Some(resource) = self.wanted(address).cloned()
                && let Some((reason, hint)) = self.obstacle(&resource, *change)
            {
                self.block(address, *change, reason, hint);
            }
        }
        self.block_dependents(&wanted);
        let blocked = &self.blocked;
        self.objects.retain(|address, _| !blocked.contains_key(address));
    }

    fn obstacle(&mut self, resource: &Resource, change: Change) -> Option<(String, String)> {
        let address = &resource.address;
        let kind = self.catalogue().kind(&address.kind)?;
        if matches!(change, Change::Create | Change::Replace)
            && let Some((owner, called)) = self.called_otherwise(resource, kind)
        {
            let reason =
                format!("the target calls {owner} {called}, and what is in it by that name");
            return Some((reason, "rename it back in the target, then plan again".to_owned()));
        }
        if change == Change::Create {
            if let Some(doubt) = self.unseen(address) {
                let reason = format!("whether the target has it is not known: {doubt}");
                let hint = "plan as an admin of a target that offers such objects";
                return Some((reason, hint.to_owned()));
            }
            let source = &self.live.source;
            // What one server of a sort had, another of the sort may have too.
            let is_other_sort = self.input.desired.snapshot.source.server != source.server;
            if is_other_sort && let Some(unfit) = kind.hooks.unfit(resource, source.server) {
                return Some(unfit);
            }
            if let Some(reason) = kind.hooks.uncreatable(resource, source) {
                return Some((
                    reason,
                    "give it to the target workspace, then plan again".to_owned(),
                ));
            }
            if let Some(other) = self.occupant(resource) {
                let reason = format!("the target has {other} in its place");
                return Some((
                    reason,
                    "move that one away in the target, then plan again".to_owned(),
                ));
            }
            if has_redacted(&resource.spec) {
                let reason =
                    "the snapshot leaves out a value of it that looks like a secret".to_owned();
                return Some((
                    reason,
                    "put the value into a secret scope, refer to it, and export again".to_owned(),
                ));
            }
        }
        self.dangling(resource)
    }

    /// Why an object's absence from the target's listing proves nothing, if it does not.
    pub(super) fn unseen(&self, address: &Address) -> Option<String> {
        let about = self.unread.iter().find(|finding| finding.covers(address));
        about.map(|finding| finding.message.clone())
    }

    /// What an object belongs to by name, and what the target calls that, where it calls it otherwise and no
    /// plan renames it.
    fn called_otherwise(&self, resource: &Resource, kind: &Kind) -> Option<(Address, String)> {
        let lasts = |one: &Address| {
            let kind = self.catalogue().kind(&one.kind);
            kind.is_some_and(|kind| !kind.hooks.renames())
        };
        let owns = |one: &Address| {
            let rest = resource.address.key.strip_prefix(&one.key);
            rest.is_some_and(|rest| rest.starts_with(['/', ':']))
        };
        let owner = kind.hooks.needs(resource).into_iter().find(|one| owns(one) && lasts(one))?;
        let called = self.pairing.live(&owner).key.clone();
        (called != owner.key).then_some((owner, called))
    }

    /// An object of another kind at the same path of the target's tree.
    fn occupant(&self, resource: &Resource) -> Option<Address> {
        let in_tree = |name: &str| self.catalogue().kind(name).is_some_and(Kind::is_in_tree);
        if !in_tree(&resource.address.kind) {
            return None;
        }
        self.catalogue()
            .managed()
            .filter(|kind| kind.is_in_tree() && kind.name != resource.address.kind)
            .map(|kind| Address::new(kind.name, resource.address.key.clone()))
            .find(|other| self.live.resources.contains_key(other))
    }

    /// References that lead nowhere in the target.
    fn dangling(&mut self, resource: &Resource) -> Option<(String, String)> {
        let table = self.catalogue().table(&resource.address.kind)?;
        let mut outside = BTreeSet::new();
        let mut spec = resource.spec.clone();
        for (pattern, _) in &table.refs {
            select_mut(&mut spec, pattern, &mut |found| {
                outside.extend(as_external(found).map(|external| external.kind));
                Keep::Yes
            });
        }
        for kind in outside {
            let known = self.catalogue().kind(&kind).is_some_and(crate::kind::Kind::is_managed);
            if known || self.input.live.listable.contains(&kind) {
                let reason = format!("it refers to a {kind} that the source did not have");
                return Some((
                    reason,
                    "mend the reference in the source, or remove it from the snapshot".to_owned(),
                ));
            }
            let message =
                format!("it refers to a {kind} by the source's identifier, which is sent as it is");
            self.findings.push(Finding::warning(
                "unverified-reference",
                &resource.address,
                message,
            ));
        }
        let mut missing = BTreeSet::new();
        visit_refs(&by_itself(table, resource).spec, &mut |_, to| {
            let there = self.live_one(&to).is_some()
                || self.input.live.index.id(self.pairing.live(&to)).is_some();
            let comes = self.objects.contains_key(&to) || self.blocked.contains_key(&to);
            if !there && !comes {
                missing.insert(to.to_string());
            }
        });
        if missing.is_empty() {
            return None;
        }
        let names: Vec<String> = missing.into_iter().collect();
        let reason = format!(
            "it refers to {}, which neither the target nor the snapshot has",
            names.join(", ")
        );
        Some((reason, "create it in the target, then plan again".to_owned()))
    }

    /// Whether an object is a cloud's role. Who may take on one is told by its ARN, whether a workspace
    /// knows the role or not, so that a cloud without such roles stops nobody.
    fn is_a_role(&self, address: &Address) -> bool {
        let table = self.catalogue().table(&address.kind);
        table.is_some_and(|table| table.key.iter().any(|what| matches!(what, What::Arn)))
    }

    /// Blocks what needs something that is blocked and not there.
    fn block_dependents(&mut self, wanted: &[(Address, Change)]) {
        let mut needed_by: BTreeMap<Address, Vec<(Address, Change)>> = BTreeMap::new();
        for (address, change) in wanted {
            let Some(resource) = self.wanted(address) else { continue };
            for need in self.needs(resource).into_iter().filter(|need| !self.is_a_role(need)) {
                needed_by.entry(need).or_default().push((address.clone(), *change));
            }
        }
        let absent = |planning: &Self, address: &Address| planning.live_one(address).is_none();
        let mut waiting: Vec<Address> =
            self.blocked.keys().filter(|address| absent(self, address)).cloned().collect();
        while let Some(blocked) = waiting.pop() {
            for (address, change) in needed_by.get(&blocked).cloned().unwrap_or_default() {
                if !self.blocked.contains_key(&address) {
                    self.block(
                        &address,
                        change,
                        format!("it needs {blocked}, which is blocked"),
                        "",
                    );
                    if absent(self, &address) {
                        waiting.push(address);
                    }
                }
            }
        }
    }
}
