//! What the server makes of the attributes which it is sent.

use serde_json::{Map, Value, json};

use super::directory::Sort;
use crate::sim::http::Refusal;

const ENTITLEMENTS: [&str; 5] = [
    "allow-cluster-create",
    "allow-instance-pool-create",
    "databricks-sql-access",
    "workspace-access",
    "workspace-consume",
];

/// What belongs to other principals or to the server: sent or not, it is not stored.
const DERIVED: [&str; 6] = ["id", "schemas", "meta", "groups", "members", "emails"];

/// The attributes to store of a body which creates or replaces a principal.
///
/// # Errors
/// 400 for an unknown entitlement, a role which is no ARN, or a user name which is no address.
pub(super) fn stored(sort: Sort, body: &Value) -> Result<Map<String, Value>, Refusal> {
    let mut attributes = Map::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        if !DERIVED.contains(&name.as_str()) && !value.is_null() {
            set(&mut attributes, name, value)?;
        }
    }
    let named = sort.name_attribute();
    let name = attributes.get(named).and_then(Value::as_str).unwrap_or_default();
    match sort {
        Sort::User if !is_address(name) => Err(Refusal::scim(
            400,
            format!("Request body is invalid: userName '{name}' is not an email address"),
        )),
        Sort::Group if name.is_empty() => {
            Err(Refusal::scim(400, "Request body is invalid: displayName is required"))
        }
        _ => {
            fill(sort, &mut attributes);
            Ok(attributes)
        }
    }
}

/// Fills in what the server adds to a stored principal.
pub(super) fn fill(sort: Sort, attributes: &mut Map<String, Value>) {
    if sort == Sort::Group {
        return;
    }
    let name = attributes.get(sort.name_attribute()).cloned().unwrap_or_default();
    attributes.entry("active").or_insert(Value::Bool(true));
    attributes.entry("displayName").or_insert_with(|| name.clone());
    if sort == Sort::User {
        let given = attributes.get("displayName").cloned().unwrap_or_default();
        attributes.entry("name").or_insert_with(|| json!({ "givenName": given }));
        attributes.insert(
            "emails".to_owned(),
            json!([{ "type": "work", "value": name, "primary": true }]),
        );
    }
}

/// Sets one attribute, checked.
///
/// # Errors
/// 400 for an unknown entitlement or a role which is no ARN, or a value of the wrong type.
pub(super) fn set(
    attributes: &mut Map<String, Value>,
    name: &str,
    value: &Value,
) -> Result<(), Refusal> {
    let value = match name {
        "entitlements" => words(value, entitlement).and_then(consistent)?,
        "roles" => words(value, role)?,
        "active" if !value.is_boolean() => {
            return Err(Refusal::scim(400, "active must be a boolean"));
        }
        "displayName" | "externalId" | "userName" | "applicationId" if !value.is_string() => {
            return Err(Refusal::scim(400, format!("{name} must be a string")));
        }
        "name" if !value.is_object() => return Err(Refusal::scim(400, "name must be an object")),
        _ => value.clone(),
    };
    if value.as_array().is_some_and(Vec::is_empty) {
        attributes.remove(name);
    } else {
        attributes.insert(name.to_owned(), value);
    }
    Ok(())
}

/// The `value` of every entry of a multi-valued attribute; one entry may stand alone.
///
/// # Errors
/// 400 when an entry has no `value`.
pub(super) fn values(value: &Value) -> Result<Vec<String>, Refusal> {
    let one = std::slice::from_ref(value);
    let entries = value.as_array().map_or(one, Vec::as_slice);
    entries
        .iter()
        .map(|entry| entry.get("value").and_then(Value::as_str).map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| Refusal::scim(400, "Request body is invalid: every entry needs a value"))
}

/// The values which a stored multi-valued attribute holds.
pub(super) fn held(attributes: &Map<String, Value>, name: &str) -> Vec<String> {
    attributes.get(name).and_then(|value| values(value).ok()).unwrap_or_default()
}

fn words(value: &Value, entry: fn(&str) -> Result<Value, Refusal>) -> Result<Value, Refusal> {
    let mut values = values(value)?;
    values.sort();
    values.dedup();
    values.iter().map(|value| entry(value)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn entitlement(word: &str) -> Result<Value, Refusal> {
    if ENTITLEMENTS.contains(&word) {
        return Ok(json!({ "value": word }));
    }
    Err(Refusal::scim(400, format!("Unknown entitlement '{word}'")))
}

fn role(word: &str) -> Result<Value, Refusal> {
    if word.starts_with("arn:") {
        return Ok(json!({ "value": word, "type": "direct" }));
    }
    Err(Refusal::scim(400, format!("Role '{word}' is not the ARN of an instance profile")))
}

fn consistent(entitlements: Value) -> Result<Value, Refusal> {
    let words = values(&entitlements)?;
    let holds = |word: &str| words.iter().any(|held| held == word);
    if holds("workspace-consume") && (holds("workspace-access") || holds("databricks-sql-access")) {
        let message =
            "workspace-consume cannot be combined with workspace-access or databricks-sql-access";
        return Err(Refusal::scim(400, message));
    }
    Ok(entitlements)
}

fn is_address(name: &str) -> bool {
    name.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !name.contains(char::is_whitespace)
}
