//! Which live object a wanted one is, where names are not unique.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::keys::base_of;
use crate::model::{Address, Digest, Plan, Snapshot, visit_refs};

/// The outcome of pairing wanted with live objects.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// The live address of a wanted one, where the two differ; and of an object that nobody wants, where a
    /// wanted one has its address.
    pub live_of: BTreeMap<Address, Address>,
    /// Wanted objects that could be any of several live ones.
    pub ambiguous: BTreeMap<Address, Vec<Address>>,
}

impl Pairing {
    /// The pairing a plan was made with.
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let live_of = plan
            .observed
            .iter()
            .filter_map(|(wanted, seen)| Some((wanted.clone(), seen.live.clone()?)));
        Self { live_of: live_of.collect(), ambiguous: BTreeMap::new() }
    }

    /// The live address a wanted one is compared with.
    pub(super) fn live<'a>(&'a self, wanted: &'a Address) -> &'a Address {
        self.live_of.get(wanted).unwrap_or(wanted)
    }

    /// The pairing of these, each by its own address and by that of the target.
    pub(super) fn of_places<'a>(
        places: impl IntoIterator<Item = (&'a Address, &'a Address)>,
        live: &Snapshot,
    ) -> Self {
        let (mut pairing, mut wanted) = (Self::default(), BTreeSet::new());
        for (address, place) in places {
            wanted.insert(address);
            if address != place {
                pairing.live_of.insert(address.clone(), place.clone());
            }
        }
        pairing.set_aside(&|address| wanted.contains(address), live);
        pairing
    }

    /// What the plan calls an object of the target that nobody wants.
    pub(super) fn stranger<'a>(&'a self, live: &'a Address) -> &'a Address {
        let mut called = self.live_of.iter().filter(|(_, found)| *found == live);
        called.next().map_or(live, |(address, _)| address)
    }

    /// Gives objects of the target that nobody wants another number where their address is a wanted one's,
    /// whose object is called otherwise there. What refers to the one would seem to refer to the other.
    fn set_aside(&mut self, is_wanted: &dyn Fn(&Address) -> bool, live: &Snapshot) {
        let taken: BTreeSet<&Address> = self.live_of.values().collect();
        let confused: Vec<Address> = self
            .live_of
            .keys()
            .filter(|address| live.resources.contains_key(*address) && !taken.contains(address))
            .cloned()
            .collect();
        for address in confused {
            let numbered = |number: usize| {
                Address::new(address.kind.clone(), format!("{}~{number}", base_of(&address.key)))
            };
            let is_free = |one: &Address| {
                !is_wanted(one)
                    && !live.resources.contains_key(one)
                    && !self.live_of.contains_key(one)
            };
            if let Some(aside) = (2..).map(numbered).find(is_free) {
                self.live_of.insert(aside, address);
            }
        }
    }
}

type Namesakes = BTreeMap<(String, String), BTreeSet<Address>>;

/// Whether a pin names two objects that exist and are of one kind.
pub(super) fn is_pair(
    wanted: &Snapshot,
    live: &Snapshot,
    address: &Address,
    found: &Address,
) -> bool {
    address.kind == found.kind
        && wanted.resources.contains_key(address)
        && live.resources.contains_key(found)
}

fn namesakes(
    snapshot: &Snapshot,
    kinds: &BTreeSet<&str>,
    free: impl Fn(&Address) -> bool,
) -> Namesakes {
    let mut groups = Namesakes::new();
    for address in snapshot
        .resources
        .keys()
        .filter(|address| kinds.contains(address.kind.as_str()) && free(address))
    {
        let name = (address.kind.clone(), base_of(&address.key).to_owned());
        groups.entry(name).or_default().insert(address.clone());
    }
    groups
}

/// Pairs the objects of kinds whose names are not unique.
///
/// One of a name on both sides is one pair. Otherwise equal objects are paired first; one that is left
/// on both sides is a pair too; anything more is ambiguous, and is never guessed. What `pinned` says comes
/// before all of that.
pub(super) fn pair(
    wanted: &Snapshot,
    live: &Snapshot,
    kinds: &BTreeSet<&str>,
    pinned: &BTreeMap<Address, Address>,
) -> Pairing {
    let mut pairing = Pairing::default();
    let pins: BTreeMap<&Address, &Address> =
        pinned.iter().filter(|(address, found)| is_pair(wanted, live, address, found)).collect();
    let found: BTreeSet<&Address> = pins.values().copied().collect();
    let others = pins.iter().filter(|(address, found)| address != found);
    pairing.live_of.extend(others.map(|(address, found)| ((*address).clone(), (*found).clone())));
    let live_groups = namesakes(live, kinds, |address| !found.contains(address));
    for (name, wanted_ones) in namesakes(wanted, kinds, |address| !pins.contains_key(address)) {
        let none = BTreeSet::new();
        let live_ones = live_groups.get(&name).unwrap_or(&none);
        if live_ones.is_empty() || (wanted_ones.len() == 1 && live_ones == &wanted_ones) {
            continue;
        }
        let (mut left, mut free) = (wanted_ones, live_ones.clone());
        for (address, found) in equal_pairs(wanted, live, &left, &free) {
            if left.contains(&address) && free.remove(&found) {
                left.remove(&address);
                if found != address {
                    pairing.live_of.insert(address, found);
                }
            }
        }
        match (left.len(), free.len()) {
            (_, 0) | (0, _) => {}
            (1, 1) => {
                if let (Some(address), Some(found)) = (left.pop_first(), free.pop_first())
                    && address != found
                {
                    pairing.live_of.insert(address, found);
                }
            }
            _ => {
                let candidates: Vec<Address> = free.into_iter().collect();
                pairing
                    .ambiguous
                    .extend(left.into_iter().map(|address| (address, candidates.clone())));
            }
        }
    }
    shield(&mut pairing, wanted, live);
    pairing.set_aside(&|address| wanted.resources.contains_key(address), live);
    pairing
}

