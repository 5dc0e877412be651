//! Values on one line.

use serde_json::Value;

use super::text::{plain, size};
use crate::model::{Content, as_ref};

/// Writes a value on one line: references as their address, contents as their size and digest.
pub(super) fn value(value: &Value) -> String {
    if let Some(address) = as_ref(value) {
        return plain(&address.to_string());
    }
    if let Ok(content) = serde_json::from_value::<Content>(value.clone()) {
        return format!("{} sha256:{}", size(content.size), content.digest.short());
    }
    plain(&written(value))
}

/// JSON in which references are addresses.
fn written(value: &Value) -> String {
    if let Some(address) = as_ref(value) {
        return address.to_string();
    }
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(key, value)| format!("{key}: {}", written(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::value;
    use serde_json::json;

    #[test]
    fn references_and_contents_are_named() {
        assert_eq!(value(&json!({"$ref": "job:x"})), "job:x");
        assert_eq!(value(&json!({"a": [1, "b", {"$ref": "job:x"}]})), "{a: [1, \"b\", job:x]}");
        let digest = format!("sha256:{}", "ab".repeat(32));
        let content = json!({"format": "SOURCE", "digest": digest, "size": 2000});
        assert_eq!(value(&content), "2.0 kB sha256:abababababab");
        assert!(!value(&json!("\u{1b}[2J")).contains('\u{1b}'));
    }
}
