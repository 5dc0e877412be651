//! Live objects under the names that wanted ones have.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::by_itself;
use super::pairing::{Pairing, is_pair, pair, rename_references};
use crate::kind::Catalogue;
use crate::model::{Address, Digest, Observed, Plan, Resource, Snapshot};

/// The live objects of a workspace, each beside the wanted one that it is.
#[derive(Debug, Default)]
pub struct Matched {
    /// Live objects by the address of the wanted one, with references as the wanted ones have them.
    pub found: BTreeMap<Address, Resource>,
    /// Live objects that are no wanted one, by their own address.
    pub extra: BTreeMap<Address, Resource>,
    /// Wanted objects that could be any of several live ones; each was taken for the one of its address.
    pub ambiguous: BTreeMap<Address, Vec<Address>>,
    /// Pins that name nothing.
    pub unused: Vec<(Address, Address)>,
}

/// Finds for each wanted object the live one, in the way a plan does.
pub fn matched(
    catalogue: &Catalogue,
    wanted: &Snapshot,
    live: &Snapshot,
    pins: &BTreeMap<Address, Address>,
) -> Matched {
    let many: BTreeSet<&str> =
        catalogue.managed().filter(|kind| !kind.unique).map(|kind| kind.name).collect();
    let pairing = pair(wanted, live, &many, pins);
    let mut live = live.clone();
    rename_references(&mut live, &pairing);
    let unused = pins
        .iter()
        .filter(|(address, found)| !is_pair(wanted, &live, address, found))
        .map(|(address, found)| (address.clone(), found.clone()))
        .collect();
    let mut matched = Matched { unused, ..Matched::default() };
    for address in wanted.resources.keys() {
        if let Some(mut resource) = live.resources.remove(pairing.live(address)) {
            resource.address = address.clone();
            matched.found.insert(address.clone(), resource);
        }
    }
    matched.extra = live.resources;
    matched.ambiguous = pairing.ambiguous;
    matched
}

/// In what an object of a workspace is not as a plan saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The plan saw it, and it is not there.
    Gone,
    /// It is there, and the plan did not see it.
    New,
    /// Its settings or its content differ.
    Changed,
    /// Its rights differ.
    Rights,
}

/// Says which objects of a workspace are not as a plan saw them, by the addresses that the plan uses.
pub fn seen_otherwise(
    catalogue: &Catalogue,
    plan: &Plan,
    live: &Snapshot,
) -> BTreeMap<Address, Otherwise> {
    let pairing = Pairing::of_plan(plan);
    let mut live = live.clone();
    rename_references(&mut live, &pairing);
    let mut otherwise = BTreeMap::new();
    for (address, seen) in &plan.observed {
        let difference = match live.resources.remove(pairing.live(address)) {
            None => Some(Otherwise::Gone),
            Some(resource) => {
                let alone = catalogue.table(&address.kind).map(|table| by_itself(table, &resource));
                let digest = alone.as_ref().unwrap_or(&resource).digest();
                difference(seen, &digest, resource.grants_digest())
            }
        };
        otherwise.extend(difference.map(|difference| (address.clone(), difference)));
    }
    otherwise.extend(live.resources.into_keys().map(|address| (address, Otherwise::New)));
    otherwise
}

fn difference(seen: &Observed, digest: &Digest, grants: Option<Digest>) -> Option<Otherwise> {
    if seen.digest != *digest {
        return Some(Otherwise::Changed);
    }
    // Rights that the plan could not read are rights that it does not touch.
    (seen.grants.is_some() && seen.grants != grants).then_some(Otherwise::Rights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Api, Call, Kind};
    use serde_json::json;

    const API: Api =
        Api { create: Some(Call::post("/toys")), ..Api::list_only(Call::get("/toys")) };
    static KIND: Kind = Kind { name: "toy", unique: false, api: API, ..Kind::REGULAR };

    fn snapshot(objects: &[(&str, i32)]) -> Snapshot {
        let resource = |(key, n): &(&str, i32)| {
            let address = Address::new("toy", *key);
            let spec = json!({ "n": n });
            (address.clone(), Resource { address, spec, grants: None, content: None })
        };
        Snapshot { resources: objects.iter().map(resource).collect(), ..Snapshot::default() }
    }

    fn keys(objects: &BTreeMap<Address, Resource>) -> Vec<(String, i64)> {
        let one = |(address, resource): (&Address, &Resource)| {
            (address.key.clone(), resource.spec["n"].as_i64().unwrap_or_default())
        };
        objects.iter().map(one).collect()
    }

    #[test]
    fn each_live_object_is_found_once_or_is_an_extra() {
        let catalogue = Catalogue::new(&[&KIND]);
        let found = |wanted: &[(&str, i32)], live: &[(&str, i32)]| {
            matched(&catalogue, &snapshot(wanted), &snapshot(live), &BTreeMap::new())
        };
        let numbered = found(&[("a", 1)], &[("a", 2), ("a~2", 1)]);
        assert_eq!(keys(&numbered.found), [("a".to_owned(), 1)]);
        assert_eq!(keys(&numbered.extra), [("a".to_owned(), 2)]);
        let unclear = found(&[("a", 1)], &[("a", 2), ("a~2", 3)]);
        assert_eq!(unclear.ambiguous.len(), 1);
        assert_eq!((unclear.found.len(), keys(&unclear.extra)), (1, vec![("a~2".to_owned(), 3)]));
        assert!(found(&[("a", 1)], &[]).found.is_empty());
    }

    #[test]
    fn pins_that_name_nothing_are_told() {
        let pin = |key: &str| (Address::new("toy", "a"), Address::new("toy", key));
        let pins = BTreeMap::from([pin("b")]);
        let catalogue = Catalogue::new(&[&KIND]);
        let live = snapshot(&[("a", 1), ("b", 1)]);
        let wanted = snapshot(&[("a", 1)]);
        assert!(matched(&catalogue, &wanted, &live, &pins).unused.is_empty());
        let pins = BTreeMap::from([pin("c")]);
        assert_eq!(matched(&catalogue, &wanted, &live, &pins).unused, [pin("c")]);
    }
}
