//! What a selection leaves out, counted.

use crate::engine::select::{Chosen, People, day_scope, tree_scope};
use crate::kind::{Catalogue, Scope};
use crate::model::{Address, Finding, Selectors};

/// How many places of the tree are named.
const NAMED: usize = 5;

/// How much of one kind was left out, and why.
#[derive(Default)]
pub(super) struct LeftOut {
    /// How many objects the workspace showed.
    pub(super) of: usize,
    unselected: usize,
    excluded: usize,
}

impl LeftOut {
    /// Counts an object.
    pub(super) fn count(&mut self, address: &Address, chosen: &Chosen) {
        self.of += 1;
        if chosen.has_object(address) {
            return;
        }
        if chosen.excludes_object(address) {
            self.excluded += 1;
        } else {
            self.unselected += 1;
        }
    }

    /// Whether anything was left out.
    pub(super) fn is_any(&self) -> bool {
        self.unselected + self.excluded > 0
    }

    /// Says how many, a finding for each reason.
    pub(super) fn findings(&self, kind: &str) -> Vec<Finding> {
        let (unselected, excluded) = (self.unselected, self.excluded);
        let reasons =
            [(unselected, "not-selected", "not selected"), (excluded, "excluded", "excluded")];
        let reasons = reasons.into_iter().filter(|(count, ..)| *count > 0);
        reasons
            .map(|(count, code, words)| {
                let message = format!("{count} of {} left out: {words}", self.of);
                Finding::note(code, kind, message).counts(count)
            })
            .collect()
    }
}

/// The kinds of which not everything was looked at, because of where or of when it is, and what is said of that.
pub(super) fn outside(
    catalogue: &Catalogue,
    selectors: &Selectors,
    people: &People,
) -> Vec<(&'static str, Finding)> {
    let mut all = elsewhere(catalogue, selectors, people);
    if let Scope::Since(day) = day_scope(selectors) {
        let message = format!("what is of a day before {day} was not looked at");
        let kinds = catalogue.managed().filter(|kind| kind.by_day);
        all.extend(
            kinds.map(|kind| (kind.name, Finding::note("not-looked-at", kind.name, &message))),
        );
    }
    all
}

/// The kinds whose objects stand in the tree, where not all of it was looked at.
fn elsewhere(
    catalogue: &Catalogue,
    selectors: &Selectors,
    people: &People,
) -> Vec<(&'static str, Finding)> {
    let Scope::Places { within, without } = tree_scope(catalogue, selectors, people) else {
        return Vec::new();
    };
    let list = |places: &std::collections::BTreeSet<String>| {
        let named: Vec<&str> = places.iter().map(String::as_str).take(NAMED).collect();
        match places.len().saturating_sub(NAMED) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    };
    let mut parts = Vec::new();
    match within.len() {
        0 => parts.push("no part of the tree was looked at".to_owned()),
        _ if within.contains("/") => {}
        _ => parts.push(format!("what is not at or below {} was not looked at", list(&within))),
    }
    if !within.is_empty() && !without.is_empty() {
        parts.push(format!("what is at or below {} was not looked at", list(&without)));
    }
    let message = parts.join("; ");
    let kinds = catalogue.managed().filter(|kind| kind.is_in_tree());
    kinds.map(|kind| (kind.name, Finding::note("not-looked-at", kind.name, &message))).collect()
}
