//! What one object needs of others.

use std::collections::BTreeSet;

use super::keys::base_of;
use crate::kind::{Catalogue, Keep, What, select_mut};
use crate::model::{Address, Layout, Resource, visit_refs};

/// Everything an object needs: what it refers to, the paths it names, what its kind says, and the
/// namesake before it. `has` tells which objects of the tree there are.
pub(super) fn needs(
    catalogue: &Catalogue,
    resource: &Resource,
    has: impl Fn(&Address) -> bool,
) -> BTreeSet<Address> {
    let mut needs = BTreeSet::new();
    visit_refs(&resource.spec, &mut |_, to| {
        needs.insert(to);
    });
    let Some(table) = catalogue.table(&resource.address.kind) else { return needs };
    needs.extend(table.kind.hooks.needs(resource));
    let mut spec = resource.spec.clone();
    for (pattern, _) in table.rules.iter().filter(|(_, rule)| matches!(rule.what, What::Path)) {
        select_mut(&mut spec, pattern, &mut |found| {
            let named = found.as_str().into_iter().flat_map(|path| at_path(catalogue, path));
            needs.extend(named.filter(|address| has(address)));
            Keep::Yes
        });
    }
    let base = base_of(&resource.address.key);
    if base != resource.address.key
        && let Some(number) = resource.address.key[base.len() + 1..].parse::<u32>().ok()
    {
        let before = if number == 2 { base.to_owned() } else { format!("{base}~{}", number - 1) };
        needs.insert(Address::new(resource.address.kind.clone(), before));
    }
    needs.remove(&resource.address);
    visit_refs(&resource.spec, &mut |_, to| {
        if to == resource.address {
            needs.insert(to);
        }
    });
    needs
}

/// What may stand at a path of the tree, in whichever way the path is spelled.
fn at_path(catalogue: &Catalogue, path: &str) -> Vec<Address> {
    let plain =
        path.strip_prefix("/Workspace/").map_or_else(|| path.to_owned(), |rest| format!("/{rest}"));
    let in_tree = catalogue.managed().filter(|kind| !matches!(kind.layout, Layout::Objects));
    in_tree.map(|kind| Address::new(kind.name, plain.trim_end_matches('/'))).collect()
}