/// Pairs of equal objects, the likeliest first: those that the same others refer to, then those with the
/// same address. Twins differ in nothing but who uses them.
fn equal_pairs(
    wanted: &Snapshot,
    live: &Snapshot,
    left: &BTreeSet<Address>,
    free: &BTreeSet<Address>,
) -> Vec<(Address, Address)> {
    let users = |snapshot: &Snapshot, ones: &BTreeSet<Address>| {
        if ones.len() > 1 { uses(snapshot, ones) } else { Uses::new() }
    };
    let (wanted_uses, live_uses) = (users(wanted, left), users(live, free));
    let mut pairs = Vec::new();
    for address in left {
        let Some(digest) = digest_of(wanted, address) else { continue };
        for other in free.iter().filter(|other| digest_of(live, other).as_ref() == Some(&digest)) {
            let none = BTreeSet::new();
            let ours = wanted_uses.get(address).unwrap_or(&none);
            let common = live_uses.get(other).map_or(0, |theirs| ours.intersection(theirs).count());
            pairs.push((Reverse(common), address != other, address.clone(), other.clone()));
        }
    }
    pairs.sort();
    pairs.into_iter().map(|(_, _, address, other)| (address, other)).collect()
}

/// Who refers to each address, and where: the referrer by its name, because its number may differ.
type Uses = BTreeMap<Address, BTreeSet<(String, String, String)>>;

fn uses(snapshot: &Snapshot, ones: &BTreeSet<Address>) -> Uses {
    let mut uses = Uses::new();
    for resource in snapshot.resources.values() {
        let mut note = |to: &Address, place: String| {
            if ones.contains(to) {
                let by = (
                    resource.address.kind.clone(),
                    base_of(&resource.address.key).to_owned(),
                    place,
                );
                uses.entry(to.clone()).or_default().insert(by);
            }
        };
        visit_refs(&resource.spec, &mut |place, to| note(&to, place.to_owned()));
        for grant in resource.grants.iter().flatten() {
            note(&grant.principal, grant.level.clone());
        }
    }
    uses
}

/// Keeps a wanted object that has no live one from being taken for the live one of the same address
/// that was paired with another.
fn shield(pairing: &mut Pairing, wanted: &Snapshot, live: &Snapshot) {
    let taken: BTreeMap<Address, Address> =
        pairing.live_of.iter().map(|(wanted, live)| (live.clone(), wanted.clone())).collect();
    let clashing: Vec<Address> = wanted
        .resources
        .keys()
        .filter(|address| {
            !pairing.live_of.contains_key(address) && !pairing.ambiguous.contains_key(address)
        })
        .filter(|address| taken.contains_key(address) && live.resources.contains_key(address))
        .cloned()
        .collect();
    for address in clashing {
        pairing
            .live_of
            .insert(address.clone(), Address::new(address.kind, format!("{}~none", address.key)));
    }
}

/// What an object is, whatever number tells it from its namesakes.
fn digest_of(snapshot: &Snapshot, address: &Address) -> Option<Digest> {
    let mut resource = snapshot.resources.get(address)?.clone();
    resource.address.key = base_of(&address.key).to_owned();
    Some(resource.digest())
}

