//! References inside specs: `{"$ref": "cluster_policy:small"}`.
//!
//! A map whose only key is `$ref` is a reference. Data that happens to hold keys beginning with `$`
//! is escaped by one more `$`, so that every JSON value can be kept.

use serde_json::{Map, Value};

use super::Address;
use super::blob::is_marked;

fn map_texts(
    value: Value,
    key: &impl Fn(String) -> String,
    text: &impl Fn(String) -> String,
) -> Value {
    match value {
        Value::Object(map) => {
            let mut renamed = Map::new();
            for (name, value) in map {
                renamed.insert(key(name), map_texts(value, key, text));
            }
            Value::Object(renamed)
        }
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| map_texts(item, key, text)).collect())
        }
        Value::String(inner) => Value::String(text(inner)),
        other => other,
    }
}

/// Escapes data from a server, so that no map of it can be taken for a reference, and no text for bytes
/// that are stored elsewhere.
pub fn escape(value: Value) -> Value {
    map_texts(value, &|key| if key.starts_with('$') { format!("${key}") } else { key }, &|text| {
        if is_marked(&text) { format!("${text}") } else { text }
    })
}

/// Takes back [`escape`].
pub fn unescape(value: Value) -> Value {
    let strip = |text: String| match text.strip_prefix('$') {
        Some(rest) if rest.starts_with('$') => rest.to_owned(),
        _ => text,
    };
    map_texts(value, &strip, &|text| if is_marked(&text) { strip(text) } else { text })
}

/// The address a value refers to, if it is a reference.
pub fn as_ref(value: &Value) -> Option<Address> {
    let map = value.as_object()?;
    if map.len() != 1 {
        return None;
    }
    map.get("$ref")?.as_str()?.parse().ok()
}

/// Calls `visit` for every reference within `value`, with the JSON pointer at which it stands.
pub fn visit_refs(value: &Value, visit: &mut impl FnMut(&str, Address)) {
    fn walk(value: &Value, at: &mut String, visit: &mut impl FnMut(&str, Address)) {
        if let Some(address) = as_ref(value) {
            visit(at, address);
            return;
        }
        let length = at.len();
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    at.push('/');
                    at.push_str(&key.replace('~', "~0").replace('/', "~1"));
                    walk(value, at, visit);
                    at.truncate(length);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    at.push('/');
                    at.push_str(&index.to_string());
                    walk(value, at, visit);
                    at.truncate(length);
                }
            }
            _ => {}
        }
    }
    walk(value, &mut String::new(), visit);
}

/// Replaces references within `value`: where `replace` answers a value, it takes the reference's place.
pub fn visit_refs_mut(value: &mut Value, replace: &mut impl FnMut(&Address) -> Option<Value>) {
    if let Some(address) = as_ref(value) {
        if let Some(new) = replace(&address) {
            *value = new;
        }
        return;
    }
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| visit_refs_mut(value, replace)),
        Value::Array(items) => items.iter_mut().for_each(|value| visit_refs_mut(value, replace)),
        _ => {}
    }
}

impl Address {
    /// Writes the address as a reference inside a spec.
    pub fn to_ref(&self) -> Value {
        serde_json::json!({ "$ref": self.to_string() })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Any JSON value, keys with dollar signs among them.
    pub(crate) fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(r"\$?\$?(ref|[a-z/~ ]{0,4})", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn unescape_takes_back_escape(value in any_json()) {
            let escaped = escape(value.clone());
            let mut refs = 0;
            visit_refs(&escaped, &mut |_, _| refs += 1);
            prop_assert_eq!(refs, 0);
            prop_assert_eq!(unescape(escaped), value);
        }
    }

    #[test]
    fn finds_references_with_their_pointer() {
        let spec = serde_json::json!({"tasks": [{"a/b": {"$ref": "job:x"}}], "n": {"$ref": 1}});
        let mut seen = Vec::new();
        visit_refs(&spec, &mut |at, address| seen.push((at.to_owned(), address.to_string())));
        assert_eq!(seen, [("/tasks/0/a~1b".to_owned(), "job:x".to_owned())]);
    }
}
