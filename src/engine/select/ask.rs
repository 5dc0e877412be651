//! What has to be read of a workspace before selectors can be answered.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::people::People;
use super::test::by_address;
use crate::kind::{Catalogue, Kind, Scope, is_within};
use crate::model::{Address, Selector, Selectors, Term, Test};

/// Whether everything has to be read: anything might need what is asked for, or what is *not* needed is asked for.
pub fn looks_everywhere(selectors: &Selectors) -> bool {
    let backwards = |term: &Term| term.dependents || term.needs && term.negated;
    selectors.select.iter().flat_map(Selector::terms).any(backwards)
        || selectors.exclude.iter().flat_map(Selector::terms).any(Term::spreads)
}

/// Whether rights have to be read to tell what is selected.
pub fn asks_rights(selectors: &Selectors) -> bool {
    let asks = |term: &Term| term.spreads() || matches!(term.test, Test::Owner(_) | Test::Of(..));
    selectors.all().flat_map(Selector::terms).any(asks)
}

/// Whether rights on objects of this kind have to be read to tell which are selected.
pub(crate) fn rights_tell(selectors: &Selectors, kind: &Kind) -> bool {
    let owned = kind.acl.is_some_and(|acl| acl.owner.is_some());
    let asks = |term: &Term| match term.test {
        _ if term.spreads() => true,
        Test::Owner(_) | Test::Of(..) => owned,
        _ => false,
    };
    selectors.all().flat_map(Selector::terms).any(asks)
}

/// Whether an object may be selected, or lead to one that is, as far as its address tells.
pub(crate) fn may_select(
    catalogue: &Catalogue,
    selectors: &Selectors,
    people: &People,
    address: &Address,
) -> bool {
    let surely = |term: &Term, wanted: bool| {
        !term.spreads()
            && by_address(catalogue, people, &term.test, address)
                .is_some_and(|holds| (holds != term.negated) == wanted)
    };
    let leads = |term: &Term| {
        term.spreads() && by_address(catalogue, people, &term.test, address).unwrap_or(true)
    };
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

/// Whether selectors exclude an object by what its address tells.
pub(crate) fn excludes(
    catalogue: &Catalogue,
    (selectors, people): (&Selectors, &People),
    address: &Address,
) -> bool {
    let exclude = selectors.exclude.clone();
    let without = Selectors { select: Vec::new(), exclude };
    !may_select(catalogue, &without, people, address)
}

/// The part of the tree in which everything of it is that may be selected or is referred to.
pub(crate) fn tree_scope(catalogue: &Catalogue, selectors: &Selectors, people: &People) -> Scope {
    let refers = catalogue
        .kinds()
        .filter(|kind| !kind.is_in_tree())
        .filter_map(|kind| catalogue.table(kind.name))
        .flat_map(|table| &table.refs)
        .any(|(_, reference)| reference.to.iter().any(|kind| kind.is_in_tree()));
    let leads = |selector: &Selector| selector.terms().iter().any(Term::spreads);
    if refers || looks_everywhere(selectors) || selectors.select.iter().any(leads) {
        return Scope::Everything;
    }
    let whole = || BTreeSet::from(["/".to_owned()]);
    let within = if selectors.select.is_empty() {
        whole()
    } else {
        let places = selectors.select.iter().map(|one| places(catalogue, one, people));
        outermost(&places.flat_map(|places| places.unwrap_or_else(whole)).collect())
    };
    let without = outermost(&selectors.exclude.iter().filter_map(excluded_place).collect());
    if within == whole() && without.is_empty() {
        return Scope::Everything;
    }
    Scope::Places { within, without }
}

/// The days of which everything is that may be selected of a kind that is kept by day.
pub(crate) fn day_scope(selectors: &Selectors) -> Scope {
    let leads = |selector: &Selector| selector.terms().iter().any(Term::spreads);
    let first = selectors.exclude.iter().filter_map(excluded_days).max();
    match first {
        Some(day) if !looks_everywhere(selectors) && !selectors.select.iter().any(leads) => {
            Scope::Since(day)
        }
        _ => Scope::Everything,
    }
}

/// The day before which a selector leaves out everything, if it is about no more than that.
fn excluded_days(selector: &Selector) -> Option<Date> {
    match selector.terms() {
        [Term { negated: false, needs: false, dependents: false, test: Test::Before(day) }] => {
            Some(*day)
        }
        _ => None,
    }
}

/// The paths at or below which everything of the tree is that a selector may select; `None` for anywhere.
fn places(catalogue: &Catalogue, selector: &Selector, people: &People) -> Option<BTreeSet<String>> {
    let is_of_tree = |kind: &String| catalogue.kind(kind).is_some_and(Kind::is_in_tree);
    let of_term = |term: &Term| match &term.test {
        Test::Path(path) => Some(BTreeSet::from([path.place()])),
        Test::Address(kind, key) if is_of_tree(kind) => Some(BTreeSet::from([key.place()])),
        Test::Kind(kind) | Test::Address(kind, _) if !is_of_tree(kind) => Some(BTreeSet::new()),
        Test::Of(..) => Some(people.homes(&term.test).collect()),
        Test::Tag(..) | Test::Owner(_) | Test::Before(_) => Some(BTreeSet::new()),
        Test::Kind(_) | Test::Address(..) | Test::Action(_) => None,
    };
    // All terms have to hold, so the one that leaves least is enough.
    let terms = selector.terms().iter().filter(|term| !term.negated);
    terms.filter_map(of_term).min_by_key(BTreeSet::len)
}

/// The path that a selector leaves out with everything below, if it is about no more than that.
fn excluded_place(selector: &Selector) -> Option<String> {
    match selector.terms() {
        [Term { negated: false, needs: false, dependents: false, test: Test::Path(path) }] => {
            path.literal()
        }
        _ => None,
    }
}

/// The selectors that are carried out by not looking at what they exclude.
pub(crate) fn not_looked_at<'a>(
    catalogue: &Catalogue,
    selectors: &'a Selectors,
    people: &People,
) -> Vec<&'a Selector> {
    let without = match tree_scope(catalogue, selectors, people) {
        Scope::Places { without, .. } => without,
        Scope::Everything | Scope::Keys(_) | Scope::Since(_) => BTreeSet::new(),
    };
    let is_by_day = catalogue.managed().any(|kind| kind.by_day);
    let since = match day_scope(selectors) {
        Scope::Since(day) if is_by_day => Some(day),
        _ => None,
    };
    let is_left = |place: String| without.iter().any(|outer| is_within(&place, outer));
    let of_kind = |kind: &str| catalogue.kind(kind).is_none();
    let all = selectors.exclude.iter();
    all.filter(|one| {
        excluded_kind(one).is_some_and(of_kind)
            || excluded_place(one).is_some_and(is_left)
            || since.is_some() && excluded_days(one).is_some()
    })
    .collect()
}

