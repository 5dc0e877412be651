//! Facts that change although nothing in the workspace did, kept outside every digest.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::document::Document;
use super::layout::OBSERVED;
use crate::store::error::StoreError;

/// When a snapshot was taken, and which keys were given to objects whose names are not unique.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObservedFacts {
    /// The moment of the export, RFC 3339, as the caller's clock told it.
    pub captured_at: String,
    /// Per kind: fingerprint of a source object's identifier ⇒ the key it got, for good.
    pub keys: BTreeMap<String, BTreeMap<String, String>>,
}

pub(super) fn capture_path() -> String {
    format!("{OBSERVED}/capture.yaml")
}

pub(super) fn keys_path() -> String {
    format!("{OBSERVED}/keys.yaml")
}

pub(super) fn capture(facts: &ObservedFacts) -> Value {
    json!({ "captured_at": facts.captured_at })
}

pub(super) fn keys(facts: &ObservedFacts) -> Value {
    json!({ "keys": facts.keys })
}

/// Reads what earlier exports into `dir` observed; nothing where there was none.
///
/// # Errors
///
/// Refuses files that are there and cannot be read.
pub fn read_observed(dir: &Path) -> Result<ObservedFacts, StoreError> {
    let mut facts = ObservedFacts::default();
    let capture = capture_path();
    if dir.join(&capture).exists() {
        facts.captured_at = Document::read(dir, &capture, &capture)?.field("captured_at")?;
    }
    let keys = keys_path();
    if dir.join(&keys).exists() {
        facts.keys = Document::read(dir, &keys, &keys)?.field("keys")?;
    }
    Ok(facts)
}
