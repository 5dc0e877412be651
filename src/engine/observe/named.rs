//! Kinds of which only those objects are read that others name, or that somebody asks for.
//!
//! They are read last: what others name is known only when the others have been read.

use std::collections::{BTreeMap, BTreeSet};

use super::left_out::LeftOut;
use super::listing::unlisted;
use super::read::Read;
use super::{Observation, Observe};
use crate::engine::named::{meant, visit_names};
use crate::engine::select::{People, answered, excludes, may_select};
use crate::kind::{Catalogue, Kind, Listed, Listing, Scope, normalise};
use crate::model::{Address, Finding, Resource, Selector, Selectors, Severity, Snapshot};

/// Which objects are read of kinds that others name by a path.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// Those that the paths of other objects name.
    pub by_others: bool,
    /// These as well.
    pub objects: BTreeSet<Address>,
    /// Everything at or below these places, by kind.
    pub below: BTreeMap<String, BTreeSet<String>>,
}

impl Named {
    /// These objects and no others: for a comparison.
    pub fn these<'a>(objects: impl IntoIterator<Item = &'a Address>) -> Self {
        Self { objects: objects.into_iter().cloned().collect(), ..Self::default() }
    }

    /// The objects of a snapshot, and what they name: for a comparison with what is wanted.
    pub fn wanted(catalogue: &Catalogue, snapshot: &Snapshot) -> Self {
        let mut objects: BTreeSet<Address> = snapshot.resources.keys().cloned().collect();
        for resource in snapshot.resources.values() {
            let Some(table) = catalogue.table(&resource.address.kind) else { continue };
            visit_names(table, resource, &mut |what, text| {
                objects.extend(meant(catalogue, what, text));
            });
        }
        Self { objects, ..Self::default() }
    }

    /// These objects as well.
    #[must_use]
    pub fn and<'a>(mut self, objects: impl IntoIterator<Item = &'a Address>) -> Self {
        self.objects.extend(objects.into_iter().cloned());
        self
    }

    /// Everything there is.
    pub fn everything(catalogue: &Catalogue) -> Self {
        let whole = || BTreeSet::from(["/".to_owned()]);
        let below = named_kinds(catalogue).map(|kind| (kind.name.to_owned(), whole())).collect();
        Self { below, ..Self::default() }
    }

    /// Why there may be more of a kind than was read, if there may.
    fn gap(&self, kind: &Kind) -> Option<String> {
        let places = self.below.get(kind.name);
        let everywhere = places.is_some_and(|places| places.contains("/"));
        (self.by_others && !everywhere).then(|| match places {
            None => "only those that others name were read".to_owned(),
            Some(places) => {
                let places: Vec<&str> = places.iter().map(String::as_str).collect();
                format!(
                    "only those that others name or that are below {} were read",
                    places.join(", ")
                )
            }
        })
    }
}

/// The kinds that others name by a path.
pub(super) fn named_kinds(catalogue: &Catalogue) -> impl Iterator<Item = &'static Kind> {
    catalogue.managed().filter(|kind| !kind.named_by.is_empty())
}

/// Which objects name each key of a kind.
type Namers = BTreeMap<String, BTreeSet<Address>>;

/// What was listed of a kind.
struct Asked {
    listing: Result<Listing, Finding>,
    /// The objects that are named one by one.
    keys: BTreeSet<String>,
    /// What nobody selected of what is named.
    left_out: BTreeSet<Address>,
}

