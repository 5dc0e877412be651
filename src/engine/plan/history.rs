//! Which record of the last apply belongs to which wanted object, and where that object is now.

use std::collections::{BTreeMap, BTreeSet};

use super::Desired;
use crate::engine::keys::{Sticky, fingerprint};
use crate::engine::observe::Observation;
use crate::kind::Catalogue;
use crate::model::{Address, Base, Recorded};

/// An object that the last apply left and the snapshot no longer has.
pub(super) struct Gone<'a> {
    /// The address it was recorded under.
    pub address: &'a Address,
    /// What was recorded.
    pub recorded: &'a Recorded,
    /// Where the target has it, if it still does.
    pub live: Option<Address>,
}

/// The base, matched with the snapshot on one side and the target on the other.
#[derive(Default)]
pub(super) struct History<'a> {
    records: BTreeMap<Address, (&'a Address, &'a Recorded)>,
    /// Where recorded objects are in the target, by the address they were recorded under.
    places: BTreeMap<&'a Address, Address>,
    gone: Vec<(&'a Address, &'a Recorded)>,
}

/// The wanted address of each object of the source, by the fingerprint of its identifier.
fn by_source(desired: &Desired, keys: &Sticky) -> BTreeMap<(String, String), Address> {
    let mut wanted: BTreeMap<String, &Address> = BTreeMap::new();
    for address in desired.snapshot.resources.keys() {
        let before = desired.provenance.get(address).and_then(|from| from.get(""));
        let source = before.and_then(|from| from.source.as_str()).map(str::to_owned);
        wanted.insert(source.unwrap_or_else(|| address.to_string()), address);
    }
    let mut found = BTreeMap::new();
    for (kind, keys) in keys {
        for (object, key) in keys {
            let source = Address::new(kind.clone(), key.clone()).to_string();
            if let Some(address) = wanted.get(&source) {
                found.insert((kind.clone(), object.clone()), (*address).clone());
            }
        }
    }
    found
}

impl<'a> History<'a> {
    /// Matches records with wanted and live objects: by identity first, then by address.
    pub(super) fn of(
        base: &'a Base,
        catalogue: &Catalogue,
        desired: &Desired,
        keys: &Sticky,
        live: &Observation,
    ) -> Self {
        let mut history = Self::default();
        let by_source = by_source(desired, keys);
        let mut claimed: BTreeSet<&Address> = BTreeSet::new();
        for (address, recorded) in &base.objects {
            let Some(object) = &recorded.source_object else { continue };
            let wanted = by_source.get(&(address.kind.clone(), object.clone()));
            let renames = catalogue.kind(&address.kind).is_some_and(|kind| kind.hooks.renames());
            if let Some(wanted) = wanted.filter(|wanted| renames || *wanted == address) {
                history.records.insert(wanted.clone(), (address, recorded));
                claimed.insert(address);
            }
        }
        for (address, recorded) in &base.objects {
            if claimed.contains(address) {
                continue;
            }
            let is_wanted = desired.snapshot.resources.contains_key(address);
            if is_wanted && !history.records.contains_key(address) {
                history.records.insert(address.clone(), (address, recorded));
            } else {
                history.gone.push((address, recorded));
            }
        }
        history.places = places(base, live);
        history
    }

    /// What was recorded of a wanted object.
    pub(super) fn recorded(&self, wanted: &Address) -> Option<&'a Recorded> {
        self.records.get(wanted).map(|(_, recorded)| *recorded)
    }

    /// Where the target has wanted objects, whatever they are called there.
    pub(super) fn pins(&self) -> BTreeMap<Address, Address> {
        let place = |(wanted, (address, _)): (&Address, &(&Address, &Recorded))| {
            Some((wanted.clone(), self.places.get(address)?.clone()))
        };
        self.records.iter().filter_map(place).collect()
    }

    /// What the last apply left and the snapshot no longer has.
    pub(super) fn gone(&self) -> Vec<Gone<'a>> {
        let gone = |(address, recorded): &(&'a Address, &'a Recorded)| Gone {
            address,
            recorded,
            live: self.places.get(address).cloned(),
        };
        self.gone.iter().map(gone).collect()
    }
}

/// Where the target has what was recorded: by identity where that was recorded, else by address.
fn places<'a>(base: &'a Base, live: &Observation) -> BTreeMap<&'a Address, Address> {
    let kinds: BTreeSet<&str> = base.objects.keys().map(|address| address.kind.as_str()).collect();
    let mut by_object: BTreeMap<(String, String), &Address> = BTreeMap::new();
    for address in live.snapshot.resources.keys() {
        if kinds.contains(address.kind.as_str())
            && let Some(id) = live.index.id(address)
        {
            by_object.insert((address.kind.clone(), fingerprint(&address.kind, id)), address);
        }
    }
    let mut places = BTreeMap::new();
    for (address, recorded) in &base.objects {
        let place = match &recorded.target_object {
            Some(object) => by_object.get(&(address.kind.clone(), object.clone())).copied(),
            None => live.snapshot.resources.get_key_value(address).map(|(address, _)| address),
        };
        places.extend(place.map(|place| (address, place.clone())));
    }
    places
}