/// The kind that a selector leaves out, if it is about no more than that.
fn excluded_kind(selector: &Selector) -> Option<&str> {
    match selector.terms() {
        [Term { negated: false, needs: false, dependents: false, test: Test::Kind(kind) }] => {
            Some(kind)
        }
        _ => None,
    }
}

/// Paths without those that are below others.
fn outermost(paths: &BTreeSet<String>) -> BTreeSet<String> {
    let is_below = |path: &String, other: &String| path != other && is_within(path, other);
    let outer = paths.iter().filter(|path| !paths.iter().any(|other| is_below(path, other)));
    outer.cloned().collect()
}

/// The kinds whose objects may be selected, by name.
pub fn of_kinds(catalogue: &Catalogue, selectors: &Selectors) -> BTreeSet<String> {
    let every = || catalogue.kinds().map(|kind| kind.name.to_owned()).collect();
    let mut all = if selectors.select.is_empty() { every() } else { BTreeSet::new() };
    for selector in &selectors.select {
        all.extend(of_one(catalogue, selector).unwrap_or_else(every));
    }
    for kind in selectors.exclude.iter().filter_map(excluded_kind) {
        all.remove(kind);
    }
    all
}

/// The kinds whose objects a selector may select, if not all.
fn of_one(catalogue: &Catalogue, selector: &Selector) -> Option<BTreeSet<String>> {
    let mut named: Option<BTreeSet<String>> = None;
    for term in selector.terms().iter().filter(|term| !term.negated && !term.spreads()) {
        let kinds: BTreeSet<String> = match &term.test {
            Test::Kind(kind) | Test::Address(kind, _) => BTreeSet::from([kind.clone()]),
            Test::Path(_) => catalogue
                .kinds()
                .filter(|kind| kind.is_in_tree())
                .map(|kind| kind.name.to_owned())
                .collect(),
            Test::Before(_) => catalogue
                .kinds()
                .filter(|kind| kind.by_day)
                .map(|kind| kind.name.to_owned())
                .collect(),
            Test::Tag(..) | Test::Owner(_) | Test::Of(..) | Test::Action(_) => continue,
        };
        named = Some(match named {
            Some(before) => before.intersection(&kinds).cloned().collect(),
            None => kinds,
        });
    }
    named
}
