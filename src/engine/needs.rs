//! What an object leads to: references, paths it names, and what its kind says comes before it.

use std::collections::{BTreeMap, BTreeSet};

use crate::kind::{Catalogue, Keep, What, select_mut};
use crate::model::{Address, Layout, Resource, Snapshot, visit_refs};

/// Everything an object needs to be there: what it refers to, the paths it names, what its kind says.
pub(super) fn needs(
    catalogue: &Catalogue,
    all: &BTreeMap<Address, Resource>,
    resource: &Resource,
) -> BTreeSet<Address> {
    let mut needs = BTreeSet::new();
    if let Some(table) = catalogue.table(&resource.address.kind) {
        needs.extend(table.kind.hooks.needs(resource));
        let paths = || table.rules.iter().filter(|(_, rule)| matches!(rule.what, What::Path));
        let mut spec = match paths().next() {
            Some(_) => resource.spec.clone(),
            None => serde_json::Value::Null,
        };
        for (pattern, _) in paths() {
            select_mut(&mut spec, pattern, &mut |found| {
                let path = found.as_str().into_iter();
                needs.extend(path.flat_map(|path| at_path(catalogue, all, path)));
                Keep::Yes
            });
        }
        needs.remove(&resource.address);
    }
    visit_refs(&resource.spec, &mut |_, to| {
        needs.insert(to);
    });
    needs
}

/// The objects of the tree at a path, in whichever way the path is spelled.
fn at_path(catalogue: &Catalogue, all: &BTreeMap<Address, Resource>, path: &str) -> Vec<Address> {
    let plain =
        path.strip_prefix("/Workspace/").map_or_else(|| path.to_owned(), |rest| format!("/{rest}"));
    let in_tree = catalogue.managed().filter(|kind| !matches!(kind.layout, Layout::Objects));
    in_tree
        .map(|kind| Address::new(kind.name, plain.trim_end_matches('/')))
        .filter(|address| all.contains_key(address))
        .collect()
}

/// Which objects need which, in both directions.
#[derive(Clone, Debug, Default)]
pub struct Links {
    needs: BTreeMap<Address, BTreeSet<Address>>,
    needed_by: BTreeMap<Address, BTreeSet<Address>>,
}

impl Links {
    /// The links between all objects of a snapshot, and to those they need from outside.
    pub fn of(catalogue: &Catalogue, snapshot: &Snapshot) -> Self {
        let mut links = Self::default();
        for (address, resource) in &snapshot.resources {
            for need in needs(catalogue, &snapshot.resources, resource) {
                if need != *address {
                    links.add(address, need);
                }
            }
        }
        links
    }

    pub(super) fn add(&mut self, address: &Address, need: Address) {
        self.needed_by.entry(need.clone()).or_default().insert(address.clone());
        self.needs.entry(address.clone()).or_default().insert(need);
    }

    /// Forgets what an object needs.
    pub fn forget(&mut self, address: &Address) {
        for need in self.needs.remove(address).into_iter().flatten() {
            if let Some(others) = self.needed_by.get_mut(&need) {
                others.remove(address);
            }
        }
    }

    /// What an object needs.
    pub fn needs(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.needs.get(address).into_iter().flatten()
    }

    /// What needs an object.
    pub fn needed_by(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.needed_by.get(address).into_iter().flatten()
    }
}
