//! The difference between a wanted and a live object, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::kind::{Keep, Rule, Table, What, matches_pattern, select_mut};
use crate::model::{Address, FieldChange, Resource, as_ref};

/// A key as it stands in a path.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// What the table says of a place: a pointer with a star for every element of a keyed list.
pub(super) fn words_at(table: &Table, place: &str) -> impl Iterator<Item = What> {
    let rules = table.rules.iter().filter(move |(pattern, _)| matches_pattern(pattern, place));
    rules.map(|(_, rule)| rule.what)
}

/// Whether a list of which the other side may hold more lacks nothing but objects that are not there: whatever
/// brings them puts them in their place.
pub(super) fn lacks_only(
    table: &Table,
    field: &FieldChange,
    is_absent: impl Fn(&Address) -> bool,
) -> bool {
    let items = |value: &Option<Value>| -> Vec<Value> {
        value.as_ref().and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let there = items(&field.before);
    words_at(table, &field.path).any(|what| matches!(what, What::AtLeast))
        && items(&field.after)
            .iter()
            .filter(|one| !there.contains(one))
            .all(|one| as_ref(one).is_some_and(|to| is_absent(&to)))
}

/// A comparison under way: what the table says of the place it has come to.
struct Diff<'t> {
    table: &'t Table,
    changes: Vec<FieldChange>,
}

impl Diff<'_> {
    fn says(&self, place: &str, what: impl Fn(What) -> bool) -> bool {
        words_at(self.table, place).any(what)
    }

    /// Compares two values. `place` is the pointer with a star for every element of a keyed list, which
    /// rules are looked up by; `path` is the one people see.
    fn compare(&mut self, place: &str, path: &str, wanted: Option<&Value>, live: Option<&Value>) {
        match (wanted, live) {
            (Some(wanted), Some(live)) if wanted == live => {}
            _ if self.says(place, |what| matches!(what, What::InputOnly(_))) => {}
            (None, Some(_)) if self.says(place, |what| matches!(what, What::ServerFilled)) => {}
            (None, Some(_)) | (Some(_), None)
                if self.says(place, |what| matches!(what, What::SentOnly)) => {}
            (Some(Value::String(wanted)), Some(Value::String(live)))
                if wanted.to_lowercase() == live.to_lowercase()
                    && self.says(place, |what| matches!(what, What::Caseless)) => {}
            (None | Some(Value::Array(_)), Some(Value::Array(live)))
                if self.says(place, |what| matches!(what, What::AtLeast))
                    && holds_all(live, wanted) => {}
            (Some(wanted), Some(live)) if is_redacted(wanted) && is_redacted(live) => {}
            (Some(Value::Object(wanted)), Some(Value::Object(live)))
                if !is_leaf(wanted) && !is_leaf(live) =>
            {
                self.objects(place, path, wanted, live);
            }
            (Some(Value::Array(wanted)), Some(Value::Array(live))) => {
                let key = words_at(self.table, place).find_map(|what| match what {
                    What::Keyed(key) => Some(key),
                    _ => None,
                });
                match key.filter(|key| is_keyed(wanted, key) && is_keyed(live, key)) {
                    Some(key) => self.keyed(place, path, key, wanted, live),
                    None => self.change(
                        path,
                        Some(&Value::Array(wanted.clone())),
                        Some(&Value::Array(live.clone())),
                    ),
                }
            }
            // An object that is missing on one side may consist of nothing but what the server fills in.
            (None, Some(Value::Object(live))) if !is_leaf(live) && self.all_filled(place, live) => {
            }
            (wanted, live) => self.change(path, wanted, live),
        }
    }

    fn all_filled(&self, place: &str, live: &Map<String, Value>) -> bool {
        !live.is_empty()
            && live.keys().all(|key| {
                self.says(&format!("{place}/{}", escaped(key)), |what| {
                    matches!(what, What::ServerFilled)
                })
            })
    }

    fn objects(
        &mut self,
        place: &str,
        path: &str,
        wanted: &Map<String, Value>,
        live: &Map<String, Value>,
    ) {
        let keys: BTreeSet<&String> = wanted.keys().chain(live.keys()).collect();
        for key in keys {
            let step = escaped(key);
            let (place, path) = (format!("{place}/{step}"), format!("{path}/{step}"));
            self.compare(&place, &path, wanted.get(key), live.get(key));
        }
    }

    fn keyed(&mut self, place: &str, path: &str, key: &str, wanted: &[Value], live: &[Value]) {
        let by_key = |items: &[Value]| -> BTreeMap<String, Value> {
            items
                .iter()
                .filter_map(|item| Some((item.get(key)?.as_str()?.to_owned(), item.clone())))
                .collect()
        };
        let (wanted, live) = (by_key(wanted), by_key(live));
        let keys: BTreeSet<&String> = wanted.keys().chain(live.keys()).collect();
        for name in keys {
            let path = format!("{path}/{}", escaped(name));
            self.compare(&format!("{place}/*"), &path, wanted.get(name), live.get(name));
        }
    }

    fn change(&mut self, path: &str, wanted: Option<&Value>, live: Option<&Value>) {
        let (before, after) = (live.cloned(), wanted.cloned());
        self.changes.push(FieldChange {
            path: path.to_owned(),
            before,
            after,
            source: None,
            cause: String::new(),
        });
    }
}

