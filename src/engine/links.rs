//! Which objects need which, in both directions.

use std::collections::{BTreeMap, BTreeSet};

use super::mentions::mentions;
use super::needs::needs;
use crate::kind::Catalogue;
use crate::model::{Address, Snapshot};

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
            let has = |one: &Address| snapshot.resources.contains_key(one);
            let named = mentions(catalogue, &resource.spec).into_iter().filter(has);
            for need in needs(catalogue, resource, has).into_iter().chain(named) {
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
