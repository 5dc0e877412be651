//! Whether one test of a selector holds for one object.

use serde_json::Value;

use super::Universe;
use super::people::People;
use crate::kind::{Catalogue, Kind};
use crate::model::{Address, Glob, Resource, Test, as_ref};

/// The fields of a spec that say as whom an object acts, or whose it is.
const OWNERS: [&str; 6] =
    ["run_as", "run_as_user_name", "owner", "owner_user_name", "creator", "creator_user_name"];

/// The fields of a spec that hold tags, wherever they stand in it.
const TAGS: [&str; 2] = ["tags", "custom_tags"];

impl Universe<'_> {
    /// Whether a test holds for an object; of an action every object may be the one.
    pub(super) fn holds(
        &self,
        people: &People,
        test: &Test,
        address: &Address,
        object: Option<&Resource>,
    ) -> bool {
        if let Some(holds) = by_address(self.catalogue, people, test, address) {
            return holds;
        }
        match (test, object) {
            (Test::Action(_), _) => true,
            (_, None) => false,
            (Test::Tag(name, value), Some(one)) => tagged(&one.spec, name, value),
            (Test::Owner(principal), Some(one)) => self.owned(
                one,
                &|owner| principal.matches(&owner.key) || principal.matches(&owner.to_string()),
                &|name| principal.matches(name),
            ),
            (_, Some(one)) => self.owned(one, &|owner| people.has(test, owner), &|name| {
                people.meant(test).any(|person| person.key.eq_ignore_ascii_case(name))
            }),
        }
    }

    /// Whether an object is somebody's: by its rights or by its spec, which refers to principals or names them.
    fn owned(
        &self,
        resource: &Resource,
        is_it: &dyn Fn(&Address) -> bool,
        is_called: &dyn Fn(&str) -> bool,
    ) -> bool {
        let level = self.catalogue.kind(&resource.address.kind).and_then(|kind| kind.acl?.owner);
        let mut grants = resource.grants.iter().flatten();
        grants.any(|grant| Some(grant.level.as_str()) == level && is_it(&grant.principal))
            || OWNERS
                .iter()
                .filter_map(|field| resource.spec.get(field))
                .any(|value| names(value, is_it, is_called))
    }
}

/// Whether a test holds, where the address is enough to know. What is in the tree has neither owner nor tags.
pub(super) fn by_address(
    catalogue: &Catalogue,
    people: &People,
    test: &Test,
    address: &Address,
) -> Option<bool> {
    let in_tree = catalogue.kind(&address.kind).is_some_and(Kind::is_in_tree);
    match test {
        Test::Kind(kind) => Some(*kind == address.kind),
        Test::Address(kind, key) => Some(*kind == address.kind && key.matches(&address.key)),
        Test::Path(path) => Some(in_tree && at_or_below(path, &address.key)),
        Test::Before(day) => {
            let kind = catalogue.kind(&address.kind);
            Some(kind.and_then(|kind| kind.day(&address.key)).is_some_and(|of| of < *day))
        }
        Test::Of(..) if people.has(test, address) => Some(true),
        Test::Of(..) if in_tree => Some(people.at_home(test, catalogue, address)),
        Test::Tag(..) | Test::Owner(_) if in_tree => Some(false),
        Test::Tag(..) | Test::Owner(_) | Test::Of(..) | Test::Action(_) => None,
    }
}

/// Whether a pattern matches a path or one of the folders it is in.
fn at_or_below(pattern: &Glob, path: &str) -> bool {
    let folders = path.match_indices('/').map(|(at, _)| if at == 0 { "/" } else { &path[..at] });
    folders.chain([path]).any(|path| pattern.matches(path))
}

/// Whether a value refers to a principal or names one.
fn names(
    value: &Value,
    is_it: &dyn Fn(&Address) -> bool,
    is_called: &dyn Fn(&str) -> bool,
) -> bool {
    if let Some(address) = as_ref(value) {
        return is_it(&address);
    }
    match value {
        Value::String(name) => is_called(name),
        Value::Object(map) => map.values().any(|value| names(value, is_it, is_called)),
        Value::Array(items) => items.iter().any(|value| names(value, is_it, is_called)),
        _ => false,
    }
}

fn tagged(spec: &Value, name: &str, value: &Glob) -> bool {
    match spec {
        Value::Object(map) => map.iter().any(|(field, inner)| {
            TAGS.contains(&field.as_str()) && has_tag(inner, name, value)
                || tagged(inner, name, value)
        }),
        Value::Array(items) => items.iter().any(|item| tagged(item, name, value)),
        _ => false,
    }
}

/// Tags come as a map, as a list of keys and values, or as a list of names.
fn has_tag(tags: &Value, name: &str, value: &Glob) -> bool {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    match tags {
        Value::Object(map) => map.get(name).is_some_and(|found| value.matches(&text(Some(found)))),
        Value::Array(items) => items.iter().any(|item| match item {
            Value::String(tag) => tag == name && value.matches(""),
            item => {
                item.get("key").and_then(Value::as_str) == Some(name)
                    && value.matches(&text(item.get("value")))
            }
        }),
        _ => false,
    }
}