/// Whether a list holds everything that is wanted of it.
fn holds_all(live: &[Value], wanted: Option<&Value>) -> bool {
    wanted.and_then(Value::as_array).into_iter().flatten().all(|one| live.contains(one))
}

/// A map that stands for one value: a reference, an external, a secret that was left out.
pub(super) fn is_leaf(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key.starts_with('$') && !key.starts_with("$$"))
}

fn is_redacted(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.contains_key("$redacted"))
}

/// Whether every element has a name of its own under this key.
pub(super) fn is_keyed(items: &[Value], key: &str) -> bool {
    let mut seen = BTreeSet::new();
    items
        .iter()
        .all(|item| item.get(key).and_then(Value::as_str).is_some_and(|name| seen.insert(name)))
}

/// Whether two values of one place are equal as far as the table can tell, as [`diff`] does.
pub(super) fn same(
    table: &Table,
    place: &str,
    wanted: Option<&Value>,
    live: Option<&Value>,
) -> bool {
    let mut diff = Diff { table, changes: Vec::new() };
    wanted == live || {
        diff.compare(place, "", wanted, live);
        diff.changes.is_empty()
    }
}

/// An object as it is by itself, without what follows from others.
pub(super) fn by_itself(table: &Table, resource: &Resource) -> Resource {
    let mut alone = resource.clone();
    for (pattern, _) in table.rules.iter().filter(|(_, rule)| matches!(rule.what, What::AtLeast)) {
        select_mut(&mut alone.spec, pattern, &mut |_| Keep::No);
    }
    alone
}

/// Says what has to change for the live object to be as wanted: in its spec and content, not its grants.
///
/// Empty exactly if no request is needed.
pub fn diff(table: &Table, wanted: &Resource, live: &Resource) -> Vec<FieldChange> {
    let mut diff = Diff { table, changes: Vec::new() };
    diff.compare("", "", Some(&wanted.spec), Some(&live.spec));
    let mut changes = diff.changes;
    if wanted.content != live.content {
        let value = |resource: &Resource| {
            resource.content.as_ref().map(|content| serde_json::json!(content))
        };
        let (before, after) = (value(live), value(wanted));
        changes.push(FieldChange {
            path: CONTENT.to_owned(),
            before,
            after,
            source: None,
            cause: String::new(),
        });
    }
    changes
}

/// The places of values that are put and never shown, and the field that tells one value from the next.
pub(super) fn inputs(table: &Table) -> impl Iterator<Item = (&str, &'static str)> {
    table.rules.iter().filter_map(|(at, rule)| match rule.what {
        What::InputOnly(version) => Some((at.as_str(), version)),
        _ => None,
    })
}

