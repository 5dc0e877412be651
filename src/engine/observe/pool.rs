//! Listed objects of which some are read, until it is known which are selected.

use std::collections::{BTreeMap, BTreeSet};

use super::Observe;
use super::left_out::{LeftOut, earlier, elsewhere};
use super::listing::root_of;
use super::read::{Grants, WithRights, rights_of};
use super::selected::Selected;
use crate::engine::select::{
    Chosen, People, Universe, choose, may_select, not_looked_at, rights_tell,
};
use crate::kind::{Details, Error, Index, Kind, Listed, Scope, normalise};
use crate::model::{Address, Finding, Resource, Selectors};

type Whole = Result<Details, Error>;

/// Listed objects on their way: those that wait, and those that were read.
pub(super) struct Pool<'a> {
    run: &'a Observe<'a>,
    index: &'a Index,
    pub(super) waiting: BTreeMap<Address, Listed>,
    read: BTreeMap<Address, (Listed, Whole)>,
    /// The objects that were read and have rights, as their listings tell.
    with_rights: BTreeMap<Address, WithRights>,
    grants: Grants,
}

impl<'a> Pool<'a> {
    pub(super) fn new(
        run: &'a Observe<'a>,
        index: &'a Index,
        listed: impl Iterator<Item = Listed>,
    ) -> Self {
        let waiting =
            listed.map(|one| (Address::new(one.kind.name, one.key.clone()), one)).collect();
        let (read, with_rights) = (BTreeMap::new(), BTreeMap::new());
        Self { run, index, waiting, read, with_rights, grants: Grants::new() }
    }

    /// Reads objects whole, those that wait.
    pub(super) async fn read(&mut self, wanted: &BTreeSet<Address>) {
        let mut by_root: BTreeMap<&'static str, (&'static Kind, BTreeSet<String>, Vec<Listed>)> =
            BTreeMap::new();
        for address in wanted {
            let Some(one) = self.waiting.remove(address) else { continue };
            self.with_rights.extend(rights_of(&one).map(|rights| (address.clone(), rights)));
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
    pub(super) async fn read_rights(&mut self, of: impl Fn(&Address, &Kind) -> bool) {
        if !self.run.reads_rights() {
            return;
        }
        let asked = |address: &Address| {
            self.read.get(address).is_some_and(|(listed, _)| of(address, listed.kind))
        };
        let wanted: Vec<_> = self
            .with_rights
            .iter()
            .filter(|(address, _)| asked(address))
            .map(|(_, rights)| rights.clone())
            .filter(|(kind, id, _)| !self.grants.contains_key(&(*kind, id.as_str().to_owned())))
            .collect();
        let found = self.run.grants_of(wanted, self.index).await;
        self.grants.extend(found);
    }

    /// What is known by now of the objects that were read.
    fn known(&self) -> BTreeMap<&Address, Resource> {
        self.read
            .iter()
            .filter_map(|(address, (listed, details))| {
                let table = self.run.catalogue.table(&address.kind)?;
                let grants = self.grants.get(&object(listed));
                let grants = grants.and_then(|found| found.as_ref().ok()).cloned();
                let spec = normalise(table, details.as_ref().ok()?.raw.clone(), self.index);
                Some((address, Resource { address: address.clone(), spec, grants, content: None }))
            })
            .collect()
    }

    fn addresses(&self) -> impl Iterator<Item = &Address> + Clone {
        self.waiting.keys().chain(self.read.keys())
    }

    /// Whom selectors mean, as far as it is known by now.
    pub(super) fn people(&self, selectors: &Selectors) -> People {
        let known = self.known();
        People::of(selectors, self.addresses().map(|address| (address, known.get(address))))
    }

    /// What is selected, as far as it is known by now.
    pub(super) fn choose(&self, selectors: &Selectors) -> Chosen {
        let known = self.known();
        let objects = self.addresses().map(|address| (address.clone(), known.get(address)));
        choose(selectors, &Universe::new(self.run.catalogue, objects))
    }

    /// Keeps what is selected, and what may be and cannot be read; counts the rest.
    pub(super) fn end(
        self,
        selectors: &Selectors,
        people: &People,
        mut chosen: Chosen,
    ) -> Selected {
        not_looked_at(self.run.catalogue, selectors, people)
            .into_iter()
            .for_each(|selector| chosen.forgive(selector));
        let mut left: BTreeMap<&'static str, LeftOut> = BTreeMap::new();
        let mut findings = Vec::new();
        let mut read = Vec::new();
        for (address, listed) in &self.waiting {
            left.entry(listed.kind.name).or_default().count(address, &chosen);
        }
        for (address, (listed, details)) in self.read {
            let may = details.is_err()
                && may_select(self.run.catalogue, selectors, people, &address)
                && !chosen.excludes_object(&address);
            if may || chosen.has_object(&address) {
                left.entry(listed.kind.name).or_default().of += 1;
                read.push((listed, details));
                continue;
            }
            left.entry(listed.kind.name).or_default().count(&address, &chosen);
            if rights_tell(selectors, listed.kind)
                && let Some(Err(error)) = self.grants.get(&object(&listed))
            {
                let message = format!(
                    "it is left out, because whose it is cannot be read: {}",
                    error.lasting_words()
                );
                findings.push(Finding::error("unreadable-rights", &address, message));
            }
        }
        left.retain(|_, left| left.is_any());
        findings.extend(left.iter().flat_map(|(kind, left)| left.findings(kind)));
        findings.append(&mut chosen.findings);
        findings.extend(chosen.pulled_in.iter().map(|(address, pull)| pull.finding(address)));
        let unseen = elsewhere(self.run.catalogue, selectors, people);
        let why = format!("only a part was read:{}", selectors.flags());
        let partial = left
            .into_keys()
            .chain(unseen.iter().map(|(kind, _)| *kind))
            .chain(earlier(self.run.catalogue, selectors));
        let incomplete = partial.map(|kind| (kind, why.clone())).collect();
        findings.extend(unseen.into_iter().map(|(_, finding)| finding));
        Selected { incomplete, read, grants: self.grants, findings }
    }
}

/// What the rights of an object are kept under.
fn object(listed: &Listed) -> (&'static str, String) {
    (listed.kind.name, listed.id.as_str().to_owned())
}
