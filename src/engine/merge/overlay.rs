//! Putting single values into an object, by the paths that plans use.

use std::collections::BTreeMap;

use serde_json::Value;

use super::four::{At, Nature};
use crate::engine::diff::CONTENT;
use crate::engine::level::holder;
use crate::kind::{Table, canon};
use crate::model::{Content, Divergence, Merged, Resource, canonical};

/// The wanted object: the desired one, with what the target keeps in its place.
pub(in crate::engine) fn overlay(table: &Table, desired: &Resource, merged: &[Merged]) -> Resource {
    let mut wanted = desired.clone();
    if merged.is_empty() {
        return wanted;
    }
    for Merged { path, value } in merged {
        if path == CONTENT && put_content(&mut wanted, value.as_ref()) {
            continue;
        }
        let steps: Vec<&str> = path.split('/').skip(1).collect();
        put(table, &mut wanted.spec, &At::default(), &steps, value.as_ref());
    }
    wanted.spec = canon(table, wanted.spec);
    wanted
}

/// What the target is expected to show once `wanted` was written: the same, except where the server
/// is known to make something else of it. Of rights it says nothing.
pub(in crate::engine) fn awaited(
    table: &Table,
    wanted: &Resource,
    not_convergent: &[Divergence],
) -> Resource {
    let fields = not_convergent.iter().filter(|field| holder(&field.path).is_none());
    let shown = fields.map(|divergence| {
        let at = place_of(table, &divergence.path);
        let value = match (Nature::of(table, &at.place), &divergence.source, &divergence.target) {
            (Nature::Set, Some(Value::Array(sent)), Some(Value::Array(shown))) => {
                let there = look(table, &wanted.spec, &divergence.path);
                let there = there.and_then(Value::as_array).into_iter().flatten();
                let rest = there.filter(|item| !sent.contains(item));
                let set: BTreeMap<String, &Value> =
                    rest.chain(shown).map(|item| (canonical(item), item)).collect();
                Some(set.into_values().cloned().collect())
            }
            _ => divergence.target.clone(),
        };
        Merged { path: divergence.path.clone(), value }
    });
    overlay(table, wanted, &shown.collect::<Vec<_>>())
}

/// Where a path of a plan stands.
pub(super) fn place_of(table: &Table, path: &str) -> At {
    let steps = path.split('/').skip(1);
    steps.fold(At::default(), |at, step| at.step(Nature::of(table, &at.place), step))
}

/// The value at a path of a plan.
pub(super) fn look<'v>(table: &Table, spec: &'v Value, path: &str) -> Option<&'v Value> {
    let (mut at, mut found) = (At::default(), spec);
    for step in path.split('/').skip(1) {
        let (nature, key) = (Nature::of(table, &at.place), unescaped(step));
        found = match (nature, found) {
            (Nature::Keyed(name), Value::Array(items)) => {
                items.iter().find(|item| is_named(item, name, &key))?
            }
            (Nature::Object, Value::Object(map)) => map.get(&key)?,
            _ => return None,
        };
        at = at.step(nature, step);
    }
    Some(found)
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

fn is_named(item: &Value, key: &str, name: &str) -> bool {
    item.get(key).and_then(Value::as_str) == Some(name)
}

/// Sets or takes out the content, if that is what the path means: a spec may have a field of that name.
fn put_content(resource: &mut Resource, value: Option<&Value>) -> bool {
    let content = value.and_then(|value| serde_json::from_value::<Content>(value.clone()).ok());
    let meant = content.is_some() || value.is_none() && resource.content.is_some();
    if meant {
        resource.content = content;
    }
    meant
}

/// Puts a value where `steps` lead from `node`, making what lies between.
fn put(table: &Table, node: &mut Value, at: &At, steps: &[&str], new: Option<&Value>) {
    let [step, rest @ ..] = steps else {
        *node = new.cloned().unwrap_or_default();
        return;
    };
    let (nature, key) = (Nature::of(table, &at.place), unescaped(step));
    let below = at.step(nature, step);
    match (nature, node) {
        (Nature::Object, Value::Object(map)) => match (rest, new) {
            ([], None) => drop(map.remove(&key)),
            ([], Some(new)) => drop(map.insert(key, new.clone())),
            (rest, new) => {
                if new.is_some() && !map.contains_key(&key) {
                    map.insert(key.clone(), Nature::of(table, &below.place).empty());
                }
                if let Some(inner) = map.get_mut(&key) {
                    put(table, inner, &below, rest, new);
                }
            }
        },
        (Nature::Keyed(name), Value::Array(items)) => {
            let found = items.iter().position(|item| is_named(item, name, &key));
            match (found, rest, new) {
                (Some(found), [], None) => drop(items.remove(found)),
                (Some(found), rest, new) => put(table, &mut items[found], &below, rest, new),
                (None, [], Some(new)) => items.push(new.clone()),
                (None, ..) => {}
            }
        }
        _ => {}
    }
}
