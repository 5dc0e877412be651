//! What users, service principals and groups have in common: the SCIM protocol.
//!
//! API: <https://docs.databricks.com/api/workspace/users>

use serde_json::{Map, Value, json};

use crate::client::Call;
use crate::kind::{Error, Live, Paging, Rule, Wanted, Writing, at, rule};

/// How SCIM listings are paged. The server is free to give fewer than asked for.
pub(super) const PAGING: Paging = Paging::StartIndex(100);

const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Rules of fields all three kinds have.
pub(super) const fn common(index: usize) -> Rule {
    const RULES: [Rule; 6] = [
        rule::output_only("/id", "the server's identifier"),
        rule::output_only("/schemas", "the protocol's own"),
        rule::output_only("/meta", "the server's own"),
        rule::output_only("/groups", "follows from the groups' members"),
        rule::output_only("/externalId", "belongs to the identity provider"),
        rule::output_only("/emails", "follows from the user name"),
    ];
    RULES[index]
}

/// Turns SCIM's lists of `{value: …}` into lists of texts: entitlements, and roles that were given directly.
pub(super) fn flatten(raw: &mut Value) {
    for field in ["entitlements", "roles"] {
        let Some(items) = raw.get(field).and_then(Value::as_array) else { continue };
        let direct = |item: &&Value| match item.get("type").and_then(Value::as_str) {
            Some(how) => how.eq_ignore_ascii_case("direct"),
            None => true,
        };
        let texts: Vec<Value> = items
            .iter()
            .filter(direct)
            .map(|item| item.get("value").unwrap_or(item).clone())
            .filter(Value::is_string)
            .collect();
        raw[field] = Value::Array(texts);
    }
}

/// Takes back [`flatten`], for a create.
pub(super) fn unfold(body: &mut Value, schema: &str) {
    if let Some(map) = body.as_object_mut() {
        for field in ["entitlements", "roles"] {
            if let Some(Value::Array(items)) = map.get_mut(field) {
                items.iter_mut().for_each(|item| *item = json!({ "value": item }));
            }
        }
        map.insert("schemas".into(), json!([schema]));
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// One operation of a patch.
pub(super) fn operation(op: &str, path: &str, value: Option<Value>) -> Value {
    match value {
        Some(value) => json!({ "op": op, "path": path, "value": value }),
        None => json!({ "op": op, "path": path }),
    }
}

/// Writes a text inside a SCIM filter expression.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The operations that add and remove elements so that a list of values is as wanted.
pub(super) fn list_operations(
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Vec<Value> {
    let (before, after) = (texts(before), texts(after));
    let added: Vec<Value> =
        after.iter().filter(|item| !before.contains(item)).map(|v| json!({ "value": v })).collect();
    let mut operations: Vec<Value> = added
        .chunks(100)
        .map(|chunk| operation("add", path, Some(Value::Array(chunk.to_vec()))))
        .collect();
    for gone in before.iter().filter(|item| !after.contains(item)) {
        operations.push(operation("remove", &format!("{path}[value eq {}]", quoted(gone)), None));
    }
    operations
}

/// The operations that bring plain fields, entitlements and roles from what is live to what is wanted.
pub(super) fn operations(live: &Value, wanted: &Value, changed: &[String]) -> Vec<Value> {
    let mut operations = Vec::new();
    let empty = Map::new();
    let fields = wanted
        .as_object()
        .unwrap_or(&empty)
        .keys()
        .chain(live.as_object().unwrap_or(&empty).keys());
    let mut seen = std::collections::BTreeSet::new();
    for field in fields.filter(|field| seen.insert(field.as_str())) {
        let under = |path: &String| {
            path.strip_prefix('/').and_then(|p| p.split('/').next()) == Some(field.as_str())
        };
        if !changed.iter().any(under) || field == "members" {
            continue;
        }
        if field == "entitlements" || field == "roles" {
            operations.extend(list_operations(field, live.get(field), wanted.get(field)));
            continue;
        }
        match (field.as_str(), wanted.get(field)) {
            (_, Some(value)) => operations.push(operation("replace", field, Some(value.clone()))),
            // Whoever is not said to be inactive is active.
            ("active", None) => operations.push(operation("replace", field, Some(json!(true)))),
            (_, None) => operations.push(operation("remove", field, None)),
        }
    }
    operations
}

/// Sends operations as one patch, or nothing if there are none.
///
/// # Errors
/// As the server refuses.
pub(super) async fn patch(cx: Writing<'_>, id: &str, operations: Vec<Value>) -> Result<(), Error> {
    if operations.is_empty() {
        return Ok(());
    }
    let Some(update) = cx.kind.api.update else { return Ok(()) };
    let path = update.path.replace("{id}", id);
    let body = json!({ "schemas": [PATCH_SCHEMA], "Operations": operations });
    match cx.session.send(&Call::patch(path).json(body)).await {
        // Removing an entitlement that is not there is refused with these words; then it is as wanted.
        Err(error) if error.message().contains("No such attribute with the name") => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// Updates a user or service principal.
///
/// # Errors
/// As the server refuses.
pub(super) async fn update(cx: Writing<'_>, live: Live, wanted: Wanted<'_>) -> Result<(), Error> {
    let shaped = cx.kind.hooks.shape(live.raw);
    patch(cx, live.id.as_str(), operations(&shaped, &wanted.body, &live.changed)).await
}

/// Drops a display name that only repeats the user name, which the server fills in.
pub(super) fn drop_echoed_name(raw: &mut Value, of: &str) {
    let same = match (at(raw, "/displayName"), at(raw, of)) {
        (Some(Value::String(shown)), Some(Value::String(name))) => shown.eq_ignore_ascii_case(name),
        _ => false,
    };
    if same && let Some(map) = raw.as_object_mut() {
        map.remove("displayName");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_only_what_was_given_directly() {
        let mut raw = json!({"roles": [{"value": "a", "type": "direct"}, {"value": "b", "type": "indirect"}],
            "entitlements": [{"value": "workspace-access"}]});
        flatten(&mut raw);
        assert_eq!(raw, json!({"roles": ["a"], "entitlements": ["workspace-access"]}));
    }

    #[test]
    fn patches_only_what_changed() {
        let live = json!({"displayName": "A", "active": false, "entitlements": ["x", "y\""]});
        let wanted = json!({"displayName": "B", "entitlements": ["x", "z"]});
        let changed = ["/active".to_owned(), "/entitlements".to_owned()];
        assert_eq!(
            operations(&live, &wanted, &changed),
            [
                json!({"op": "add", "path": "entitlements", "value": [{"value": "z"}]}),
                json!({"op": "remove", "path": "entitlements[value eq \"y\\\"\"]"}),
                json!({"op": "replace", "path": "active", "value": true}),
            ]
        );
    }
}
