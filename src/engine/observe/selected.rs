//! Reading only what is selected, and what has to be read to know that.

use std::collections::{BTreeMap, BTreeSet};

use super::Observe;
use super::listing::root_of;
use super::pool::Pool;
use super::read::{Grants, Read};
use crate::engine::select::{
    People, day_scope, kinds_of_people, looks_everywhere, may_select, rights_tell, tree_scope,
};
use crate::kind::{Index, Kind, Listed, Scope};
use crate::model::{Address, Finding, Selectors};

/// What was read, and what is said of the rest.
pub(super) struct Selected {
    pub(super) read: Read,
    pub(super) grants: Grants,
    pub(super) findings: Vec<Finding>,
    /// Kinds of which something was left out, and why they are incomplete.
    pub(super) incomplete: BTreeMap<&'static str, String>,
}

impl Observe<'_> {
    /// Of the tree only the places are walked in which something may be selected, and of what is kept by day
    /// only the days.
    pub(super) fn scope_of_selected(
        &self,
        root: &'static Kind,
        scope: Scope,
        selectors: &Selectors,
        people: &People,
    ) -> Scope {
        match scope {
            Scope::Everything if root.is_in_tree() => tree_scope(self.catalogue, selectors, people),
            Scope::Everything if root.by_day => day_scope(selectors),
            scope => scope,
        }
    }

    /// The kinds that have to be listed to know whom selectors mean: those they name, and what is in these.
    pub(super) fn kinds_of_people(&self, selectors: &Selectors) -> BTreeSet<&'static str> {
        let named = kinds_of_people(selectors);
        let tables = named.iter().filter_map(|kind| self.catalogue.table(kind));
        tables
            .flat_map(|table| {
                let inside = table.refs.iter().flat_map(|(_, reference)| reference.to);
                inside.copied().chain([table.kind]).map(|kind| root_of(kind).name)
            })
            .collect()
    }

    /// Works out whom selectors mean, and reads for it those of the listed objects that others may be in.
    pub(super) async fn people(
        &self,
        selectors: &Selectors,
        kept: &[(&'static Kind, Scope, Vec<Listed>)],
        index: &Index,
    ) -> People {
        let listed = kept.iter().flat_map(|(_, _, listed)| listed);
        let mut pool = Pool::new(self, index, listed.cloned());
        loop {
            let people = pool.people(selectors);
            let may_hold = |address: &&Address| {
                let table = self.catalogue.table(&address.kind);
                table.is_some_and(|table| !table.refs.is_empty())
            };
            let groups = people.everybody().into_iter().filter(may_hold);
            let unread: BTreeSet<Address> =
                groups.filter(|one| pool.waiting.contains_key(*one)).cloned().collect();
            if unread.is_empty() {
                return people;
            }
            pool.read(&unread).await;
        }
    }

    /// Reads the listed objects that selectors select.
    ///
    /// What the addresses do not tell is read, until nothing is left that may be selected and is unknown.
    pub(super) async fn read_selected(
        &self,
        selectors: &Selectors,
        people: &People,
        kept: Vec<(&'static Kind, Scope, Vec<Listed>)>,
        index: &Index,
    ) -> Selected {
        let mut pool = Pool::new(self, index, kept.into_iter().flat_map(|(_, _, listed)| listed));
        let everywhere = looks_everywhere(selectors);
        let mut wanted: BTreeSet<Address> = pool
            .waiting
            .keys()
            .filter(|one| everywhere || may_select(self.catalogue, selectors, people, one))
            .cloned()
            .collect();
        let chosen = loop {
            pool.read(&wanted).await;
            pool.read_rights(|_, kind| rights_tell(selectors, kind)).await;
            let chosen = pool.choose(selectors);
            let reached = chosen.reached.iter();
            wanted = pool.waiting.keys().filter(|one| chosen.has_object(one)).cloned().collect();
            wanted.extend(reached.filter(|one| pool.waiting.contains_key(one)).cloned());
            if wanted.is_empty() {
                break chosen;
            }
        };
        pool.read_rights(|address, _| chosen.has_object(address)).await;
        pool.end(selectors, people, chosen)
    }
}
