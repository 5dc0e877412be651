//! What may be deleted, and what must not be.

use std::collections::{BTreeMap, BTreeSet};

use super::Planning;
use crate::engine::merge::edits;
use crate::model::{Address, Change, Divergence, Finding, OnEdit, Recorded, Resource, Take};

/// The share of a kind's objects, in percent, that is deleted without being asked for by number.
const SHARE: usize = 30;

/// From how many objects of a kind on the share counts.
const MANY: usize = 10;

/// An object that would be deleted.
#[derive(Clone)]
struct Candidate<'a> {
    /// Where the target has it.
    live: Address,
    /// What the last apply left of it.
    recorded: Option<&'a Recorded>,
    /// Whether it was named as one that is not to exist.
    named: bool,
}

type Candidates<'a> = BTreeMap<Address, Candidate<'a>>;

impl<'a> Planning<'a> {
    /// Decides which objects are deleted: those named as absent, and with pruning those that are gone from
    /// the source. Whatever speaks against one blocks that one only.
    pub(super) fn decide_deletes(&mut self) {
        let mut candidates = self.named_absent();
        self.add_gone(&mut candidates);
        candidates.retain(|address, one| {
            !self.is_deleted(&one.live) && self.keeps(address, Change::Delete)
        });
        let obstacles: Vec<(Address, (String, String))> = candidates
            .iter()
            .filter_map(|(address, one)| {
                Some((address.clone(), self.delete_obstacle(address, one)?))
            })
            .collect();
        self.spare(&mut candidates, obstacles);
        let braked = self.brakes(&candidates);
        self.spare(&mut candidates, braked);
        loop {
            let used = self.still_used(&candidates);
            if used.is_empty() {
                break;
            }
            self.spare(&mut candidates, used);
        }
        for (address, one) in candidates {
            if let Some(live) = self.live.resources.get(&one.live).cloned() {
                self.observed.remove(self.pairing.stranger(&one.live));
                self.see(&address, &live);
                self.deletes.insert(address, one.live);
            }
        }
    }

    /// Takes candidates out and says why.
    fn spare(&mut self, from: &mut Candidates<'_>, spared: Vec<(Address, (String, String))>) {
        for (address, (reason, hint)) in spared {
            from.remove(&address);
            self.block(&address, Change::Delete, reason, hint);
        }
    }

