//! Whom `of=` means: principals, and for a group everybody in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::engine::access::members;
use crate::kind::{Catalogue, HOMES};
use crate::model::{Address, Resource, Selector, Selectors, Test};

/// Somebody that `of=` means, and the group they are meant by unless they were named.
type Meant = BTreeMap<Address, Option<Address>>;

/// Whom each `of=` of some selectors means.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    by_test: BTreeMap<Test, Meant>,
    groups: BTreeSet<Address>,
}

impl People {
    /// Works out whom selectors mean among some objects; of groups that are not known nobody is found in them.
    ///
    /// Somebody who is named without wildcards is meant even where no object is they: their home may outlive them.
    pub(crate) fn of<'a>(
        selectors: &Selectors,
        objects: impl Iterator<Item = (&'a Address, Option<&'a Resource>)> + Clone,
    ) -> Self {
        let mut people = Self::default();
        for term in selectors.all().flat_map(Selector::terms) {
            let Test::Of(kind, name) = &term.test else { continue };
            let named = objects
                .clone()
                .map(|(address, _)| address)
                .filter(|address| address.kind == *kind && name.matches(&address.key))
                .cloned()
                .chain(name.literal().map(|key| Address::new(kind.clone(), key)));
            let mut meant: Meant = named.map(|address| (address, None)).collect();
            let known: BTreeMap<&Address, &Resource> =
                objects.clone().filter_map(|(address, one)| Some((address, one?))).collect();
            let mut open: VecDeque<Address> = meant.keys().cloned().collect();
            while let Some(group) = open.pop_front() {
                let Some(inside) = known.get(&group).and_then(|one| members(one)) else { continue };
                people.groups.insert(group.clone());
                for member in inside {
                    if !meant.contains_key(&member) {
                        meant.insert(member.clone(), Some(group.clone()));
                        open.push_back(member);
                    }
                }
            }
            people.by_test.insert(term.test.clone(), meant);
        }
        people
    }

    /// Everybody a test means.
    pub(super) fn meant(&self, test: &Test) -> impl Iterator<Item = &Address> {
        self.by_test.get(test).into_iter().flat_map(BTreeMap::keys)
    }

    /// Whether a test means this one.
    pub(super) fn has(&self, test: &Test, address: &Address) -> bool {
        self.by_test.get(test).is_some_and(|meant| meant.contains_key(address))
    }

    /// Where those a test means have their homes, if they have any; groups have none.
    pub(super) fn homes(&self, test: &Test) -> impl Iterator<Item = String> {
        let single = self.meant(test).filter(|one| !self.groups.contains(*one));
        single.map(|one| format!("{HOMES}/{}", one.key))
    }

    /// The group that somebody is meant by, where they were not named themselves.
    pub(super) fn group(&self, test: &Test, address: &Address) -> Option<&Address> {
        self.by_test.get(test)?.get(address)?.as_ref()
    }

    /// Everybody that any test means.
    pub(crate) fn everybody(&self) -> BTreeSet<&Address> {
        self.by_test.values().flat_map(BTreeMap::keys).collect()
    }

    /// Whether an object of the tree is in the home of somebody a test means.
    pub(super) fn at_home(&self, test: &Test, catalogue: &Catalogue, address: &Address) -> bool {
        let Some(kind) = catalogue.kind(&address.kind).filter(|kind| kind.is_in_tree()) else {
            return false;
        };
        let bare = Resource {
            address: address.clone(),
            spec: serde_json::Value::Null,
            grants: None,
            content: None,
        };
        kind.hooks.needs(&bare).iter().any(|need| self.has(test, need))
    }
}

/// The kinds that selectors name whose objects stand for people, if they name any.
pub(crate) fn kinds_of_people(selectors: &Selectors) -> BTreeSet<&str> {
    let tests = selectors.all().flat_map(Selector::terms).map(|term| &term.test);
    tests
        .filter_map(|test| match test {
            Test::Of(kind, _) => Some(kind.as_str()),
            _ => None,
        })
        .collect()
}