impl Observe<'_> {
    /// Reads what was named by what was read, and what was asked for, and adds it to `read`.
    pub(super) async fn read_named(
        &self,
        seen: &mut Observation,
        read: &mut Read,
        incomplete: &mut BTreeMap<&'static str, String>,
        selection: (&Selectors, &People),
    ) {
        let (selectors, people) = selection;
        let mut met_at_all = BTreeSet::new();
        for kind in named_kinds(self.catalogue) {
            let namers = self.namers(kind, read, seen);
            incomplete.extend(self.named.gap(kind).map(|why| (kind.name, why)));
            let Some(Asked { listing, keys, left_out }) =
                self.list_named(kind, &namers, selection).await
            else {
                continue;
            };
            let mut listing = match listing {
                Ok(listing) => listing,
                Err(finding) => {
                    incomplete.insert(kind.name, "it could not be listed".to_owned());
                    seen.snapshot.findings.push(finding);
                    continue;
                }
            };
            if listing.findings.iter().any(|finding| finding.severity == Severity::Error) {
                incomplete.insert(kind.name, "parts could not be listed".to_owned());
            }
            let mut met = BTreeSet::new();
            listing.objects.retain(|one| met.insert(one.key.clone()));
            let mut count = LeftOut::new(met.len());
            for address in &left_out {
                count.add(excludes(self.catalogue, selection, address));
            }
            if count.is_any() {
                let why = format!("only a part was read:{}", selectors.flags());
                incomplete.insert(kind.name, why);
                seen.snapshot.findings.extend(count.findings(kind.name));
            }
            met_at_all.extend(met.into_iter().map(|key| Address::new(kind.name, key)));
            met_at_all.extend(left_out);
            seen.snapshot.findings.extend(dangling(kind, &namers, &listing));
            seen.snapshot.findings.append(&mut listing.findings);
            let kept = seen.take_in(listing.objects, self, &|_| true);
            let count = kept.len();
            read.extend(self.read_all(vec![(kind, Scope::Keys(keys), kept)], count).await);
        }
        answered(self.catalogue, (selectors, people), &met_at_all, &mut seen.snapshot.findings);
    }

    /// Who names what of a kind, among what was read.
    fn namers(&self, kind: &'static Kind, read: &Read, seen: &Observation) -> Namers {
        let mut namers = Namers::new();
        if !self.named.by_others {
            return namers;
        }
        for (listed, details) in read {
            let (Some(table), Ok(details)) = (self.catalogue.table(listed.kind.name), details)
            else {
                continue;
            };
            let resource = Resource {
                address: Address::new(listed.kind.name, listed.key.clone()),
                spec: normalise(table, details.raw.clone(), &seen.index),
                grants: None,
                content: None,
            };
            visit_names(table, &resource, &mut |what, text| {
                let meant = meant(self.catalogue, what, text);
                for named in meant.into_iter().filter(|named| named.kind == kind.name) {
                    namers.entry(named.key).or_default().insert(resource.address.clone());
                }
            });
        }
        namers
    }

    /// Lists what is named and asked for of a kind; `None` where nothing is.
    async fn list_named(
        &self,
        kind: &'static Kind,
        namers: &Namers,
        (selectors, people): (&Selectors, &People),
    ) -> Option<Asked> {
        let with_needs = |one: &Selector| one.terms().iter().any(|term| term.needs);
        let all = selectors.select.iter().any(with_needs);
        let is_selected = |key: &String| {
            let address = Address::new(kind.name, key.clone());
            all || may_select(self.catalogue, selectors, people, &address)
        };
        let asked = self.named.objects.iter().filter(|address| address.kind == kind.name);
        let asked = asked.map(|address| address.key.clone());
        let (keys, left_out): (BTreeSet<String>, BTreeSet<String>) =
            namers.keys().cloned().chain(asked).partition(is_selected);
        let address = |key| Address::new(kind.name, key);
        let mut left_out: BTreeSet<Address> = left_out.into_iter().map(address).collect();
        let whole = |within| Scope::Places { within, without: BTreeSet::new() };
        let mut scopes = Vec::new();
        if !keys.is_empty() {
            scopes.push(Scope::Keys(keys.clone()));
        }
        scopes.extend(self.named.below.get(kind.name).cloned().map(whole));
        if scopes.is_empty() && left_out.is_empty() {
            return None;
        }
        let mut found = Listing::default();
        for scope in &scopes {
            match self.list(kind, scope).await {
                Ok(mut listing) => {
                    let (kept, left) =
                        listing.objects.into_iter().partition(|one| is_selected(&one.key));
                    listing.objects = kept;
                    let left: Vec<Listed> = left;
                    left_out.extend(left.into_iter().map(|one| address(one.key)));
                    found.objects.append(&mut listing.objects);
                    found.findings.append(&mut listing.findings);
                }
                Err(error) => {
                    return Some(Asked { listing: Err(unlisted(kind, &error)), keys, left_out });
                }
            }
        }
        Some(Asked { listing: Ok(found), keys, left_out })
    }
}

/// What is said of objects that name what is not there.
fn dangling(kind: &Kind, namers: &Namers, listing: &Listing) -> Vec<Finding> {
    let there: BTreeSet<&str> = listing.objects.iter().map(|one| one.key.as_str()).collect();
    let is_said = |key: &str| {
        let address = Address::new(kind.name, key);
        listing.findings.iter().any(|finding| finding.covers(&address))
    };
    let missing = namers.iter().filter(|(key, _)| !there.contains(key.as_str()) && !is_said(key));
    missing
        .flat_map(|(key, who)| who.iter().map(move |one| (key, one)))
        .map(|(key, who)| {
            let message =
                format!("it names {}:{key}, which this workspace does not have", kind.name);
            Finding::warning("dangling-reference", who, message)
        })
        .collect()
}
