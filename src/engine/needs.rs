//! What one object needs of others.

use std::collections::BTreeSet;

use super::keys::base_of;
use crate::kind::{Catalogue, Keep, What, select_mut};
use crate::model::{Address, Layout, Resource, visit_refs};

/// Everything an object needs to be there: what it refers to, the paths it names, what its kind says.
/// `has` tells which objects of the tree there are.
pub(super) fn needs(
    catalogue: &Catalogue,
    resource: &Resource,
    has: impl Fn(&Address) -> bool,
) -> BTreeSet<Address> {
    let mut needs = BTreeSet::new();
    if let Some(table) = catalogue.table(&resource.address.kind) {
        needs.extend(table.kind.hooks.needs(resource));
        let paths = || table.rules.iter().filter(|(_, rule)| matches!(rule.what, What::Path));
        let mut spec = match paths().next() {
            Some(_) => resource.spec.clone(),
            None => serde_json::Value::Null,
        };
        for (pattern, _) in paths() {
            select_mut(&mut spec, pattern, &mut |found| {
                let named = found.as_str().into_iter().flat_map(|path| at_path(catalogue, path));
                needs.extend(named.filter(|address| has(address)));
                Keep::Yes
            });
        }
        needs.remove(&resource.address);
    }
    visit_refs(&resource.spec, &mut |_, to| {
        needs.insert(to);
    });
    needs
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

/// What may stand at a path of the tree, in whichever way the path is spelled. Objects that are kept whole may
/// also hold it: what lies in them is not captured.
fn at_path(catalogue: &Catalogue, path: &str) -> Vec<Address> {
    let plain =
        path.strip_prefix("/Workspace/").map_or_else(|| path.to_owned(), |rest| format!("/{rest}"));
    let plain = plain.trim_end_matches('/');
    let above = || plain.match_indices('/').map(|(at, _)| &plain[..at]).filter(|at| !at.is_empty());
    let in_tree = catalogue.managed().filter(|kind| kind.is_in_tree());
    in_tree
        .flat_map(|kind| {
            let holders = above().filter(|_| kind.layout == Layout::Objects);
            holders.chain([plain]).map(|path| Address::new(kind.name, path))
        })
        .collect()
}
