//! `notes/`: what could not be read, and what exists but cannot be kept.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::document::Document;
use super::layout::NOTES;
use crate::model::{Finding, Severity};
use crate::store::error::StoreError;

/// The files of the notes, and which severities each holds.
pub(super) const FILES: [(&str, &[Severity]); 2] = [
    ("errors.yaml", &[Severity::Error, Severity::Warning]),
    ("unsupported.yaml", &[Severity::Note]),
];

pub(super) fn path(file: &str) -> String {
    format!("{NOTES}/{file}")
}

/// The findings of the given severities: sorted, and the objects they tell of counted by code.
pub(super) fn to_value(findings: &[Finding], severities: &[Severity]) -> Value {
    let mut chosen: Vec<_> =
        findings.iter().filter(|finding| severities.contains(&finding.severity)).collect();
    chosen.sort();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &chosen {
        *counts.entry(&finding.code).or_default() += finding.count;
    }
    json!({ "counts": counts, "findings": chosen })
}

/// Reads all notes back, sorted.
pub(super) fn read(dir: &Path) -> Result<Vec<Finding>, StoreError> {
    const KNOWN: [&str; 6] = ["severity", "code", "about", "message", "hint", "count"];
    let mut findings = Vec::new();
    for (file, _) in FILES {
        let document = Document::read(dir, &path(file), super::layout::HEADER)?;
        let listed: Vec<Value> = document.field("findings")?;
        for (index, mut finding) in listed.into_iter().enumerate() {
            // A newer program may note more than this one knows.
            if let Some(map) = finding.as_object_mut() {
                map.retain(|key, _| KNOWN.contains(&key.as_str()));
            }
            findings.push(document.part(&finding, &["findings", &index.to_string()])?);
        }
    }
    findings.sort();
    Ok(findings)
}
