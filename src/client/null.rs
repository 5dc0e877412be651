//! An answer's null means the same as an absent field.

use serde_json::Value;

/// Removes fields that are null, at every depth; nulls within arrays keep their place.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(_, field)| !field.is_null())
                .map(|(name, field)| (name, without_nulls(field)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn null_fields_go_and_all_else_stays() {
        let answer = json!({"a": null, "b": {"c": null, "d": [null, {"e": null}, 0, "", false]}});
        assert_eq!(without_nulls(answer), json!({"b": {"d": [null, {}, 0, "", false]}}));
        assert_eq!(without_nulls(Value::Null), Value::Null);
    }
}
