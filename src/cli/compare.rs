//! The difference between two snapshots, as steps from the one to the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::engine;
use crate::kind::Catalogue;
use crate::model::{Address, Change, FieldChange, Resource, Snapshot, Step, StepId};

/// Two snapshots, compared.
pub(super) struct Comparison {
    /// What differs.
    pub steps: Vec<Step>,
    /// How many objects are the same.
    pub same: usize,
}

/// Says what leads from `before` to `after`.
pub(super) fn compare(catalogue: &Catalogue, before: &Snapshot, after: &Snapshot) -> Comparison {
    let addresses: BTreeSet<&Address> =
        before.resources.keys().chain(after.resources.keys()).collect();
    let mut comparison = Comparison { steps: Vec::new(), same: 0 };
    for address in addresses {
        let (old, new) = (before.resources.get(address), after.resources.get(address));
        let changes = match (old, new) {
            (None, Some(_)) => vec![(Change::Create, Vec::new())],
            (Some(_), None) => vec![(Change::Delete, Vec::new())],
            (Some(old), Some(new)) => changes(catalogue, old, new),
            (None, None) => Vec::new(),
        };
        if changes.is_empty() {
            comparison.same += 1;
        }
        for (change, fields) in changes {
            Comparison::add(&mut comparison.steps, address, change, fields);
        }
    }
    comparison
}

/// Says what leads from wanted objects to those that were found in their place, as the kinds' tables see it:
/// objects are the same where applying the wanted one would send nothing.
pub(super) fn against<'a>(
    catalogue: &Catalogue,
    pairs: impl Iterator<Item = (&'a Resource, &'a Resource)>,
) -> Comparison {
    let mut comparison = Comparison { steps: Vec::new(), same: 0 };
    for (wanted, found) in pairs {
        let mut fields = match catalogue.table(&wanted.address.kind) {
            Some(table) => engine::diff(table, wanted, found),
            None => Vec::new(),
        };
        for field in &mut fields {
            std::mem::swap(&mut field.before, &mut field.after);
        }
        let both = wanted.grants.is_some() && found.grants.is_some();
        let rights = if both { rights(wanted, found) } else { Vec::new() };
        if fields.is_empty() && rights.is_empty() {
            comparison.same += 1;
        }
        for (change, fields) in [(Change::Update, fields), (Change::Grants, rights)] {
            if !fields.is_empty() {
                Comparison::add(&mut comparison.steps, &wanted.address, change, fields);
            }
        }
    }
    comparison
}

/// Takes out of two snapshots what only one has, where the other was not to hold it; how much, by kind.
pub(super) fn set_aside(before: &mut Snapshot, after: &mut Snapshot) -> BTreeMap<String, usize> {
    let mut aside = BTreeMap::new();
    let mut retain = |side: &mut Snapshot, other: &Snapshot| {
        side.resources.retain(|address, _| {
            let keeps = other.resources.contains_key(address) || !other.may_hide(&address.kind);
            if !keeps {
                *aside.entry(address.kind.clone()).or_default() += 1;
            }
            keeps
        });
    };
    retain(before, after);
    retain(after, before);
    aside
}

impl Comparison {
    /// Adds a difference to others.
    pub(super) fn add(
        steps: &mut Vec<Step>,
        address: &Address,
        change: Change,
        fields: Vec<FieldChange>,
    ) {
        let id = StepId::try_from(steps.len() + 1).unwrap_or(StepId::MAX);
        steps.push(Step { fields, ..Step::new(id, address.clone(), change) });
    }
}

/// What is different in an object: fields, content and rights.
///
/// Where nothing differs but what the server fills in, that is told.
pub(super) fn differences(
    catalogue: &Catalogue,
    old: &Resource,
    new: &Resource,
) -> Vec<FieldChange> {
    let fields: Vec<FieldChange> =
        changes(catalogue, old, new).into_iter().flat_map(|(_, fields)| fields).collect();
    if !fields.is_empty() {
        return fields;
    }
    let table = catalogue.table(&new.address.kind);
    by_path(&engine::leaves(table, &old.spec), &engine::leaves(table, &new.spec))
}

fn changes(
    catalogue: &Catalogue,
    old: &Resource,
    new: &Resource,
) -> Vec<(Change, Vec<FieldChange>)> {
    let mut changes = Vec::new();
    if old.digest() != new.digest() {
        let fields = match catalogue.table(&old.address.kind) {
            Some(table) => engine::diff(table, new, old),
            None => vec![field("", Some(old.spec.clone()), Some(new.spec.clone()))],
        };
        changes.push((Change::Update, fields));
    }
    if old.grants != new.grants {
        changes.push((Change::Grants, rights(old, new)));
    }
    changes
}

fn field(path: &str, before: Option<Value>, after: Option<Value>) -> FieldChange {
    FieldChange { path: path.to_owned(), before, after, source: None, cause: String::new() }
}

/// The values that differ, by their paths.
fn by_path(old: &BTreeMap<String, Value>, new: &BTreeMap<String, Value>) -> Vec<FieldChange> {
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    paths
        .into_iter()
        .map(|path| (path, old.get(path), new.get(path)))
        .filter(|(_, before, after)| before != after)
        .map(|(path, before, after)| field(path, before.cloned(), after.cloned()))
        .collect()
}

fn rights(old: &Resource, new: &Resource) -> Vec<FieldChange> {
    by_path(&levels(old), &levels(new))
}

/// The levels that each principal holds, by the path that a difference would show them under.
pub(super) fn levels(resource: &Resource) -> BTreeMap<String, Value> {
    resource.grants.as_ref().map(engine::rights).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::selection;
    use crate::model::Grant;

    fn resource(key: &str, spec: Value, grants: &[(&str, &str)]) -> Resource {
        let grant = |(principal, level): &(&str, &str)| Grant {
            principal: Address::new("user", *principal),
            level: (*level).to_owned(),
        };
        Resource {
            address: Address::new("job", key),
            spec,
            grants: Some(grants.iter().map(grant).collect()),
            content: None,
        }
    }

    fn snapshot(resources: Vec<Resource>) -> Snapshot {
        let resources = resources.into_iter().map(|one| (one.address.clone(), one)).collect();
        Snapshot { resources, ..Snapshot::default() }
    }

    #[test]
    fn each_difference_is_one_step() {
        let before = snapshot(vec![
            resource("gone", json!({}), &[]),
            resource("same", json!({"n": 1}), &[("a", "CAN_VIEW")]),
            resource("other", json!({"n": 1}), &[("a", "CAN_VIEW"), ("b", "IS_OWNER")]),
        ]);
        let after = snapshot(vec![
            resource("same", json!({"n": 1}), &[("a", "CAN_VIEW")]),
            resource("other", json!({"n": 2}), &[("a", "CAN_MANAGE"), ("b", "IS_OWNER")]),
            resource("new", json!({}), &[]),
        ]);
        let found = compare(&selection::everything(), &before, &after);
        let seen: Vec<_> =
            found.steps.iter().map(|step| (step.address.key.as_str(), step.change)).collect();
        assert_eq!(
            seen,
            [
                ("gone", Change::Delete),
                ("new", Change::Create),
                ("other", Change::Update),
                ("other", Change::Grants)
            ]
        );
        assert_eq!(found.same, 1);
        assert_eq!(found.steps[2].fields, [field("/n", Some(json!(1)), Some(json!(2)))]);
        let right = field("/grants/user:a", Some(json!("CAN_VIEW")), Some(json!("CAN_MANAGE")));
        assert_eq!(found.steps[3].fields, [right]);
        assert!(compare(&selection::everything(), &after, &after).steps.is_empty());
    }
}
