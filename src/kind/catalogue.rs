//! The kinds a run is about, found by name.

use std::collections::BTreeMap;

use super::{Kind, Table};

/// The kinds a run is about, each with its table unfolded.
pub struct Catalogue {
    tables: BTreeMap<&'static str, Table>,
}

impl Catalogue {
    /// Unfolds the tables of these kinds.
    pub fn new(kinds: &[&'static Kind]) -> Self {
        Self { tables: kinds.iter().map(|kind| (kind.name, Table::of(kind))).collect() }
    }

    /// The table of a kind, if it is one of these.
    pub fn table(&self, kind: &str) -> Option<&Table> {
        self.tables.get(kind)
    }

    /// The tables of the kinds that are captured and created, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values().filter(|table| table.kind.is_managed())
    }

    /// The kind of that name, if it is one of these.
    pub fn kind(&self, name: &str) -> Option<&'static Kind> {
        self.tables.get(name).map(|table| table.kind)
    }

    /// All kinds, by name.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        self.tables.values().map(|table| table.kind)
    }

    /// The kinds that are captured and created, by name.
    pub fn managed(&self) -> impl Iterator<Item = &'static Kind> {
        self.kinds().filter(|kind| kind.is_managed())
    }
}
