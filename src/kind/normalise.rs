//! From what a server said to a spec, and from a spec to what a server is told.

use serde_json::{Value, json};

use super::{By, Index, Keep, Kind, Ref, Table, What, as_external, at, external, select_mut};
use crate::model::{
    Address, Digest, ServerId, as_blob, as_ref, canonical, escape, to_blob, unescape,
    visit_refs_mut,
};

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, inner| !inner.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn each(table: &Table, value: &mut Value, mut visit: impl FnMut(What, &mut Value) -> Keep) {
    for (pattern, rule) in &table.rules {
        select_mut(value, pattern, &mut |found| visit(rule.what, found));
    }
}

/// Makes a spec of what the server said of one object, and the natural keys it should be known by elsewhere.
///
/// Server-written fields go, defaults go, embedded JSON becomes structure, secrets in clear are taken
/// out, identifiers become references, and lists without an order are sorted. Fields that no table
/// knows stay as they are.
pub fn normalise(table: &Table, raw: Value, index: &Index) -> Value {
    let mut spec = table.kind.hooks.shape(raw);
    drop_nulls(&mut spec);
    each(table, &mut spec, |what, found| match what {
        What::OutputOnly => Keep::No,
        What::JsonText => {
            if let Some(parsed) =
                found.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok())
                && (parsed.is_object() || parsed.is_array())
            {
                *found = parsed;
            }
            Keep::Yes
        }
        _ => Keep::Yes,
    });
    let mut spec = escape(spec);
    each(table, &mut spec, |what, found| {
        match what {
            What::Secret => {
                redact(found);
                redact_suspects(found);
            }
            What::Blob => {
                if let Some(digest) = found.as_str().and_then(Digest::parse) {
                    *found = to_blob(&digest);
                }
            }
            _ => {}
        }
        Keep::Yes
    });
    for (pattern, reference) in &table.refs {
        select_mut(&mut spec, pattern, &mut |found| {
            encode(reference, found, index);
            Keep::Yes
        });
    }
    canon(table, spec)
}

/// Brings a spec into the form in which equal specs are equal: defaults dropped, unordered lists sorted.
pub fn canon(table: &Table, mut spec: Value) -> Value {
    each(table, &mut spec, |what, found| match what {
        What::Default(default) if *found == default.to_value() => Keep::No,
        What::Keyed(key) => {
            if let Value::Array(items) = found {
                items.sort_by_cached_key(|item| (item.get(key).map(canonical), canonical(item)));
            }
            Keep::Yes
        }
        What::Set => {
            if let Value::Array(items) = found {
                items.sort_by_cached_key(canonical);
                items.dedup();
            }
            Keep::Yes
        }
        _ => Keep::Yes,
    });
    spec
}

fn encode(reference: &Ref, found: &mut Value, index: &Index) {
    if found.is_object() {
        return;
    }
    match reference.by {
        By::Id => {
            let Some(id) = ServerId::from_value(found) else { return };
            let known = reference.to.iter().find_map(|kind| index.address(kind.name, id.as_str()));
            *found = match known {
                Some(address) => address.to_ref(),
                None => external(reference.to[0].name, found),
            };
        }
        By::Principal => {
            if let Some(address) = found.as_str().and_then(|name| index.principal_address(name))
                && reference.to.iter().any(|kind| kind.name == address.kind)
            {
                *found = address.to_ref();
            }
        }
    }
}