/// Says which values that are put and never shown are others than they were. Both specs are of one
/// workspace: what another one says of a value cannot be compared with it.
pub fn rotated(table: &Table, now: &Value, before: &Value) -> Vec<FieldChange> {
    let version = |spec: &Value, path: &str| spec.pointer(path).cloned();
    let changed = |(place, field): (&str, &str)| {
        let path = format!("{place}/{field}");
        let (before, after) = (version(before, &path), version(now, &path));
        let change = FieldChange { path, before, after, source: None, cause: String::new() };
        (change.before != change.after).then_some(change)
    };
    inputs(table).filter_map(changed).collect()
}

/// The path under which a change of content is shown.
pub(super) const CONTENT: &str = "/content";

/// The rule that makes a change one that cannot be made in place, if there is one.
pub(super) fn immutable_rule<'t>(
    table: &'t Table,
    changes: &[FieldChange],
) -> Option<(&'t Rule, String)> {
    table.rules.iter().filter(|(_, rule)| matches!(rule.what, What::Immutable)).find_map(
        |(pattern, rule)| {
            let hit = changes.iter().find(|change| {
                let prefix: Vec<&str> =
                    change.path.split('/').take(pattern.split('/').count()).collect();
                matches_pattern(pattern, &prefix.join("/"))
            })?;
            Some((*rule, hit.path.clone()))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::rule::{self, Json};
    use crate::kind::{Kind, canon};
    use crate::model::Address;
    use serde_json::json;

    static KIND: Kind = Kind {
        name: "toy",
        rules: &[
            rule::keyed("/tasks", "task_key", "-"),
            rule::server_filled("/tasks/*/source", "-"),
            rule::server_filled("/aws/*", "-"),
            rule::caseless("/mail", "-"),
            rule::immutable("/disk", "-"),
            rule::default("/n", Json::Int(0), "-"),
        ],
        ..Kind::REGULAR
    };

    fn changes(wanted: Value, live: Value) -> Vec<String> {
        let table = Table::of(&KIND);
        let resource = |spec| Resource {
            address: Address::new("toy", "x"),
            spec: canon(&table, spec),
            grants: None,
            content: None,
        };
        diff(&table, &resource(wanted), &resource(live))
            .into_iter()
            .map(|change| change.path)
            .collect()
    }

    #[test]
    fn equal_specs_need_nothing() {
        assert!(changes(json!({"a": 1, "n": 0}), json!({"a": 1})).is_empty());
        assert!(changes(json!({"mail": "Ana@x"}), json!({"mail": "ana@x"})).is_empty());
        assert!(changes(json!({}), json!({"aws": {"zone": "auto"}})).is_empty());
    }

    #[test]
    fn elements_are_told_apart_by_their_key() {
        let wanted = json!({"tasks": [{"task_key": "b", "x": 1}, {"task_key": "a"}]});
        let live = json!({"tasks": [{"task_key": "a", "source": "GIT"}, {"task_key": "b", "x": 2}, {"task_key": "c"}]});
        assert_eq!(changes(wanted, live), ["/tasks/b/x", "/tasks/c"]);
    }

    #[test]
    fn a_field_that_goes_away_is_a_change() {
        assert_eq!(changes(json!({}), json!({"schedule": {"cron": "x"}})), ["/schedule"]);
        assert_eq!(
            changes(json!({"ref": {"$ref": "a:b"}}), json!({"ref": {"$ref": "a:c"}})),
            ["/ref"]
        );
    }

    #[test]
    fn immutable_fields_are_found_by_what_is_below_them() {
        let table = Table::of(&KIND);
        let change = |path: &str| FieldChange {
            path: path.into(),
            before: None,
            after: None,
            source: None,
            cause: String::new(),
        };
        assert!(immutable_rule(&table, &[change("/disk/type")]).is_some());
        assert!(immutable_rule(&table, &[change("/diskette")]).is_none());
    }
}
