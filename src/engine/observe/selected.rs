//! Reading only what is selected, and what has to be read to know that.

use std::collections::{BTreeMap, BTreeSet};

use super::Observe;
use super::listing::root_of;
use super::read::{Grants, Read, rights_of};
use crate::engine::select::{
    Chosen, Universe, asks_rights, choose, looks_everywhere, may_select, tree_places,
};
use crate::kind::{Details, Error, Index, Kind, Listed, Scope, normalise};
use crate::model::{Address, Finding, Layout, Resource, Selectors};

/// What was read, and what is said of the rest.
pub(super) struct Selected {
    pub(super) read: Read,
    pub(super) grants: Grants,
    pub(super) findings: Vec<Finding>,
    /// Kinds of which something was left out, and why they are incomplete.
    pub(super) incomplete: BTreeMap<&'static str, String>,
}

type Whole = Result<Details, Error>;

/// Listed objects on their way: those that wait, and those that were read.
struct Pool<'a> {
    run: &'a Observe<'a>,
    index: &'a Index,
    waiting: BTreeMap<Address, Listed>,
    read: BTreeMap<Address, (Listed, Whole)>,
    grants: Grants,
}

fn in_tree(kind: &Kind) -> bool {
    kind.layout != Layout::Objects
}

impl Observe<'_> {
    /// Of the tree only the places are walked in which something may be selected.
    pub(super) fn scope_of_selected(
        &self,
        root: &'static Kind,
        scope: Scope,
        selectors: &Selectors,
    ) -> Scope {
        match (scope, tree_places(self.catalogue, selectors)) {
            (Scope::Everything, Some(places)) if in_tree(root) => Scope::Below(places),
            (scope, _) => scope,
        }
    }

    /// Reads the listed objects that selectors select.
    ///
    /// What the addresses do not tell is read, until nothing is left that may be selected and is unknown.
    pub(super) async fn read_selected(
        &self,
        selectors: &Selectors,
        kept: Vec<(&'static Kind, Scope, Vec<Listed>)>,
        index: &Index,
    ) -> Selected {
        let listed = kept.into_iter().flat_map(|(_, _, listed)| listed);
        let waiting: BTreeMap<Address, Listed> =
            listed.map(|one| (Address::new(one.kind.name, one.key.clone()), one)).collect();
        let everywhere = looks_everywhere(selectors);
        let mut wanted: BTreeSet<Address> = waiting
            .keys()
            .filter(|one| everywhere || may_select(self.catalogue, selectors, one))
            .cloned()
            .collect();
        let mut pool =
            Pool { run: self, index, waiting, read: BTreeMap::new(), grants: Grants::new() };
        let rights_tell = asks_rights(selectors);
        let chosen = loop {
            pool.read(&wanted).await;
            if rights_tell {
                pool.read_rights(|_| true).await;
            }
            let chosen = pool.choose(selectors);
            let reached = chosen.reached.iter();
            wanted = pool.waiting.keys().filter(|one| chosen.has_object(one)).cloned().collect();
            wanted.extend(reached.filter(|one| pool.waiting.contains_key(one)).cloned());
            if wanted.is_empty() {
                break chosen;
            }
        };
        pool.read_rights(|address| chosen.has_object(address)).await;
        pool.end(selectors, chosen)
    }
}

