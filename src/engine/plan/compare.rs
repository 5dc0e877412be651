//! What a wanted object is compared with: the live one, and what the last apply left of both.

use serde_json::json;

use super::{Decision, Planning};
use crate::engine::diff::{diff, inputs};
use crate::engine::merge::{Deciding, Merge, merge};
use crate::kind::Table;
use crate::model::{
    Address, Change, Divergence, FieldChange, Finding, OnConflict, OnEdit, Recorded, Resource, Take,
};

impl Planning<'_> {
    /// Which fields of a live object have to change, and what stays as it was edited; `None` where nothing
    /// must happen to the object before somebody decides.
    pub(super) fn changes(
        &mut self,
        table: &Table,
        wanted: &Resource,
        live: &Resource,
    ) -> Option<Vec<FieldChange>> {
        let address = &wanted.address;
        let Some(recorded) = self.history.recorded(address) else {
            let changes = diff(table, wanted, live);
            if inputs(table).any(|(place, _)| wanted.spec.pointer(place).is_some()) {
                let message = "the value that it has in the target cannot be read, and stays, whatever the source's is";
                let finding = Finding::warning("unknown-value", address, message);
                self.findings.push(finding.hint(
                    "to have the source's value put, delete it in the target and plan again",
                ));
            }
            self.collisions += usize::from(!changes.is_empty());
            return Some(changes);
        };
        let options = &self.input.options;
        let deciding = Deciding {
            on_edit: options.on_edit,
            on_conflict: options.on_conflict,
            resolve: &|divergence| self.decision_on(address, divergence),
        };
        let live = Resource { address: address.clone(), ..live.clone() };
        let Merge { wanted, changes, merged, kept, conflicts, not_convergent } =
            merge(table, wanted, recorded, &live, &deciding);
        self.note_not_convergent(address, not_convergent);
        if !kept.is_empty() {
            self.kept.entry(address.clone()).or_default().extend(kept);
        }
        if !conflicts.is_empty() {
            self.conflicts.entry(address.clone()).or_default().extend(conflicts);
            return None;
        }
        if !merged.is_empty() {
            let (all, whole) =
                self.merged.entry(address.clone()).or_insert((Vec::new(), wanted.clone()));
            all.extend(merged);
            *whole = wanted;
        }
        Some(changes)
    }

    pub(super) fn note_not_convergent(&mut self, address: &Address, fields: Vec<Divergence>) {
        if fields.is_empty() {
            return;
        }
        let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
        let message = format!(
            "the target made something else of what was sent, so it is not sent again: {}",
            paths.join(", ")
        );
        self.findings.push(Finding::warning("not-convergent", address, message));
        self.not_convergent.entry(address.clone()).or_default().extend(fields);
    }

    /// Decides for an object that the target does not have: it is created, unless somebody deleted it
    /// there since the last apply.
    pub(super) fn decide_absent(&mut self, resource: &Resource, create: Decision) {
        let address = &resource.address;
        let Some(recorded) = self.history.recorded(address) else {
            self.objects.insert(address.clone(), create);
            return;
        };
        let name = Some(json!(address.to_string()));
        let divergence =
            Divergence { path: String::new(), base: name.clone(), source: name, target: None };
        let is_changed = self.is_changed_in_source(resource, recorded);
        let options = &self.input.options;
        let take = self.decision_on(address, &divergence).or(match (is_changed, options) {
            (false, options) if options.on_edit == OnEdit::Overwrite => Some(Take::Source),
            (false, _) => Some(Take::Target),
            (true, options) => match options.on_conflict {
                OnConflict::Stop => None,
                OnConflict::Source => Some(Take::Source),
                OnConflict::Target => Some(Take::Target),
            },
        });
        match take {
            Some(Take::Source) => drop(self.objects.insert(address.clone(), create)),
            Some(Take::Target) => drop(self.kept.insert(address.clone(), vec![divergence])),
            None => drop(self.conflicts.insert(address.clone(), vec![divergence])),
        }
    }

    fn is_changed_in_source(&self, wanted: &Resource, recorded: &Recorded) -> bool {
        let sent = recorded.sent.at(wanted.address.clone());
        let grants =
            wanted.grants.is_some() && sent.grants.is_some() && wanted.grants != sent.grants;
        let fields = self.catalogue().table(&wanted.address.kind).map(|t| diff(t, wanted, &sent));
        grants || fields.is_some_and(|fields| !fields.is_empty())
    }

    /// Whether a change gives the live object another name.
    pub(super) fn is_rename(&self, table: &Table, address: &Address, live: &Address) -> bool {
        use crate::engine::keys::base_of;
        table.kind.hooks.renames() && base_of(&address.key) != base_of(&live.key)
    }

    /// Notes that nothing is to happen to an object that would be replaced, because it is protected.
    pub(super) fn block_protected(&mut self, address: &Address, change: Change) -> bool {
        let is_protected =
            change == Change::Replace && self.is_protected(address, self.history.recorded(address));
        if is_protected {
            let reason = "it would have to be replaced, and is protected";
            let hint = format!("--unprotect '{address}' lifts the protection for one plan");
            self.block(address, change, reason, hint);
        }
        is_protected
    }
}
