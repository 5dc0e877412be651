//! The single values of an object, each by its path.

use std::collections::BTreeMap;

use serde_json::Value;

use super::diff::{escaped, is_keyed, is_leaf};
use crate::kind::{Table, What, matches_pattern};

/// Lists the values of a spec by the paths that a difference would show them under.
///
/// Elements of keyed lists stand under their key, any other list is one value; without a table, no list is
/// known to be keyed.
pub fn leaves(table: Option<&Table>, spec: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    walk(table, "", "", spec, &mut found);
    found
}

fn walk(
    table: Option<&Table>,
    place: &str,
    path: &str,
    value: &Value,
    found: &mut BTreeMap<String, Value>,
) {
    match value {
        Value::Object(map) if !map.is_empty() && !is_leaf(map) => {
            for (key, value) in map {
                let step = escaped(key);
                walk(table, &format!("{place}/{step}"), &format!("{path}/{step}"), value, found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let rules = table.into_iter().flat_map(|table| &table.rules);
            let key = rules.filter(|(pattern, _)| matches_pattern(pattern, place)).find_map(
                |(_, rule)| match rule.what {
                    What::Keyed(key) if is_keyed(items, key) => Some(key),
                    _ => None,
                },
            );
            let Some(key) = key else {
                found.insert(path.to_owned(), value.clone());
                return;
            };
            for item in items {
                let name = item.get(key).and_then(Value::as_str).unwrap_or_default();
                let path = format!("{path}/{}", escaped(name));
                walk(table, &format!("{place}/*"), &path, item, found);
            }
        }
        // The whole of an object that has no settings.
        Value::Object(map) if map.is_empty() && path.is_empty() => {}
        value => _ = found.insert(path.to_owned(), value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Kind, rule};
    use serde_json::json;

    static KIND: Kind =
        Kind { name: "toy", rules: &[rule::keyed("/tasks", "task_key", "-")], ..Kind::REGULAR };

    #[test]
    fn every_value_stands_under_its_path() {
        let spec = json!({
            "tasks": [{"task_key": "a/b", "n": 1}],
            "list": [1, 2],
            "ref": {"$ref": "job:x"},
            "empty": {},
            "a": {"b": null},
        });
        let found = leaves(Some(&Table::of(&KIND)), &spec);
        let paths: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(
            paths,
            ["/a/b", "/empty", "/list", "/ref", "/tasks/a~1b/n", "/tasks/a~1b/task_key"]
        );
        assert_eq!(found["/ref"], json!({"$ref": "job:x"}));
        assert_eq!(leaves(None, &spec)["/tasks"], spec["tasks"]);
        assert!(leaves(None, &json!({})).is_empty());
    }
}
