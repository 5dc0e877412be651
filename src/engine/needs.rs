//! What one object needs of others.

use std::collections::BTreeSet;

use super::keys::base_of;
use super::named::{meant, visit_names};
use crate::kind::Catalogue;
use crate::model::{Address, Resource, visit_refs};

/// Everything an object needs to be there: what it refers to, what it names, what its kind says.
/// `has` tells which of the named objects there are.
pub(super) fn needs(
    catalogue: &Catalogue,
    resource: &Resource,
    has: impl Fn(&Address) -> bool,
) -> BTreeSet<Address> {
    let mut needs = BTreeSet::new();
    if let Some(table) = catalogue.table(&resource.address.kind) {
        needs.extend(table.kind.hooks.needs(resource));
        visit_names(table, resource, &mut |what, text| {
            needs.extend(meant(catalogue, what, text).into_iter().filter(|address| has(address)));
        });
        needs.remove(&resource.address);
    }
    visit_refs(&resource.spec, &mut |_, to| {
        needs.insert(to);
    });
    needs
}

/// The nearest object with a lower number that stands before one, where a server gives the numbers of a kind
/// upwards. Those that stand before that one follow from it.
pub(super) fn number_before(
    catalogue: &Catalogue,
    address: &Address,
    stands: impl Fn(&Address) -> bool,
) -> Option<Address> {
    let kind = catalogue.kind(&address.kind).filter(|kind| kind.numbered)?;
    let (name, number) = address.key.rsplit_once('/')?;
    let mut lower = (1..number.parse::<u64>().ok()?).rev();
    lower.find_map(|number| {
        let before = Address::new(kind.name, format!("{name}/{number}"));
        stands(&before).then_some(before)
    })
}

/// As [`needs`], and the namesake that has to be created before so that it gets the number before.
pub(super) fn needs_in_order(
    catalogue: &Catalogue,
    resource: &Resource,
    has: impl Fn(&Address) -> bool,
) -> BTreeSet<Address> {
    let mut needs = needs(catalogue, resource, has);
    let Address { kind, key } = &resource.address;
    let base = base_of(key);
    if base != key
        && let Some(number) = key[base.len() + 1..].parse::<u32>().ok()
    {
        let before = if number == 2 { base.to_owned() } else { format!("{base}~{}", number - 1) };
        needs.insert(Address::new(kind.clone(), before));
    }
    needs
}