/// Makes the object a server is told of a spec: references become identifiers, embedded JSON becomes text.
///
/// # Errors
/// Lists every reference that has no identifier in this workspace.
pub fn resolve(table: &Table, spec: &Value, index: &Index) -> Result<Value, Vec<Address>> {
    let mut body = spec.clone();
    let mut missing = Vec::new();
    // A list of which the target may hold more asks for nothing that is not there.
    for (pattern, _) in table.rules.iter().filter(|(_, rule)| matches!(rule.what, What::AtLeast)) {
        select_mut(&mut body, pattern, &mut |found| {
            let is_there = |one: &Value| as_ref(one).is_none_or(|to| index.id(&to).is_some());
            found.as_array_mut().into_iter().for_each(|items| items.retain(is_there));
            Keep::Yes
        });
    }
    for (pattern, reference) in &table.refs {
        select_mut(&mut body, pattern, &mut |found| {
            visit_refs_mut(found, &mut |address| {
                let value = match reference.by {
                    By::Id => index.id(address).map(ServerId::to_value),
                    By::Principal => index.principal(address).map(|name| json!(name)),
                };
                if value.is_none() {
                    missing.push(address.clone());
                }
                value
            });
            if let Some(outside) = as_external(found) {
                *found = outside.id;
            }
            Keep::Yes
        });
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut body = unescape(body);
    each(table, &mut body, |what, found| match what {
        What::InputOnly(_) => Keep::No,
        What::JsonText if found.is_object() || found.is_array() => {
            *found = Value::String(canonical(found));
            Keep::Yes
        }
        What::Blob => {
            if let Some(digest) = as_blob(found) {
                *found = Value::String(digest.to_string());
            }
            Keep::Yes
        }
        _ => Keep::Yes,
    });
    Ok(body)
}

fn is_reference_to_secret(text: &str) -> bool {
    text.trim_start().starts_with("{{secrets/")
}

fn redact(found: &mut Value) {
    if found.as_str().is_some_and(|text| !text.is_empty() && !is_reference_to_secret(text)) {
        *found = json!({ "$redacted": "a secret in clear" });
    }
}

/// Whether a setting looks like a secret in clear, by its name or by the form of its value.
fn looks_secret(name: &str, value: &str) -> bool {
    let name = name.to_lowercase();
    let words = "password passwd secret token account.key access.key apikey api_key";
    let named = words.split(' ').any(|word| name.contains(word));
    let known_form = value.starts_with("dapi") && value.len() >= 34
        || value.starts_with("AKIA") && value.len() == 20
        || value.contains("-----BEGIN ") && value.contains("PRIVATE KEY");
    // A name alone is not enough: many settings called `…token…` hold a class, a number, a path or an address.
    let opaque =
        value.len() >= 8 && !value.contains([' ', '/', '.']) && value.parse::<f64>().is_err();
    known_form
        || named
            && (opaque
                || value.len() >= 20
                    && !value.contains(' ')
                    && !value.starts_with("org.")
                    && !value.contains("://"))
}

fn redact_suspects(found: &mut Value) {
    if let Value::Object(map) = found {
        for (name, value) in map.iter_mut() {
            redact_suspect(name, value);
            // A policy says of a setting what its value must be, or what it is at first.
            for place in ["/value", "/defaultValue", "/values/*"] {
                select_mut(value, place, &mut |inner| {
                    redact_suspect(name, inner);
                    Keep::Yes
                });
            }
        }
    }
}

fn redact_suspect(name: &str, value: &mut Value) {
    if let Some(text) = value.as_str()
        && !is_reference_to_secret(text)
        && looks_secret(name, text)
    {
        *value = json!({ "$redacted": "looks like a secret in clear" });
    }
}

/// Whether a spec holds a value that was taken out because it is a secret.
pub fn has_redacted(spec: &Value) -> bool {
    match spec {
        Value::Object(map) => map.contains_key("$redacted") || map.values().any(has_redacted),
        Value::Array(items) => items.iter().any(has_redacted),
        _ => false,
    }
}

/// The natural key a listed object has by its table; in lower case where case means nothing.
pub(crate) fn key_of(kind: &Kind, raw: &Value) -> Option<String> {
    let caseless =
        kind.rules.iter().any(|rule| rule.at == kind.key && matches!(rule.what, What::Caseless));
    let key = at(raw, kind.key).and_then(Value::as_str)?;
    Some(if caseless { key.to_lowercase() } else { key.to_owned() })
}
