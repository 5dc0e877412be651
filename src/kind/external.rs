//! References to objects that are not part of a snapshot.

use serde_json::{Value, json};

/// A reference that could not be turned into an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// The kind it should refer to.
    pub kind: String,
    /// The identifier as the source workspace gave it.
    pub id: Value,
}

/// Writes a reference to something outside the snapshot: its kind and the source's own identifier.
///
/// This is the one place where a source identifier is kept, because nothing else is left to tell what was meant.
pub fn external(kind: &str, id: &Value) -> Value {
    json!({ "$external": { "kind": kind, "id": id } })
}

/// Reads what [`external`] wrote.
pub fn as_external(value: &Value) -> Option<External> {
    let inner = value.as_object().filter(|map| map.len() == 1)?.get("$external")?;
    Some(External { kind: inner.get("kind")?.as_str()?.to_owned(), id: inner.get("id")?.clone() })
}
