//! Identifiers a server gave, which never reach a file.

use serde_json::Value;

/// An identifier of one object in one workspace.
///
/// It does not implement `Serialize`, so that it cannot be written to a snapshot, plan or journal by
/// accident. It remembers whether the server spelled it as a number, and is sent back the same way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId {
    text: String,
    number: bool,
}

impl ServerId {
    /// Reads an identifier out of an answer: a string or a whole number that is not empty.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) if !text.is_empty() => {
                Some(Self { text: text.clone(), number: false })
            }
            Value::Number(number) if !number.is_f64() => {
                Some(Self { text: number.to_string(), number: true })
            }
            _ => None,
        }
    }

    /// The identifier as the server spells it in a body.
    pub fn to_value(&self) -> Value {
        if self.number
            && let Ok(number) = self.text.parse::<serde_json::Number>()
        {
            return Value::Number(number);
        }
        Value::String(self.text.clone())
    }

    /// The identifier as it stands in a path or query.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Debug for ServerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerId(…)")
    }
}
