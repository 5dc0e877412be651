//! Where the objects that a plan knew are by now, and what they are to be called again.

use std::collections::{BTreeMap, BTreeSet};

use super::past::Past;
use super::{Touched, UndoInput};
use crate::engine::keys::{base_of, fingerprint};
use crate::model::{Address, Change, Grant, Resource, visit_refs_mut};

/// Where the objects that a plan knew are by now, and what they are to be called again.
#[derive(Default)]
pub(super) struct Names {
    /// Where the target has them now.
    now: BTreeMap<Address, Address>,
    /// The names of objects that get another one back, or come back.
    again: BTreeMap<Address, Address>,
}

impl Names {
    /// Looks up the objects of a plan in the target as it is now.
    pub(super) fn of(input: &UndoInput<'_>, past: &Past<'_>, touched: &[Touched<'_>]) -> Self {
        let index = &input.live.index;
        let by_object: BTreeMap<String, &Address> = input
            .live
            .snapshot
            .resources
            .keys()
            .filter_map(|address| Some((fingerprint(&address.kind, index.id(address)?), address)))
            .collect();
        let seen: BTreeSet<&str> =
            input.plan.observed.values().filter_map(|seen| seen.object.as_deref()).collect();
        let live_one = |address: &Address| {
            let (address, _) = input.live.snapshot.resources.get_key_value(address)?;
            Some(address.clone())
        };
        // Not one that was there before under that name, but one that came since.
        let new_one = |address: &Address| {
            live_one(address).filter(|found| {
                let object = index.id(found).map(|id| fingerprint(&found.kind, id));
                object.is_none_or(|object| !seen.contains(object.as_str()))
            })
        };
        let mut names = Self::default();
        for (address, seen) in &input.plan.observed {
            let by_name = || {
                let is_unique = input.catalogue.kind(&address.kind).is_some_and(|kind| kind.unique);
                let place = seen.live.as_ref().unwrap_or(address);
                live_one(address).or_else(|| live_one(place)).filter(|_| is_unique)
            };
            let found = match &seen.object {
                Some(object) => by_object.get(object).map(|found| (*found).clone()),
                None => by_name(),
            };
            names.now.extend(found.map(|found| (address.clone(), found)));
        }
        for one in touched {
            let made = one.objects.iter().filter(|step| {
                matches!(step.change, Change::Create | Change::Replace) && past.began(step.id)
            });
            for step in made {
                let found = match past.object(step.id) {
                    Some(object) => by_object.get(object).map(|found| (*found).clone()),
                    None => new_one(one.address).or_else(|| {
                        let bearers = input.live.snapshot.resources.keys();
                        let same = |found: &&Address| {
                            found.kind == one.address.kind
                                && base_of(&found.key) == base_of(&one.address.key)
                        };
                        let mut new = bearers.filter(same).filter_map(new_one);
                        new.next().filter(|_| new.next().is_none())
                    }),
                };
                names.now.extend(found.map(|found| (one.address.clone(), found)));
            }
        }
        names
    }

    /// Where the target has an object now, if it has it.
    pub(super) fn now(&self, address: &Address) -> Option<&Address> {
        self.now.get(address)
    }

    /// Notes what an object is to be called again.
    pub(super) fn call_again(&mut self, address: &Address, name: Address) {
        self.again.insert(address.clone(), name);
    }

    /// What an object is to be called when it is as it was.
    pub(super) fn again(&self, address: &Address) -> Option<&Address> {
        self.again.get(address).or_else(|| self.now.get(address))
    }

    fn of_address<'n>(&'n self, address: &'n Address) -> &'n Address {
        self.again(address).unwrap_or(address)
    }

    /// A resource of the plan's, with what it refers to under the names of the target.
    pub(super) fn translate(&self, resource: &mut Resource) {
        visit_refs_mut(&mut resource.spec, &mut |address| {
            let name = self.of_address(address);
            (name != address).then(|| name.to_ref())
        });
        if let Some(grants) = resource.grants.take() {
            resource.grants = Some(self.grants(&grants));
        }
    }

    /// A resource of the target's, as the plan would call it and what it refers to.
    pub(super) fn as_planned(&self, address: &Address, live: &Resource) -> Resource {
        let plans: BTreeMap<&Address, &Address> =
            self.now.iter().map(|(plan, live)| (live, plan)).collect();
        let mut planned = Resource { address: address.clone(), ..live.clone() };
        visit_refs_mut(&mut planned.spec, &mut |name| {
            plans.get(name).filter(|plan| **plan != name).map(|plan| plan.to_ref())
        });
        planned
    }

    /// Rights of the plan's, under the names of the target.
    pub(super) fn grants(&self, grants: &BTreeSet<Grant>) -> BTreeSet<Grant> {
        let named = |grant: &Grant| Grant {
            principal: self.of_address(&grant.principal).clone(),
            level: grant.level.clone(),
        };
        grants.iter().map(named).collect()
    }
}
