//! Which rights have to be set.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decision, Planning};
use crate::engine::level::rights;
use crate::engine::merge::{Deciding, MergedGrants, merge_grants};
use crate::kind::Acl;
use crate::model::{Address, Change, FieldChange, Finding, Grant, Resource};

impl Planning<'_> {
    /// Decides for each object whether its grants have to be set.
    pub(super) fn decide_grants(&mut self) {
        if !self.input.live.snapshot.source.server.is_workspace() {
            return self.leave_grants_out();
        }
        for (address, resource) in self.desired() {
            let is_absent = self.live_one(address).is_none();
            let will_be_absent = is_absent && !self.objects.contains_key(address);
            if will_be_absent || self.conflicts.contains_key(address) {
                continue;
            }
            let Some(acl) = self.catalogue().kind(&address.kind).and_then(|kind| kind.acl) else {
                continue;
            };
            if !self.may_grant(address) {
                continue;
            }
            let Some(mut wanted) = self.wanted_grants(resource, acl) else { continue };
            let is_new = self.is_new(address);
            let live = self.live_one(address).and_then(|live| live.grants.clone());
            let known = live.is_some() || is_new;
            let before = live.unwrap_or_default();
            if !known {
                let message =
                    "its rights in the target cannot be read, so they are left as they are";
                self.findings.push(Finding::warning("unreadable-rights", address, message));
                continue;
            }
            if !is_absent {
                match self.merge_rights(address, &wanted, &before) {
                    Some(merged) => wanted = merged,
                    None => continue,
                }
            }
            if !is_new && before == wanted {
                continue;
            }
            // A new object's step stays even where it changes nothing: whether creating grants something is
            // not known for sure, so apply looks.
            let fields = self.grant_changes(address, &before, &wanted);
            self.grants.insert(
                address.clone(),
                Decision { change: Change::Grants, fields, deferred: Vec::new() },
            );
        }
    }

    /// Says that the target keeps no rights, once for each kind that has some in the snapshot.
    fn leave_grants_out(&mut self) {
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        for (address, resource) in self.desired() {
            let has_rights = resource.grants.as_ref().is_some_and(|grants| !grants.is_empty());
            if has_rights
                && (self.objects.contains_key(address) || self.live_one(address).is_some())
            {
                *left.entry(&address.kind).or_default() += 1;
            }
        }
        for (kind, count) in left {
            let message = format!(
                "a plain MLflow server keeps no rights that are managed; those of {count} {kind} objects are left out"
            );
            let hint = "give people access to it by its own means";
            self.findings.push(Finding::warning("rights-left-out", kind, message).hint(hint));
        }
    }

    /// The rights an object is to have where somebody edited them in the target; `None` where nothing must
    /// happen to them before somebody decides.
    fn merge_rights(
        &mut self,
        address: &Address,
        wanted: &BTreeSet<Grant>,
        live: &BTreeSet<Grant>,
    ) -> Option<BTreeSet<Grant>> {
        let Some(recorded) = self.history.recorded(address) else { return Some(wanted.clone()) };
        let options = &self.input.options;
        let deciding = Deciding {
            on_edit: options.on_edit,
            on_conflict: options.on_conflict,
            resolve: &|divergence| self.decision_on(address, divergence),
        };
        let owner = self.catalogue().kind(&address.kind)?.acl?.owner;
        let MergedGrants { wanted: merged, kept, conflicts, not_convergent } =
            merge_grants(wanted, recorded, live, owner, &deciding);
        self.note_not_convergent(address, not_convergent);
        if !kept.is_empty() {
            self.kept.entry(address.clone()).or_default().extend(kept);
        }
        if !conflicts.is_empty() {
            self.conflicts.entry(address.clone()).or_default().extend(conflicts);
            self.objects.remove(address);
            return None;
        }
        if merged != *wanted {
            self.merged_grants.insert(address.clone(), merged.clone());
        }
        Some(merged)
    }

    pub(super) fn is_new(&self, address: &Address) -> bool {
        self.objects
            .get(address)
            .is_some_and(|decision| matches!(decision.change, Change::Create | Change::Replace))
    }

    /// Whether rights can be granted to this principal in the target by the time it is its turn.
    pub(super) fn is_there(&self, principal: &Address) -> bool {
        let created =
            self.objects.get(principal).is_some_and(|decision| decision.change == Change::Create);
        created || self.input.live.index.principal(self.pairing.live(principal)).is_some()
    }

    /// The snapshot's grants, as far as the target knows whom they are for; `None` where they are not managed.
    fn wanted_grants(&mut self, resource: &Resource, acl: Acl) -> Option<BTreeSet<Grant>> {
        let address = &resource.address;
        let (mut wanted, lost): (BTreeSet<Grant>, BTreeSet<Grant>) = resource
            .grants
            .as_ref()?
            .iter()
            .cloned()
            .partition(|grant| self.is_there(&grant.principal));
        for grant in lost {
            let message = format!(
                "{} for {} is left out: the target has no such principal",
                grant.level, grant.principal
            );
            self.findings.push(
                Finding::error("missing-principal", address, message)
                    .hint("create it in the target, then plan again"),
            );
        }
        if let Some(level) = acl.owner
            && !wanted.iter().any(|grant| grant.level == level)
        {
            let owner = self.stand_in_owner(address, level)?;
            // One level per principal: the owner's includes every other.
            wanted.retain(|grant| grant.principal != owner.principal);
            wanted.insert(owner);
        }
        Some(wanted)
    }

    /// Who owns an object in the target whose owner is not there: whoever does already, else the caller.
    fn stand_in_owner(&mut self, address: &Address, level: &str) -> Option<Grant> {
        let live = self.live_one(address).and_then(|live| live.grants.as_ref());
        let kept =
            live.and_then(|grants| grants.iter().find(|grant| grant.level == level).cloned());
        let caller = || Some(Grant { principal: self.caller()?.clone(), level: level.to_owned() });
        let Some(owner) = kept.or_else(caller) else {
            let message = "no owner is known for it, so its rights are left as they are";
            self.findings.push(Finding::error("missing-owner", address, message));
            return None;
        };
        let message =
            format!("its owner is not in the target; {} is its owner there", owner.principal);
        self.findings.push(Finding::warning("owner-replaced", address, message));
        Some(owner)
    }

    fn grant_changes(
        &self,
        address: &Address,
        before: &BTreeSet<Grant>,
        wanted: &BTreeSet<Grant>,
    ) -> Vec<FieldChange> {
        let provenance = self.input.desired.provenance.get(address);
        let (before, after) = (rights(before), rights(wanted));
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        paths
            .into_iter()
            .filter(|path| before.get(*path) != after.get(*path))
            .map(|path| {
                let from = provenance.and_then(|provenance| provenance.get(path));
                FieldChange {
                    path: path.clone(),
                    before: before.get(path).cloned(),
                    after: after.get(path).cloned(),
                    source: from.map(|from| from.source.clone()),
                    cause: from.map(|from| from.rule.clone()).unwrap_or_default(),
                }
            })
            .collect()
    }

    /// The grants a step sets: what the decision was made for.
    pub(super) fn final_grants(&mut self, address: &Address) -> Option<BTreeSet<Grant>> {
        if let Some(merged) = self.merged_grants.get(address) {
            return Some(merged.clone());
        }
        let resource = self.desired().get(address)?;
        let acl = self.catalogue().kind(&address.kind)?.acl?;
        let findings = std::mem::take(&mut self.findings);
        let grants = self.wanted_grants(resource, acl);
        self.findings = findings;
        grants
    }
}
