//! Who uses what in the target.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Planning;
use crate::engine::diff::by_itself;
use crate::engine::mentions::mentions;
use crate::kind::{Catalogue, Kind};
use crate::model::{Address, Finding, Layout, Resource, Snapshot, visit_refs};

/// The live objects that use each one: by a reference, by a right they grant it, or by lying in it.
pub(super) fn users(
    catalogue: &Catalogue,
    live: &Snapshot,
) -> BTreeMap<Address, BTreeSet<Address>> {
    let mut users: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
    for (user, resource) in &live.resources {
        let mut note = |used: Address| {
            if used != *user {
                users.entry(used).or_default().insert(user.clone());
            }
        };
        let own = catalogue.table(&user.kind).map(|table| by_itself(table, resource));
        visit_refs(&own.as_ref().unwrap_or(resource).spec, &mut |_, to| note(to));
        mentions(catalogue, &resource.spec).into_iter().for_each(&mut note);
        for grant in resource.grants.iter().flatten() {
            note(grant.principal.clone());
        }
        if let Some(folder) = folder_of(catalogue, live, user) {
            note(folder);
        }
    }
    users
}

/// The folder that a live object of the tree lies in.
fn folder_of(catalogue: &Catalogue, live: &Snapshot, address: &Address) -> Option<Address> {
    if !catalogue.kind(&address.kind)?.is_in_tree() {
        return None;
    }
    let (folder, _) = address.key.rsplit_once('/')?;
    let kinds = catalogue.managed().filter(|kind| kind.layout == Layout::Directory);
    kinds
        .map(|kind| Address::new(kind.name, folder))
        .find(|folder| live.resources.contains_key(folder))
}

/// Whether an object of the tree lies in another.
pub(super) fn within(catalogue: &Catalogue, inner: &Address, outer: &Address) -> bool {
    let in_tree = |address: &Address| catalogue.kind(&address.kind).is_some_and(Kind::is_in_tree);
    in_tree(inner)
        && in_tree(outer)
        && inner.key.strip_prefix(&outer.key).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a spec refers to an object, or names it.
pub(super) fn refers(catalogue: &Catalogue, spec: &Value, used: &Address) -> bool {
    let mut found = mentions(catalogue, spec).contains(used);
    visit_refs(spec, &mut |_, to| found |= to == *used);
    found
}

impl Planning<'_> {
    /// Says which wanted objects name something that will not be there.
    pub(super) fn doubt_mentions(&mut self) {
        let is_known = |address: &Address| {
            self.desired().contains_key(address)
                || self.live.resources.contains_key(address)
                || self.input.live.index.id(address).is_some()
                || self.unread.iter().any(|finding| finding.covers(address))
        };
        let mut findings = Vec::new();
        for (address, resource) in self.desired() {
            if !self.chosen.has_object(address) {
                continue;
            }
            let named = mentions(self.catalogue(), &resource.spec);
            for one in named.iter().filter(|one| !is_known(one)) {
                let message =
                    format!("it names {one}, which neither the target nor the snapshot has");
                let finding = Finding::warning("missing-mention", address, message);
                findings
                    .push(finding.hint("make it in the target, or mend the name in the source"));
            }
        }
        self.findings.extend(findings);
    }
}

/// Whether a resource grants an object rights.
pub(super) fn grants(resource: &Resource, used: &Address) -> bool {
    resource.grants.iter().flatten().any(|grant| grant.principal == *used)
}
