//! Which record of the last apply belongs to which object: of the snapshot, and of the target.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::keys::{Sticky, fingerprint};
use super::observe::Observation;
use super::plan::Desired;
use crate::kind::Catalogue;
use crate::model::{Address, Base, Recorded};

/// Records by wanted address, each with the address it was recorded under.
pub(super) type Lineage<'a> = BTreeMap<Address, (&'a Address, &'a Recorded)>;

/// The fingerprints of the source's objects, by the addresses that the plan uses.
pub(super) fn source_objects<'a>(
    desired: &Desired,
    keys: &'a Sticky,
) -> BTreeMap<Address, &'a String> {
    let known: BTreeMap<(&str, &str), &String> = keys
        .iter()
        .flat_map(|(kind, keys)| {
            keys.iter().map(|(object, key)| ((kind.as_str(), key.as_str()), object))
        })
        .collect();
    let wanted = desired.snapshot.resources.keys();
    let object = |address: &Address| {
        let source = desired.source_of(address);
        known.get(&(source.kind.as_str(), source.key.as_str())).copied()
    };
    wanted.filter_map(|address| Some((address.clone(), object(address)?))).collect()
}

/// Matches records with wanted objects: by the identity of the source's object first, then by the pairs
/// that somebody named, then by address.
///
/// `paired` says which wanted object a record belongs to because it was named so.
pub(super) fn lineage<'a>(
    base: &'a Base,
    catalogue: &Catalogue,
    desired: &Desired,
    objects: &BTreeMap<Address, &String>,
    paired: impl Fn(&Address, &Recorded) -> Option<Address>,
) -> Lineage<'a> {
    let by_object: BTreeMap<(&str, &str), &Address> = objects
        .iter()
        .map(|(address, object)| ((address.kind.as_str(), object.as_str()), address))
        .collect();
    let mut lineage = Lineage::new();
    let mut claimed: BTreeSet<&Address> = BTreeSet::new();
    for (address, recorded) in &base.objects {
        let Some(object) = &recorded.source_object else { continue };
        let renames = catalogue.kind(&address.kind).is_some_and(|kind| kind.hooks.renames());
        let wanted = by_object.get(&(address.kind.as_str(), object.as_str()));
        if let Some(wanted) = wanted.filter(|wanted| renames || **wanted == address) {
            lineage.insert((*wanted).clone(), (address, recorded));
            claimed.insert(address);
        }
    }
    for (address, recorded) in &base.objects {
        if claimed.contains(address) {
            continue;
        }
        let wanted = paired(address, recorded)
            .filter(|wanted| desired.snapshot.resources.contains_key(wanted))
            .filter(|wanted| !lineage.contains_key(wanted));
        if let Some(wanted) = wanted {
            lineage.insert(wanted, (address, recorded));
            claimed.insert(address);
        }
    }
    for (address, recorded) in &base.objects {
        let is_free = !claimed.contains(address) && !lineage.contains_key(address);
        if is_free && desired.snapshot.resources.contains_key(address) {
            lineage.insert(address.clone(), (address, recorded));
        }
    }
    lineage
}

/// The base as the wanted objects are called now: references in its records follow what was renamed since.
pub(super) fn renamed<'a>(base: &'a Base, lineage: &Lineage<'_>) -> Cow<'a, Base> {
    let changed = lineage.iter().filter(|(wanted, (address, _))| wanted != address);
    let names: BTreeMap<&Address, &Address> =
        changed.map(|(wanted, (address, _))| (*address, wanted)).collect();
    if names.is_empty() {
        return Cow::Borrowed(base);
    }
    let called = |address: &Address| names.get(address).map(|wanted| (*wanted).clone());
    let mut renamed = base.clone();
    renamed.objects.values_mut().for_each(|recorded| recorded.rename(&called));
    Cow::Owned(renamed)
}

/// Where the target has what was recorded: by identity where that was recorded, else by address.
pub(super) fn places<'a>(base: &'a Base, live: &Observation) -> BTreeMap<&'a Address, Address> {
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
