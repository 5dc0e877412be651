//! Principals as answers show them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::attributes::held;
use super::directory::{Origin, Principal, Sort, State};

/// Everything which an answer says about a principal.
pub(super) fn full(scim: &State, id: &str, principal: &Principal) -> Value {
    let mut view = principal.attributes.clone();
    view.insert("id".to_owned(), id.into());
    view.insert("schemas".to_owned(), schemas(principal.sort));
    view.insert("groups".to_owned(), groups(scim, id));
    if principal.sort == Sort::Group {
        let kind = if principal.origin == Origin::Account { "Group" } else { "WorkspaceGroup" };
        view.insert("meta".to_owned(), json!({ "resourceType": kind }));
        let members = scim.members(id);
        if !members.is_empty() {
            view.insert(
                "members".to_owned(),
                members.iter().map(|member| reference(scim, member)).collect(),
            );
        }
    }
    let roles = roles(scim, id, principal);
    if !roles.is_empty() {
        view.insert("roles".to_owned(), roles.into());
    }
    Value::Object(view)
}

/// What `attributes` and `excludedAttributes` leave of a view; `id` and `schemas` always stay.
pub(super) fn project(view: Value, attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let Value::Object(view) = view else { return view };
    let always = |name: &str| matches!(name, "id" | "schemas");
    let mut kept = Map::new();
    for (name, value) in view {
        let value = match attributes.filter(|_| !always(&name)) {
            None => Some(value),
            Some(wanted) => select(&name, value, wanted),
        };
        let hidden = excluded
            .is_some_and(|list| !always(&name) && names(list).any(|hidden| same(hidden, &name)));
        if let Some(value) = value.filter(|_| !hidden) {
            kept.insert(name, value);
        }
    }
    Value::Object(kept)
}

fn select(name: &str, value: Value, wanted: &str) -> Option<Value> {
    let mut subs = BTreeSet::new();
    for wanted in names(wanted) {
        match wanted.split_once('.') {
            None if same(wanted, name) => return Some(value),
            Some((outer, sub)) if same(outer, name) => {
                subs.insert(sub.to_lowercase());
            }
            _ => {}
        }
    }
    let keep = |value: Value| match value {
        Value::Object(map) => Value::Object(
            map.into_iter().filter(|(name, _)| subs.contains(&name.to_lowercase())).collect(),
        ),
        other => other,
    };
    (!subs.is_empty()).then(|| match value {
        Value::Array(items) => Value::Array(items.into_iter().map(keep).collect()),
        other => keep(other),
    })
}

fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The schemas which principals of a sort follow.
pub(super) fn schemas(sort: Sort) -> Value {
    const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0";
    match sort {
        Sort::User => json!([
            format!("{CORE}:User"),
            "urn:ietf:params:scim:schemas:extension:workspace:2.0:User"
        ]),
        Sort::Group => json!([format!("{CORE}:Group")]),
        Sort::ServicePrincipal => json!([format!("{CORE}:ServicePrincipal")]),
    }
}

fn groups(scim: &State, id: &str) -> Value {
    let direct = scim.direct_groups(id);
    let entry = |group: String| {
        let mut entry = reference(scim, &group);
        entry["type"] = if direct.contains(&group) { "direct" } else { "indirect" }.into();
        entry
    };
    scim.all_groups(id).into_iter().map(entry).collect()
}

fn roles(scim: &State, id: &str, principal: &Principal) -> Vec<Value> {
    let direct = held(&principal.attributes, "roles");
    let mut inherited = BTreeSet::new();
    for group in scim.all_groups(id) {
        inherited.extend(
            scim.get(&group).map(|group| held(&group.attributes, "roles")).unwrap_or_default(),
        );
    }
    let entry = |value: &String, kind: &str| json!({ "value": value, "type": kind });
    direct
        .iter()
        .map(|value| entry(value, "direct"))
        .chain(
            inherited
                .iter()
                .filter(|value| !direct.contains(value))
                .map(|value| entry(value, "indirect")),
        )
        .collect()
}

/// How one principal refers to another.
fn reference(scim: &State, id: &str) -> Value {
    let Some(principal) = scim.get(id) else { return json!({ "value": id }) };
    let display = principal.text("displayName");
    json!({ "value": id, "display": display, "$ref": format!("{}/{id}", principal.sort.word()) })
}