/// Renames references within the live snapshot to the addresses the wanted one uses.
pub(super) fn rename_references(live: &mut Snapshot, pairing: &Pairing) {
    if pairing.live_of.is_empty() {
        return;
    }
    let to_wanted: BTreeMap<&Address, &Address> =
        pairing.live_of.iter().map(|(wanted, live)| (live, wanted)).collect();
    let called = |address: &Address| to_wanted.get(address).map(|wanted| (*wanted).clone());
    live.resources.values_mut().for_each(|resource| resource.rename(&called));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Resource;
    use serde_json::json;

    fn snapshot(objects: &[(&str, i32)]) -> Snapshot {
        let resource = |(key, n): &(&str, i32)| {
            let address = Address::new("job", *key);
            (
                address.clone(),
                Resource { address, spec: json!({ "n": n }), grants: None, content: None },
            )
        };
        Snapshot { resources: objects.iter().map(resource).collect(), ..Snapshot::default() }
    }

    fn paired(wanted: &[(&str, i32)], live: &[(&str, i32)]) -> (Vec<(String, String)>, usize) {
        let pairing =
            pair(&snapshot(wanted), &snapshot(live), &BTreeSet::from(["job"]), &BTreeMap::new());
        let live_of = pairing.live_of.iter().map(|(a, b)| (a.key.clone(), b.key.clone())).collect();
        (live_of, pairing.ambiguous.len())
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn equal_objects_are_paired_whatever_their_number() {
        assert_eq!(
            paired(&[("x", 1), ("x~2", 2)], &[("x", 2), ("x~2", 1)]),
            (owned(&[("x", "x~2"), ("x~2", "x")]), 0)
        );
        assert_eq!(paired(&[("x", 1), ("x~2", 1)], &[("x", 1), ("x~2", 1)]), (vec![], 0));
    }

    #[test]
    fn twins_are_told_apart_by_who_uses_them() {
        let with_user = |twin: &str| {
            let mut snapshot = snapshot(&[("x", 1), ("x~2", 1)]);
            let address = Address::new("cluster", "user of x");
            let spec = json!({ "job": Address::new("job", twin).to_ref() });
            snapshot
                .resources
                .insert(address.clone(), Resource { address, spec, grants: None, content: None });
            snapshot
        };
        let pairing =
            pair(&with_user("x"), &with_user("x~2"), &BTreeSet::from(["job"]), &BTreeMap::new());
        let live_of: Vec<_> =
            pairing.live_of.iter().map(|(a, b)| (a.key.as_str(), b.key.as_str())).collect();
        assert_eq!(live_of, [("x", "x~2"), ("x~2", "x")]);
    }

    #[test]
    fn one_left_on_both_sides_is_a_pair() {
        assert_eq!(
            paired(&[("x", 1), ("x~2", 2)], &[("x", 3), ("x~2", 1)]),
            (owned(&[("x", "x~2"), ("x~2", "x")]), 0)
        );
        assert_eq!(paired(&[("x", 1)], &[("x", 2)]), (vec![], 0));
    }

    #[test]
    fn more_than_one_left_is_never_guessed() {
        assert_eq!(paired(&[("x", 1)], &[("x", 2), ("x~2", 3)]).1, 1);
        assert_eq!(paired(&[("x", 1), ("x~2", 2)], &[("x", 3)]).1, 2);
    }

    #[test]
    fn a_pin_decides_what_names_cannot() {
        let address = |key: &str| Address::new("job", key);
        let (wanted, live) = (snapshot(&[("x", 1)]), snapshot(&[("x", 2), ("x~2", 3)]));
        let pins = BTreeMap::from([(address("x"), address("x~2"))]);
        let pairing = pair(&wanted, &live, &BTreeSet::from(["job"]), &pins);
        assert!(pairing.ambiguous.is_empty());
        let aside = BTreeMap::from([(address("x~3"), address("x"))]);
        assert_eq!(pairing.live_of, pins.into_iter().chain(aside).collect());
    }

    #[test]
    fn a_stranger_under_the_old_name_of_another_is_set_aside() {
        let address = |key: &str| Address::new("job", key);
        let (wanted, live) = (snapshot(&[("x", 1), ("x~2", 2)]), snapshot(&[("x", 2), ("y", 1)]));
        let pins = BTreeMap::from([(address("x"), address("y")), (address("x~2"), address("z"))]);
        let pairing = pair(&wanted, &live, &BTreeSet::new(), &pins);
        assert_eq!(pairing.live(&address("x")), &address("y"));
        assert_eq!(pairing.stranger(&address("x")), &address("x~3"));
        assert_eq!(pairing.stranger(&address("other")), &address("other"));
        let mut named = live.clone();
        let user = Address::new("cluster", "user of x");
        let spec = json!({ "job": address("x").to_ref(), "other": address("y").to_ref() });
        let resource = Resource { address: user.clone(), spec, grants: None, content: None };
        named.resources.insert(user.clone(), resource);
        rename_references(&mut named, &pairing);
        let renamed = json!({ "job": address("x~3").to_ref(), "other": address("x").to_ref() });
        assert_eq!(named.resources[&user].spec, renamed);
    }

    #[test]
    fn a_new_namesake_is_not_taken_for_the_old_one() {
        let (live_of, ambiguous) = paired(&[("x", 1), ("x~2", 2)], &[("x", 2)]);
        assert_eq!(ambiguous, 0);
        assert_eq!(live_of, owned(&[("x", "x~none"), ("x~2", "x")]));
    }
}
