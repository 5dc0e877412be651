//! What settings name without referring to it: files and folders by their place, cloud roles by their ARN.

use crate::kind::{Catalogue, Keep, Kind, Place, Table, What, select_mut};
use crate::model::{Address, Layout, Resource};

/// Calls `visit` for every text of a resource that names something by its place or its ARN.
pub(super) fn visit_names(table: &Table, resource: &Resource, visit: &mut dyn FnMut(What, &str)) {
    let names = |what: What| what.is_place() || matches!(what, What::Arn);
    let mut rules = table.rules.iter().filter(|(_, rule)| names(rule.what)).peekable();
    if rules.peek().is_none() {
        return;
    }
    let mut spec = resource.spec.clone();
    for (pattern, rule) in rules {
        select_mut(&mut spec, pattern, &mut |found| {
            if let Some(text) = found.as_str() {
                visit(rule.what, text);
            }
            Keep::Yes
        });
    }
}

/// The addresses of what a text may name; at most one of them is there.
pub(super) fn meant(catalogue: &Catalogue, what: What, text: &str) -> Vec<Address> {
    let keyed = |word: fn(What) -> bool, key: &str| -> Vec<Address> {
        let tables = catalogue.tables().filter(|table| {
            table.key.iter().any(|what| word(*what))
                || word(What::Path) && table.kind.layout != Layout::Objects
        });
        tables.map(|table| Address::new(table.kind.name, key)).collect()
    };
    match what {
        What::Arn => keyed(|word| matches!(word, What::Arn), text),
        _ => match Place::of(text) {
            Some(Place::Tree(path)) => {
                let mut all = keyed(What::is_place, &path);
                all.extend(holders(catalogue, &path));
                all
            }
            Some(Place::Dbfs(path)) => {
                let kinds = catalogue.tables().map(|table| table.kind);
                kinds.filter_map(|kind| Some(Address::new(kind.name, kind.named(&path)?))).collect()
            }
            Some(Place::Elsewhere) | None => Vec::new(),
        },
    }
}

/// What may hold the object at a path of the tree and is kept as one thing, so that what lies in it is no object of its own.
fn holders(catalogue: &Catalogue, path: &str) -> Vec<Address> {
    let whole = |kind: &&Kind| kind.is_in_tree() && kind.layout == Layout::Objects;
    let above = || path.match_indices('/').map(|(at, _)| &path[..at]).filter(|at| !at.is_empty());
    catalogue
        .managed()
        .filter(whole)
        .flat_map(|kind| above().map(|path| Address::new(kind.name, path)))
        .collect()
}
