//! Policy definitions: JSON documents inside JSON strings.

use serde_json::{Map, Value};

use crate::sim::http::Refusal;

/// What is said of each attribute, by the attribute's dotted path.
pub(super) type Definition = Map<String, Value>;

/// Reads a definition which was sent as text.
///
/// # Errors
/// 400 when it is no JSON object, or when an attribute's rule is of no known type or lacks its value.
pub(super) fn read(field: &str, text: &str) -> Result<Definition, Refusal> {
    let document: Definition = serde_json::from_str(text).map_err(|error| {
        Refusal::invalid(format!("Policy {field} is not a valid JSON document: {error}"))
    })?;
    for (attribute, rule) in &document {
        check(attribute, rule)?;
    }
    Ok(document)
}

/// What a policy of a family says: the family's rules, each replaced by its override.
pub(super) fn merged(family: &Definition, overrides: Definition) -> Definition {
    let mut definition = family.clone();
    definition.extend(overrides);
    definition
}

/// The text which the server gives back: its own spacing and order, whatever was sent.
pub(super) fn written(definition: &Definition) -> String {
    Value::Object(definition.clone()).to_string()
}

fn check(attribute: &str, rule: &Value) -> Result<(), Refusal> {
    let wrong = |what: &str| {
        Err(Refusal::invalid(format!("Validation failed for {attribute} in policy: {what}")))
    };
    let Some(rule) = rule.as_object() else {
        return wrong("the rule must be a JSON object");
    };
    let kind = rule.get("type").and_then(Value::as_str).unwrap_or_default();
    let has = |name: &str| rule.contains_key(name);
    let has_list = |name: &str| rule.get(name).is_some_and(Value::is_array);
    match kind {
        "fixed" if !has("value") => wrong("a fixed rule needs a value"),
        "allowlist" | "blocklist" if !has_list("values") => {
            wrong("the rule needs a list of values")
        }
        "regex" if !has("pattern") => wrong("a regex rule needs a pattern"),
        "range" if !has("minValue") && !has("maxValue") => {
            wrong("a range rule needs a minValue or a maxValue")
        }
        "fixed" | "forbidden" | "allowlist" | "blocklist" | "regex" | "range" | "unlimited" => {
            Ok(())
        }
        _ => wrong(&format!("unknown rule type '{kind}'")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn written_differs_from_sent_and_means_the_same() {
        let sent =
            "{ \"b\": {\"type\": \"fixed\", \"value\": 1},\n \"a\": {\"type\":\"forbidden\"} }";
        let definition = read("definition", sent).unwrap();
        let written = written(&definition);
        assert_ne!(written, sent);
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), Value::Object(definition));
    }

    #[test]
    fn an_override_replaces_the_whole_rule() {
        let family =
            read("definition", r#"{"a":{"type":"fixed","value":1,"hidden":true}}"#).unwrap();
        let overrides = read("overrides", r#"{"a":{"type":"unlimited"}}"#).unwrap();
        assert_eq!(Value::Object(merged(&family, overrides)), json!({"a": {"type": "unlimited"}}));
    }

    #[test]
    fn what_is_no_definition_is_refused() {
        for text in [
            "",
            "[]",
            "{\"a\": 1}",
            "{\"a\": {}}",
            "{\"a\": {\"type\": \"exact\"}}",
            "{\"a\": {\"type\": \"fixed\"}}",
            "{\"a\": {\"type\": \"allowlist\", \"values\": 1}}",
            "{\"a\": {\"type\": \"range\"}}",
        ] {
            assert_eq!(
                read("definition", text).unwrap_err().code,
                "INVALID_PARAMETER_VALUE",
                "{text}"
            );
        }
    }
}
