//! Changes of access as the page shows them.

use serde::Serialize;

use super::table::Table;
use crate::cli::render::text::plain;
use crate::engine::{Access, AccessChange, Effect};
use crate::model::Address;

/// An address as the page writes it: kind and key.
pub(super) type Name = (String, String);

/// The same change for some people on some objects; addresses by their numbers.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    effect: Effect,
    people: Vec<usize>,
    objects: Vec<usize>,
    kind: String,
    before: String,
    after: String,
    through: Vec<usize>,
    folder: Option<usize>,
}

/// The name of an address, with nothing in it that moves a cursor or turns the direction of writing.
pub(super) fn name(address: &Address) -> Name {
    (plain(&address.kind), plain(&address.key))
}

/// Draws all changes of access.
pub(super) fn rows(access: &Access, names: &mut Table<Name>) -> Vec<Row> {
    let mut row = |change: &AccessChange| {
        let mut numbers = |addresses: &[Address]| -> Vec<usize> {
            addresses.iter().map(|one| names.number(&name(one))).collect()
        };
        let levels = |levels: &std::collections::BTreeSet<String>| {
            plain(&levels.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        };
        Row {
            effect: change.effect,
            people: numbers(&change.people),
            objects: numbers(&change.objects),
            kind: change.kind.clone(),
            before: levels(&change.before),
            after: levels(&change.after),
            through: numbers(&change.through),
            folder: change.folder.as_ref().map(|folder| names.number(&name(folder))),
        }
    };
    access.changes.iter().map(&mut row).collect()
}
