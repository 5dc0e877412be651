//! Tags as they travel: a list of keys and values.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::limits::{Limit, check};
use crate::sim::http::{Call, Refusal};

/// Reads a list of keys and values of a body; of two with one key the last counts.
///
/// # Errors
/// 400 for a key without a name, and for what is longer than the limit.
pub(super) fn sent(
    call: &Call<'_>,
    field: &str,
    limit: &Limit,
) -> Result<BTreeMap<String, String>, Refusal> {
    let list = call.body.get(field).and_then(Value::as_array);
    let mut tags = BTreeMap::new();
    for tag in list.into_iter().flatten() {
        let text = |name: &str| tag.get(name).and_then(Value::as_str).unwrap_or_default();
        check(limit, text("key"), text("value"))?;
        tags.insert(text("key").to_owned(), text("value").to_owned());
    }
    Ok(tags)
}

/// Writes keys and values as a list; none when there are none, as in all answers of this API.
pub(super) fn list<'a>(tags: impl IntoIterator<Item = (&'a String, &'a String)>) -> Option<Value> {
    let list: Vec<Value> =
        tags.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    (!list.is_empty()).then(|| list.into())
}
