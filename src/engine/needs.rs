//! What one object needs of others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::keys::base_of;
use crate::kind::{Catalogue, Keep, Kind, Table, What, select_mut};
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
        visit_paths(table, &resource.spec, &mut |path| {
            needs.extend(at_path(catalogue, path).into_iter().filter(|address| has(address)));
        });
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

/// Calls `visit` for every path that a spec names.
pub(super) fn visit_paths(table: &Table, spec: &Value, visit: &mut dyn FnMut(&str)) {
    let paths = || table.rules.iter().filter(|(_, rule)| matches!(rule.what, What::Path));
    if paths().next().is_none() {
        return;
    }
    let mut spec = spec.clone();
    for (pattern, _) in paths() {
        select_mut(&mut spec, pattern, &mut |found| {
            found.as_str().into_iter().for_each(&mut *visit);
            Keep::Yes
        });
    }
}

/// What may stand at a path, in whichever way the path is spelled.
fn at_path(catalogue: &Catalogue, path: &str) -> Vec<Address> {
    let by_name = |kind: &&'static Kind| Some(Address::new(kind.name, kind.named(path)?));
    let named: Vec<Address> = catalogue.managed().filter_map(|kind| by_name(&kind)).collect();
    if !named.is_empty() {
        return named;
    }
    let plain =
        path.strip_prefix("/Workspace/").map_or_else(|| path.to_owned(), |rest| format!("/{rest}"));
    let in_tree = catalogue.managed().filter(|kind| !matches!(kind.layout, Layout::Objects));
    in_tree.map(|kind| Address::new(kind.name, plain.trim_end_matches('/'))).collect()
}
