//! Which record of the last apply belongs to which wanted object, and where that object is now.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Desired;
use crate::engine::keys::Sticky;
use crate::engine::lineage::{Lineage, lineage, places, renamed, source_objects};
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
    records: Lineage<'a>,
    /// Where recorded objects are in the target, by the address they were recorded under.
    places: BTreeMap<&'a Address, Address>,
    gone: Vec<(&'a Address, &'a Recorded)>,
}

impl<'a> History<'a> {
    /// Matches records with wanted and live objects.
    pub(super) fn of(
        base: &'a Base,
        catalogue: &Catalogue,
        desired: &Desired,
        keys: &Sticky,
        live: &Observation,
        pairs: &BTreeMap<Address, Address>,
    ) -> Self {
        let (objects, places) = (source_objects(desired, keys), places(base, live));
        let paired = |address: &Address, recorded: &Recorded| {
            let place = places.get(address);
            // An earlier apply of the same pair may have renamed it already.
            let is_renamed = |wanted: &Address| match place {
                Some(place) => place == wanted,
                None => recorded.target_object.is_none(),
            };
            let is_it = |(wanted, found): &(&Address, &Address)| {
                Some(*found) == place || *found == address && is_renamed(wanted)
            };
            pairs.iter().find(is_it).map(|(wanted, _)| wanted.clone())
        };
        let records = lineage(base, catalogue, desired, &objects, paired);
        let found: BTreeSet<&Address> = records.values().map(|(address, _)| *address).collect();
        let gone = base.objects.iter().filter(|(address, _)| !found.contains(address)).collect();
        Self { records, places, gone }
    }

    /// The base, its references by the names that wanted objects have now.
    pub(super) fn renamed(&self, base: &'a Base) -> Cow<'a, Base> {
        renamed(base, &self.records)
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
