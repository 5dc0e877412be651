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
    /// Nothing yet, of so many objects.
    pub(super) fn new(of: usize) -> Self {
        Self { of, ..Self::default() }
    }

    /// Counts an object.
    pub(super) fn count(&mut self, address: &Address, chosen: &Chosen) {
        if chosen.has_object(address) {
            self.of += 1;
        } else {
            self.add(chosen.excludes_object(address));
        }
    }

    /// Counts an object that is left out.
    pub(super) fn add(&mut self, is_excluded: bool) {
        self.of += 1;
        let reason = if is_excluded { &mut self.excluded } else { &mut self.unselected };
        *reason += 1;
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

/// The kinds that are kept by day, where days are left out. What their listing leaves out, it counts.
pub(super) fn earlier(catalogue: &Catalogue, selectors: &Selectors) -> Vec<&'static str> {
    let is_part = matches!(day_scope(selectors), Scope::Since(_));
    catalogue.managed().filter(|kind| is_part && kind.by_day).map(|kind| kind.name).collect()
}

/// The kinds whose objects stand in the tree, where not all of it was looked at, and what is said of that.
pub(super) fn elsewhere(
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