    fn named_absent(&mut self) -> Candidates<'a> {
        let mut candidates = Candidates::new();
        let gone = self.history.gone();
        for address in &self.input.options.deletes.absent {
            if self.desired().contains_key(address) {
                let message = "it is named as absent, and the snapshot has it; it is not deleted";
                let finding = Finding::error("absent-and-wanted", address, message);
                self.findings.push(
                    finding.hint("remove it from `absent`, or from the source and export again"),
                );
                continue;
            }
            let record = gone.iter().find(|one| one.address == address);
            let place = record.and_then(|one| one.live.clone()).or_else(|| {
                self.live.resources.get_key_value(address).map(|(address, _)| address.clone())
            });
            if let Some(live) = place.filter(|live| !self.is_matched(live)) {
                let recorded = record.map(|one| one.recorded);
                candidates.insert(address.clone(), Candidate { live, recorded, named: true });
            }
        }
        candidates
    }

    /// Adds what the last apply left and the snapshot no longer has; without pruning, only says so.
    fn add_gone(&mut self, candidates: &mut Candidates<'a>) {
        let mut hidden: BTreeMap<&str, usize> = BTreeMap::new();
        for one in self.history.gone() {
            let asked = self.chosen.has_object(one.address);
            let stands = |live: &Address| !self.is_matched(live) && !self.is_deleted(live);
            let Some(live) = one.live.filter(|live| asked && stands(live)) else {
                continue;
            };
            if candidates.contains_key(one.address) {
                continue;
            }
            let prune = self.input.options.deletes.prune;
            if !prune && self.input.snapshot.may_hide(&one.address.kind) {
                *hidden.entry(&one.address.kind).or_default() += 1;
                continue;
            }
            self.gone += 1;
            if prune {
                let candidate = Candidate { live, recorded: Some(one.recorded), named: false };
                candidates.insert(one.address.clone(), candidate);
            } else {
                let message = "the source no longer has it; it stays in the target";
                let finding = Finding::note("gone-from-source", one.address, message);
                self.findings.push(finding.hint("--prune plans to delete it"));
            }
        }
        for (kind, count) in hidden {
            let message = format!(
                "{count} that an earlier apply left are not in the snapshot, which holds a part only; they stay"
            );
            self.findings.push(Finding::note("not-in-this-part", kind, message).counts(count));
        }
    }

    fn delete_obstacle(
        &self,
        address: &Address,
        candidate: &Candidate<'_>,
    ) -> Option<(String, String)> {
        let Some(kind) = self.catalogue().kind(&address.kind) else {
            let reason = "this version of brickform does not know the kind".to_owned();
            return Some((reason, String::new()));
        };
        let deletes = &self.input.options.deletes;
        if self.caller() == Some(&candidate.live) {
            return Some(("it is the identity that calls".to_owned(), String::new()));
        }
        if self.is_protected(address, candidate.recorded) {
            return Some((
                "it is protected".to_owned(),
                format!("--unprotect '{address}' lifts the protection for one plan"),
            ));
        }
        if candidate.named {
            return None;
        }
        for (whose, snapshot) in [("snapshot", self.input.snapshot), ("target", &self.live)] {
            let mark = snapshot.kinds.get(&address.kind);
            if mark.is_none_or(|mark| !mark.complete) {
                let why = mark.map_or("it was not looked for", |mark| mark.evidence.as_str());
                let reason = format!(
                    "that the source no longer has it is not proven: the {whose}'s list of {} is not complete ({why})",
                    address.kind
                );
                let hint = format!(
                    "export and plan as an admin, or name it: `absent: ['{address}']` in brickform.yaml"
                );
                return Some((reason, hint));
            }
        }
        if let Some(fields) = self.edited(address, candidate) {
            let reason = format!("it was edited in the target since the last apply ({fields})");
            let hint =
                "--on-edit overwrite deletes it all the same; brickform drift shows the edit";
            return Some((reason, hint.to_owned()));
        }
        if kind.hooks.holds_data() && !deletes.data.contains(&address.kind) {
            let reason = format!("deleting a {} loses data that no snapshot holds", address.kind);
            return Some((reason, format!("--prune-data {} allows it", address.kind)));
        }
        None
    }

    /// Whether something must not be deleted or replaced: by what is recorded or what is wanted now.
    pub(super) fn is_protected(&self, address: &Address, recorded: Option<&Recorded>) -> bool {
        let deletes = &self.input.options.deletes;
        !deletes.unprotect.contains(address)
            && (recorded.is_some_and(|recorded| recorded.protected) || deletes.protects(address))
    }

    /// Which fields of an object somebody edited since the last apply, unless edits are overwritten.
    fn edited(&self, address: &Address, candidate: &Candidate<'_>) -> Option<String> {
        let (recorded, live) = (candidate.recorded?, self.live.resources.get(&candidate.live)?);
        let table = self.catalogue().table(&address.kind)?;
        let edits = edits(table, recorded, &under(live, address));
        let stays = |edit: &&Divergence| {
            self.decision_on(address, edit)
                .map_or(self.input.options.on_edit == OnEdit::Keep, |take| take == Take::Target)
        };
        let paths: Vec<&str> =
            edits.iter().filter(stays).map(|edit| edit.path.as_str()).take(3).collect();
        (!paths.is_empty()).then(|| paths.join(", "))
    }

    /// Kinds of which too many would go at once.
    fn brakes(&self, candidates: &Candidates<'_>) -> Vec<(Address, (String, String))> {
        let Some(base) = self.input.base else { return Vec::new() };
        let deletes = &self.input.options.deletes;
        let mut by_kind: BTreeMap<&str, Vec<&Address>> = BTreeMap::new();
        for (address, _) in candidates.iter().filter(|(_, one)| !one.named) {
            by_kind.entry(&address.kind).or_default().push(address);
        }
        let mut braked = Vec::new();
        for (kind, addresses) in by_kind {
            let (count, all) =
                (addresses.len(), base.objects.keys().filter(|one| one.kind == kind).count());
            let obstacle = if count == all && !deletes.empty.iter().any(|one| one == kind) {
                let reason =
                    format!("the source has no {kind} left, and the target would lose all {all}");
                Some((reason, format!("--allow-empty {kind} allows it")))
            } else if all >= MANY
                && count * 100 > all * SHARE
                && deletes.at_most.is_none_or(|most| count > most)
            {
                let reason = format!(
                    "{count} of {all} objects of kind {kind} would go at once, more than {SHARE} %"
                );
                Some((reason, format!("--max-deletes {count} allows it")))
            } else if deletes.at_most.is_some_and(|most| count > most) {
                let reason = format!("{count} objects of kind {kind} would go at once");
                Some((reason, format!("--max-deletes {count} allows it")))
            } else {
                None
            };
            let Some(obstacle) = obstacle else { continue };
            braked.extend(addresses.into_iter().map(|address| (address.clone(), obstacle.clone())));
        }
        braked
    }

    /// Candidates which something uses that stays.
    fn still_used(&self, candidates: &Candidates<'_>) -> Vec<(Address, (String, String))> {
        let going: BTreeSet<&Address> = candidates.values().map(|one| &one.live).collect();
        let mut used = Vec::new();
        for (address, one) in candidates {
            let users = self.users_of(&one.live);
            let staying: Vec<String> = users
                .iter()
                .filter(|user| !going.contains(user) && self.will_use(user, &one.live))
                .map(|user| self.wanted_name(user).to_string())
                .collect();
            if let Some(first) = staying.first() {
                let more = match staying.len() {
                    1 => String::new(),
                    count => format!(" and {} more", count - 1),
                };
                let reason = format!("{first}{more} in the target still needs it");
                let hint = "delete or change those first, then plan again".to_owned();
                used.push((address.clone(), (reason, hint)));
            }
        }
        used
    }

    /// Whether a live object is one that the snapshot has.
    fn is_matched(&self, live: &Address) -> bool {
        self.wanted_names.contains_key(live)
    }

    /// Whether a live object is nothing but what a delete left behind.
    fn is_deleted(&self, live: &Address) -> bool {
        let kind = self.catalogue().kind(&live.kind);
        let resource = self.live.resources.get(live);
        kind.zip(resource).is_some_and(|(kind, live)| kind.hooks.is_deleted(&live.spec))
    }

    /// What the plan calls a live object.
    pub(super) fn wanted_name<'b>(&'b self, live: &'b Address) -> &'b Address {
        self.wanted_names.get(live).unwrap_or(live)
    }

    /// The live objects that refer to a live one, grant it rights, or lie in it.
    pub(super) fn users_of(&self, used: &Address) -> &BTreeSet<Address> {
        static NONE: BTreeSet<Address> = BTreeSet::new();
        self.users.get(used).unwrap_or(&NONE)
    }

    /// Whether a live object that stays uses another after the plan was carried out.
    fn will_use(&self, user: &Address, used: &Address) -> bool {
        let wanted = self.wanted_name(user);
        let lies_within = super::uses::within(self.catalogue(), user, used);
        let Some(live) = self.live.resources.get(user) else { return lies_within };
        let (spec, grants) = (
            if self.objects.contains_key(wanted) { self.wanted(wanted) } else { Some(live) },
            if self.grants.contains_key(wanted) { self.wanted(wanted) } else { Some(live) },
        );
        lies_within
            || spec
                .is_some_and(|resource| super::uses::refers(self.catalogue(), &resource.spec, used))
            || grants.is_some_and(|resource| super::uses::grants(resource, used))
    }
}

/// A live object under the address it was recorded under.
fn under(live: &Resource, address: &Address) -> Resource {
    Resource { address: address.clone(), ..live.clone() }
}