impl Pool<'_> {
    async fn read(&mut self, wanted: &BTreeSet<Address>) {
        let mut by_root: BTreeMap<&'static str, (&'static Kind, BTreeSet<String>, Vec<Listed>)> =
            BTreeMap::new();
        for address in wanted {
            let Some(one) = self.waiting.remove(address) else { continue };
            let root = root_of(one.kind);
            let (_, keys, listed) =
                by_root.entry(root.name).or_insert((root, BTreeSet::new(), Vec::new()));
            keys.insert(one.key.clone());
            listed.push(one);
        }
        let kept: Vec<(&'static Kind, Scope, Vec<Listed>)> = by_root
            .into_values()
            .map(|(root, keys, listed)| (root, Scope::Keys(keys), listed))
            .collect();
        let objects = kept.iter().map(|(_, _, listed)| listed.len()).sum();
        for (listed, details) in self.run.read_all(kept, objects).await {
            let address = Address::new(listed.kind.name, listed.key.clone());
            self.read.insert(address, (listed, details));
        }
    }

    /// Reads the rights, not yet read, of some of the objects that were read.
    async fn read_rights(&mut self, of: impl Fn(&Address) -> bool) {
        if !self.run.reads_rights() {
            return;
        }
        let read = self.read.iter().filter(|(address, _)| of(address));
        let wanted: Vec<_> = read
            .filter_map(|(_, (listed, _))| rights_of(listed))
            .filter(|(object, _)| !self.grants.contains_key(object))
            .collect();
        let found = self.run.grants_of(wanted, self.index).await;
        self.grants.extend(found);
    }

    /// What is selected, as far as it is known by now.
    fn choose(&self, selectors: &Selectors) -> Chosen {
        let known: BTreeMap<&Address, Resource> = self
            .read
            .iter()
            .filter_map(|(address, (listed, details))| {
                let table = self.run.catalogue.table(&address.kind)?;
                let object = (listed.kind.name, listed.id.as_str().to_owned());
                let grants = self.grants.get(&object).and_then(|found| found.as_ref().ok());
                let spec = normalise(table, details.as_ref().ok()?.raw.clone(), self.index);
                let (address_of, grants) = (address.clone(), grants.cloned());
                Some((address, Resource { address: address_of, spec, grants, content: None }))
            })
            .collect();
        let all = self.waiting.keys().chain(self.read.keys());
        let objects = all.map(|address| (address.clone(), known.get(address)));
        choose(selectors, &Universe::new(self.run.catalogue, objects))
    }

    /// Keeps what is selected, and counts what is not.
    fn end(self, selectors: &Selectors, chosen: Chosen) -> Selected {
        let mut left: BTreeMap<&'static str, Left> = BTreeMap::new();
        let all = self.waiting.iter().chain(self.read.iter().map(|(a, (listed, _))| (a, listed)));
        for (address, listed) in all {
            let left = left.entry(listed.kind.name).or_default();
            left.of += 1;
            left.excluded += usize::from(chosen.excludes_object(address));
            left.out += usize::from(!chosen.has_object(address));
        }
        left.retain(|_, left| left.out > 0);
        let flags = selectors.flags();
        let why = format!("only a part was read:{flags}");
        let mut findings: Vec<Finding> =
            left.iter().map(|(kind, left)| left.finding(kind)).collect();
        findings.extend(chosen.findings.iter().cloned());
        findings.extend(chosen.pulled_in.iter().map(|(address, pull)| pull.finding(address)));
        let mut incomplete: BTreeMap<&'static str, String> =
            left.into_keys().map(|kind| (kind, why.clone())).collect();
        if let Some(places) = tree_places(self.run.catalogue, selectors)
            && !places.contains("/")
        {
            let names: Vec<&str> = places.iter().map(String::as_str).collect();
            for kind in self.run.catalogue.managed().filter(|kind| in_tree(kind)) {
                let message =
                    format!("what is not at or below {} was not looked at", names.join(", "));
                findings.push(Finding::note("not-selected", kind.name, message));
                incomplete.entry(kind.name).or_insert_with(|| why.clone());
            }
        }
        Selected {
            incomplete,
            read: self
                .read
                .into_iter()
                .filter(|(address, _)| chosen.has_object(address))
                .map(|(_, read)| read)
                .collect(),
            grants: self.grants,
            findings,
        }
    }
}

/// How much of one kind was left out.
#[derive(Default)]
struct Left {
    of: usize,
    out: usize,
    excluded: usize,
}

impl Left {
    fn finding(&self, kind: &str) -> Finding {
        let excluded = self.excluded.min(self.out);
        let reasons = match (self.out - excluded, excluded) {
            (out, 0) => format!("{out} not selected"),
            (0, excluded) => format!("{excluded} excluded"),
            (out, excluded) => format!("{out} not selected, {excluded} excluded"),
        };
        let message = format!("{} of {} were left out: {reasons}", self.out, self.of);
        Finding::note("not-selected", kind, message)
    }
}
