//! Groups opened, however deep they are nested.

use std::collections::{BTreeMap, BTreeSet};

use super::Rights;
use crate::model::Address;

/// Everybody in each group, with the way from the group to them.
pub(super) struct People<'a> {
    members: &'a BTreeMap<Address, BTreeSet<Address>>,
    open: BTreeMap<&'a Address, BTreeMap<&'a Address, Vec<&'a Address>>>,
}

impl<'a> People<'a> {
    /// Opens all groups of a moment.
    pub(super) fn of(rights: &'a Rights) -> Self {
        let members = &rights.members;
        let open = members.keys().map(|group| (group, opened(members, group))).collect();
        Self { members, open }
    }

    /// Everybody a principal stands for; itself, unless it is a group whose members are known.
    pub(super) fn behind(&self, principal: &'a Address) -> BTreeSet<&'a Address> {
        match self.open.get(principal) {
            Some(people) => people.keys().copied().collect(),
            None => BTreeSet::from([principal]),
        }
    }

    /// The groups from a principal to somebody it stands for, the principal first; empty for themselves.
    pub(super) fn way(&self, principal: &Address, person: &Address) -> Option<Vec<Address>> {
        if principal == person && !self.members.contains_key(principal) {
            return Some(Vec::new());
        }
        let way = self.open.get(principal)?.get(person)?;
        Some(way.iter().copied().cloned().collect())
    }
}

/// The people in a group, each with the shortest chain of groups; a group may lead back to itself.
fn opened<'a>(
    members: &'a BTreeMap<Address, BTreeSet<Address>>,
    group: &'a Address,
) -> BTreeMap<&'a Address, Vec<&'a Address>> {
    let mut people: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
    let mut seen = BTreeSet::from([group]);
    let mut level = vec![vec![group]];
    while !level.is_empty() {
        let mut next = Vec::new();
        for way in level {
            let inner = way.last().and_then(|group| members.get(*group));
            for member in inner.into_iter().flatten() {
                if !members.contains_key(member) {
                    people.entry(member).or_insert_with(|| way.clone());
                } else if seen.insert(member) {
                    next.push(way.iter().copied().chain([member]).collect());
                }
            }
        }
        level = next;
    }
    people
}
