//! What people change in the target in their daily work, which stays unless a plan is asked to follow the source.

use serde_json::Value;

use super::Planning;
use crate::engine::diff::same;
use crate::engine::merge::overlay;
use crate::kind::{Rule, Table, What};
use crate::model::{Finding, Merged, Resource, canonical};

/// The places that people change, each with its rule.
fn places(table: &Table) -> impl Iterator<Item = (&str, &Rule)> {
    let is_activity = |rule: &Rule| matches!(rule.what, What::Activity);
    table
        .rules
        .iter()
        .filter(move |(_, rule)| is_activity(rule))
        .map(|(at, rule)| (at.as_str(), *rule))
}

impl Planning<'_> {
    /// The wanted object, in which what people change is as the target has it. A difference that stays so is told.
    pub(super) fn with_activity(
        &mut self,
        table: &Table,
        wanted: &Resource,
        live: &Resource,
    ) -> Resource {
        if self.input.options.activity {
            return wanted.clone();
        }
        let mut merged = Vec::new();
        let mut why = "";
        for (place, rule) in places(table) {
            let (source, target) = (wanted.spec.pointer(place), live.spec.pointer(place));
            if !same(table, place, source, target) {
                why = rule.why;
                merged.push(Merged { path: place.to_owned(), value: target.cloned() });
            }
        }
        if merged.is_empty() {
            return wanted.clone();
        }
        let show =
            |spec: &Value, path: &str| spec.pointer(path).map_or("none".to_owned(), canonical);
        let fields: Vec<String> = merged
            .iter()
            .map(|Merged { path, .. }| {
                format!("{path} is {} and not {}", show(&live.spec, path), show(&wanted.spec, path))
            })
            .collect();
        let message = format!("in the target {}; it is left so", fields.join(", "));
        self.findings.push(Finding::note("left-as-it-is", &wanted.address, message).hint(why));
        let whole = overlay(table, wanted, &merged);
        self.merged.insert(wanted.address.clone(), (merged, whole.clone()));
        whole
    }
}
