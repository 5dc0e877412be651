//! What has to be read of a workspace before selectors can be answered.

use std::collections::BTreeSet;

use super::test::by_address;
use crate::kind::{Catalogue, Kind, Scope};
use crate::model::{Address, Selector, Selectors, Term, Test};

/// Whether everything has to be read: anything might need what is asked for, or what is *not* needed is asked for.
pub fn looks_everywhere(selectors: &Selectors) -> bool {
    let backwards = |term: &Term| term.dependents || term.needs && term.negated;
    selectors.select.iter().flat_map(Selector::terms).any(backwards)
        || selectors.exclude.iter().flat_map(Selector::terms).any(Term::spreads)
}

/// Whether rights have to be read to tell what is selected.
pub fn asks_rights(selectors: &Selectors) -> bool {
    let asks = |term: &Term| term.spreads() || matches!(term.test, Test::Owner(_));
    selectors.all().flat_map(Selector::terms).any(asks)
}

/// Whether an object may be selected, or lead to one that is, as far as its address tells.
pub fn may_select(catalogue: &Catalogue, selectors: &Selectors, address: &Address) -> bool {
    let surely = |term: &Term, wanted: bool| {
        !term.spreads()
            && by_address(catalogue, &term.test, address)
                .is_some_and(|holds| (holds != term.negated) == wanted)
    };
    let leads =
        |term: &Term| term.spreads() && by_address(catalogue, &term.test, address).unwrap_or(true);
    let may = |selector: &Selector| {
        let terms = selector.terms();
        if terms.iter().any(Term::spreads) {
            terms.iter().any(leads)
        } else {
            !terms.iter().any(|term| surely(term, false))
        }
    };
    let excluded =
        || selectors.exclude.iter().any(|one| one.terms().iter().all(|term| surely(term, true)));
    if selectors.select.is_empty() {
        return !excluded();
    }
    let leading = |one: &Selector| one.terms().iter().any(leads);
    selectors.select.iter().any(leading) || selectors.select.iter().any(may) && !excluded()
}

/// The paths of the tree at or below which everything of it is that may be selected or is referred to; `None`
/// where it may be anywhere.
pub(crate) fn tree_places(
    catalogue: &Catalogue,
    selectors: &Selectors,
) -> Option<BTreeSet<String>> {
    let refers = catalogue
        .kinds()
        .filter(|kind| !kind.is_in_tree())
        .filter_map(|kind| catalogue.table(kind.name))
        .flat_map(|table| &table.refs)
        .any(|(_, reference)| reference.to.iter().any(|kind| kind.is_in_tree()));
    if refers || selectors.select.is_empty() || looks_everywhere(selectors) {
        return None;
    }
    let mut places = BTreeSet::new();
    for selector in &selectors.select {
        if selector.terms().iter().any(Term::spreads) {
            return None;
        }
        let terms = selector.terms().iter().filter(|term| !term.negated);
        let place = |term: &Term| match &term.test {
            Test::Path(path) => Some(Some(path.place())),
            Test::Address(kind, key) if catalogue.kind(kind).is_some_and(Kind::is_in_tree) => {
                Some(Some(key.place()))
            }
            Test::Kind(kind) | Test::Address(kind, _)
                if !catalogue.kind(kind).is_some_and(Kind::is_in_tree) =>
            {
                Some(None)
            }
            _ => None,
        };
        places.extend(terms.into_iter().find_map(place)?);
    }
    let below = |path: &String, other: &String| {
        path != other && Scope::Below([other.clone()].into()).has(path)
    };
    Some(
        places
            .iter()
            .filter(|path| !places.iter().any(|other| below(path, other)))
            .cloned()
            .collect(),
    )
}

/// The kinds whose objects may be selected, if not all.
pub fn of_kinds(catalogue: &Catalogue, selectors: &Selectors) -> Option<BTreeSet<String>> {
    if selectors.select.is_empty() {
        return None;
    }
    let mut all = BTreeSet::new();
    for selector in &selectors.select {
        let mut named: Option<BTreeSet<String>> = None;
        for term in selector.terms() {
            let kinds: BTreeSet<String> = match &term.test {
                _ if term.spreads() => return None,
                _ if term.negated => continue,
                Test::Kind(kind) | Test::Address(kind, _) => BTreeSet::from([kind.clone()]),
                Test::Path(_) => catalogue
                    .kinds()
                    .filter(|kind| kind.is_in_tree())
                    .map(|kind| kind.name.to_owned())
                    .collect(),
                Test::Tag(..) | Test::Owner(_) | Test::Action(_) => continue,
            };
            named = Some(match named {
                Some(before) => before.intersection(&kinds).cloned().collect(),
                None => kinds,
            });
        }
        all.extend(named?);
    }
    Some(all)
}
