//! What else is struck when an object changes or goes away: everything that leads to it.

use std::collections::{BTreeMap, BTreeSet};

use super::links::Links;
use crate::model::{Address, Change, Step};

/// What depends on one object, directly or through others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blast {
    /// How many of the objects depend on it directly.
    pub direct: usize,
    /// All objects that depend on it, the nearest first.
    pub all: Vec<Address>,
}

/// Says for each object that exists and is changed, replaced or deleted what depends on it.
///
/// Objects on which nothing depends are left out.
pub fn blast(steps: &[Step], links: &Links) -> BTreeMap<Address, Blast> {
    let created: BTreeSet<&Address> = steps
        .iter()
        .filter(|step| step.change == Change::Create)
        .map(|step| &step.address)
        .collect();
    let struck: BTreeSet<&Address> = steps
        .iter()
        .filter(|step| !matches!(step.change, Change::Create | Change::Grants))
        .map(|step| &step.address)
        .filter(|address| !created.contains(address))
        .collect();
    struck
        .into_iter()
        .map(|address| (address.clone(), around(address, links)))
        .filter(|(_, blast)| !blast.all.is_empty())
        .collect()
}

fn around(centre: &Address, links: &Links) -> Blast {
    let mut seen = BTreeSet::from([centre]);
    let mut all: Vec<&Address> =
        links.needed_by(centre).filter(|address| seen.insert(address)).collect();
    let direct = all.len();
    let mut next = 0;
    while let Some(address) = all.get(next).copied() {
        all.extend(links.needed_by(address).filter(|address| seen.insert(address)));
        next += 1;
    }
    Blast { direct, all: all.into_iter().cloned().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn step(id: u32, text: &str, change: &str) -> Step {
        serde_json::from_value(json!({"id": id, "address": text, "change": change})).unwrap()
    }

    #[test]
    fn what_leads_to_a_changed_object_is_struck() {
        let mut links = Links::default();
        for (from, to) in [
            ("job:a", "pool:p"),
            ("job:b", "policy:x"),
            ("policy:x", "pool:p"),
            ("job:c", "job:b"),
            ("job:b", "job:c"),
            ("job:d", "pool:other"),
        ] {
            links.add(&address(from), address(to));
        }
        let steps = [
            step(1, "pool:p", "replace"),
            step(2, "job:d", "delete"),
            step(3, "pool:other", "create"),
            step(4, "pool:other", "update"),
            step(5, "policy:x", "grants"),
        ];
        let found = blast(&steps, &links);
        assert_eq!(found.len(), 1, "{found:?}");
        let pool = &found[&address("pool:p")];
        let all: Vec<String> = pool.all.iter().map(ToString::to_string).collect();
        assert_eq!((pool.direct, all.join(" ")), (2, "job:a policy:x job:b job:c".to_owned()));
    }
}
