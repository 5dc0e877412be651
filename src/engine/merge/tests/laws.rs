//! What holds for the merge of any objects.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::specs::{any_object, any_shape};
use super::toy::{Policy, check_aftermath, recorded, table};
use crate::engine::diff::diff;
use crate::engine::merge::{Deciding, Merge, awaited, merge, overlay, record};
use crate::model::{Divergence, Merged, OnConflict, OnEdit, Recorded, Resource, Take};

fn any_policy() -> impl Strategy<Value = Policy> {
    prop::sample::select(Policy::all())
}

/// Decides by the path alone, some one way and some the other.
fn by_path(divergence: &Divergence) -> Option<Take> {
    match divergence.path.len() % 3 {
        0 => Some(Take::Source),
        1 => Some(Take::Target),
        _ => None,
    }
}

fn merge_by_path(desired: &Resource, base: &Recorded, live: &Resource) -> Merge {
    let (on_edit, on_conflict) = (OnEdit::Overwrite, OnConflict::Target);
    merge(table(), desired, base, live, &Deciding { on_edit, on_conflict, resolve: &by_path })
}

/// Every value that is no map or list to be taken apart, by a path of its own: elements of a keyed list
/// by their key, elements of sets by themselves.
fn leaves(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    let name = path.rsplit('\u{1}').next().unwrap_or_default();
    match value {
        Value::Object(map)
            if !map.keys().any(|key| key.starts_with('$') && !key.starts_with("$$")) =>
        {
            for (key, value) in map {
                leaves(value, &format!("{path}\u{1}{key}"), found);
            }
        }
        Value::Array(items) if name == "tasks" => {
            for item in items {
                leaves(item, &format!("{path}\u{1}{}", item["task_key"]), found);
            }
        }
        Value::Array(items) if ["roles", "tags", "labels"].contains(&name) => {
            for item in items {
                found.insert(format!("{path}\u{1}{item}"), Value::Null);
            }
        }
        other => drop(found.insert(path.to_owned(), other.clone())),
    }
}

fn all_leaves(resource: &Resource) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    leaves(&resource.spec, "", &mut found);
    if let Some(content) = &resource.content {
        found.insert("content".to_owned(), serde_json::json!(content));
    }
    found
}

/// Whether the server may have filled in a leaf by itself.
fn is_filled_in(path: &str) -> bool {
    ["zone", "source", "aws"].iter().any(|name| path.split('\u{1}').any(|step| step == *name))
}

proptest! {
    #[test]
    fn what_is_merged_can_be_told_again(
        desired in any_object(), sent in any_object(), echoed in any_object(), live in any_object(),
        policy in any_policy(),
    ) {
        let base = recorded(&sent, Some(&echoed));
        let merged = policy.merge(&desired, &base, &live);
        check_aftermath(&desired, &base, &merged, |base, live| policy.merge(&desired, base, live));
        let merged = merge_by_path(&desired, &base, &live);
        check_aftermath(&desired, &base, &merged, |base, live| merge_by_path(&desired, base, live));
    }

    #[test]
    fn a_target_that_nobody_edited_gets_what_is_desired(
        desired in any_object(), sent in any_object(), policy in any_policy(),
    ) {
        let base = recorded(&sent, None);
        let merged = policy.merge(&desired, &base, &sent);
        prop_assert_eq!(&merged.wanted, &desired);
        prop_assert!(merged.kept.is_empty() && merged.conflicts.is_empty());
        prop_assert_eq!(merged.changes, diff(table(), &desired, &sent));
    }

    #[test]
    fn where_nothing_changed_nothing_is_asked(
        sent in any_object(), echoed in any_object(), policy in any_policy(),
    ) {
        let merged = policy.merge(&sent, &recorded(&sent, Some(&echoed)), &echoed);
        prop_assert_eq!(merged.changes, vec![]);
        prop_assert_eq!(merged.wanted, sent.clone());
        prop_assert!(merged.kept.is_empty() && merged.conflicts.is_empty());
        prop_assert_eq!(merged.not_convergent.is_empty(), diff(table(), &sent, &echoed).is_empty());
    }

    #[test]
    fn a_source_and_a_target_that_are_one_need_nothing(
        sent in any_object(), echoed in any_object(), live in any_object(), policy in any_policy(),
    ) {
        let merged = policy.merge(&live, &recorded(&sent, Some(&echoed)), &live);
        prop_assert_eq!(merged.wanted, live);
        prop_assert!(merged.changes.is_empty() && merged.merged.is_empty());
        prop_assert!(merged.kept.is_empty() && merged.conflicts.is_empty());
        prop_assert!(merged.not_convergent.is_empty());
    }

    #[test]
    fn no_edit_of_the_target_is_lost(
        sent in any_object(), echoed in any_object(), live in any_object(), desired in any_object(),
    ) {
        let base = recorded(&sent, Some(&echoed));
        let [was, now] = [&echoed, &live].map(all_leaves);
        let edited: Vec<&String> = was
            .keys()
            .chain(now.keys())
            .filter(|path| was.get(*path) != now.get(*path))
            .filter(|path| !is_filled_in(path) || was.contains_key(*path))
            .collect();
        // The source stayed as it was: every edit is in what is wanted.
        let wanted = all_leaves(&Policy::CAREFUL.merge(&sent, &base, &live).wanted);
        for path in &edited {
            prop_assert_eq!(wanted.get(*path), now.get(*path), "{}", path);
        }
        // The source changed: an edit is in what is wanted, or undone by a source that wants the same.
        let merged = Policy::CAREFUL.merge(&desired, &base, &live);
        let (wanted, desired) = (all_leaves(&merged.wanted), all_leaves(&desired));
        for path in edited.into_iter().filter(|path| !is_filled_in(path)) {
            prop_assert_eq!(wanted.get(path), now.get(path), "{} {:?}", path, desired.get(path));
        }
    }

    #[test]
    fn no_shape_is_too_much(
        images in [any_shape(), any_shape(), any_shape(), any_shape()], policy in any_policy(),
        paths in prop::collection::vec("(/(tasks|k|conf|roles|content|grants|user:a|~|~1|))*", 0..4),
    ) {
        let [desired, sent, echoed, live] = &images;
        let base = recorded(sent, Some(echoed));
        let merged = policy.merge(desired, &base, live);
        prop_assert_eq!(overlay(table(), desired, &merged.merged), merged.wanted.clone());
        let value = |resource: &Resource| Some(resource.spec.clone());
        let told: Vec<Divergence> = paths
            .iter()
            .map(|path| Divergence {
                path: path.clone(),
                base: None,
                source: value(sent),
                target: value(live),
            })
            .chain(merged.kept)
            .chain(merged.not_convergent)
            .collect();
        let shown = awaited(table(), desired, &told);
        let after = record(table(), desired, Some(&base), &told, &shown);
        policy.merge(desired, &after, live);
        for path in paths {
            overlay(table(), desired, &[Merged { path: path.clone(), value: value(live) }]);
            overlay(table(), desired, &[Merged { path, value: None }]);
        }
    }
}
