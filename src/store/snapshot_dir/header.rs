//! `snapshot.yaml`: what the snapshot is of, and how much it holds.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::document::Document;
use super::layout::{self, HEADER};
use crate::model::{Digest, KindMark, SNAPSHOT_FORMAT, Selectors, Snapshot, Source};
use crate::store::error::StoreError;
use crate::store::format;

/// Features a snapshot may require of its reader, and which this program has.
const FEATURES: [&str; 0] = [];

/// What `snapshot.yaml` says.
pub(super) struct Header {
    pub(super) source: Source,
    /// What of the workspace was selected.
    pub(super) scope: Selectors,
    pub(super) kinds: BTreeMap<String, KindMark>,
    /// Digest of all that was captured.
    pub(super) root: Digest,
    /// Digest of the workspace tree, where there is one.
    pub(super) tree: Option<Digest>,
}

/// Writes the header of a snapshot.
pub(super) fn to_value(snapshot: &Snapshot, tree: Option<&Digest>) -> Value {
    let requires: [&str; 0] = [];
    let mut header = json!({
        "format": SNAPSHOT_FORMAT,
        "requires": requires,
        "root": snapshot.root_digest(),
        "source": snapshot.source,
        "kinds": snapshot.kinds,
    });
    if !snapshot.scope.is_everything() {
        header["scope"] = json!(snapshot.scope);
    }
    if let Some(tree) = tree {
        header["workspace"] = json!(tree);
    }
    header
}

impl Header {
    /// Reads the header of the snapshot in `dir`, if this program can read that snapshot.
    pub(super) fn read(dir: &Path) -> Result<Self, StoreError> {
        if !dir.join(HEADER).exists() {
            return Err(StoreError::NoSnapshot { dir: dir.to_owned() });
        }
        Self::parse(&Document::read(dir, HEADER, HEADER)?)
    }

    /// Takes the header from its file.
    pub(super) fn parse(document: &Document) -> Result<Self, StoreError> {
        check_format(document)?;
        let kinds: BTreeMap<String, Value> = document.field("kinds")?;
        let mut marks = BTreeMap::new();
        for (kind, mark) in kinds {
            if !layout::is_kind_name(&kind) {
                return Err(
                    document.wrong(&["kinds"], "a kind's name holds more than a-z, 0-9 and _")
                );
            }
            marks.insert(kind.clone(), document.part(&mark, &["kinds", &kind])?);
        }
        Ok(Self {
            source: document.field("source")?,
            scope: document.optional("scope")?.unwrap_or_default(),
            kinds: marks,
            root: document.field("root")?,
            tree: document.optional("workspace")?,
        })
    }
}

fn check_format(document: &Document) -> Result<(), StoreError> {
    let format: String = document.field("format")?;
    let major = |text: &str| format::parse(text).map(|(major, _)| major);
    match major(&format) {
        Some(found) if Some(found) > major(SNAPSHOT_FORMAT) => {
            return Err(StoreError::NewerFormat {
                file: document.path().to_owned(),
                what: "snapshot",
                found: format,
                known: SNAPSHOT_FORMAT,
            });
        }
        Some(1..) => {}
        _ => return Err(document.wrong(&["format"], "it is no format of a snapshot")),
    }
    let requires: Vec<String> = document.optional("requires")?.unwrap_or_default();
    match requires.into_iter().find(|feature| !FEATURES.contains(&feature.as_str())) {
        Some(feature) => Err(StoreError::Requires { file: document.path().to_owned(), feature }),
        None => Ok(()),
    }
}
