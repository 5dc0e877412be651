//! A workspace to write and read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::super::stage::existing_files;
use super::super::{ObservedFacts, Written, problems, read, write};
use crate::model::{
    Address, Content, ContentFormat, Finding, Grant, KindMark, Layout, Resource, Snapshot, Source,
};
use crate::store::{BlobStore, StoreError};

/// A snapshot, and the bytes of its contents.
pub(super) struct Workspace {
    pub(super) snapshot: Snapshot,
    pub(super) contents: BlobStore,
    _dir: tempfile::TempDir,
}

impl Workspace {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let source = Source {
            host: "https://one.example".into(),
            workspace_id: Some("12".into()),
            cloud: "aws".into(),
            caller: "ana@acme.com".into(),
            admin: true,
            ..Source::default()
        };
        let snapshot = Snapshot { source, ..Snapshot::default() };
        Self { snapshot, contents: BlobStore::new(dir.path()), _dir: dir }
    }

    pub(super) fn with(
        mut self,
        kind: &str,
        key: &str,
        spec: Value,
        bytes: Option<(ContentFormat, &[u8])>,
    ) -> Self {
        let content = bytes.map(|(format, bytes)| {
            let digest = self.contents.put(bytes).unwrap();
            Content { format, digest, size: bytes.len() as u64 }
        });
        let address = Address::new(kind, key);
        let grants = spec.get("granted").map(|_| {
            let grant = |level: &str| Grant {
                principal: Address::new("user", "ana@acme.com"),
                level: level.into(),
            };
            BTreeSet::from([grant("CAN_MANAGE"), grant("CAN_RUN")])
        });
        self.snapshot
            .resources
            .insert(address.clone(), Resource { address, spec, grants, content });
        self.marked()
    }

    pub(super) fn marked(mut self) -> Self {
        let kinds =
            [("job", Layout::Objects), ("folder", Layout::Directory), ("repo", Layout::Directory)];
        for (kind, layout) in
            kinds.into_iter().chain([("notebook", Layout::File), ("file", Layout::File)])
        {
            let mark = KindMark {
                layout,
                count: self.snapshot.of_kind(kind).count(),
                digest: self.snapshot.kind_digest(kind),
                complete: kind != "repo",
                evidence: "listed, last page reached".into(),
            };
            self.snapshot.kinds.insert(kind.into(), mark);
        }
        self
    }

    pub(super) fn write(&self, dir: &Path) -> Result<Written, StoreError> {
        self.write_at(dir, "2026-11-01T00:00:00Z")
    }

    pub(super) fn write_at(&self, dir: &Path, moment: &str) -> Result<Written, StoreError> {
        let keys = BTreeMap::from([("job".into(), BTreeMap::from([("f00".into(), "a~2".into())]))]);
        write(
            dir,
            &self.snapshot,
            &self.contents,
            &ObservedFacts { captured_at: moment.into(), keys },
        )
    }

    pub(super) fn check_read(&self, dir: &Path) {
        let found = read(dir).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found.snapshot, self.snapshot);
        for resource in self.snapshot.resources.values() {
            if let Some(content) = &resource.content {
                assert_eq!(
                    found.content(resource).unwrap(),
                    self.contents.get(&content.digest).unwrap()
                );
            }
        }
        let known: Vec<_> = problems(dir)
            .into_iter()
            .filter(|finding| finding.code != "dangling-reference")
            .collect();
        assert_eq!(known, []);
    }
}

/// A small workspace with a bit of everything.
pub(super) fn sample() -> Workspace {
    let mut workspace = Workspace::new()
        .with(
            "job",
            "nightly",
            json!({"name": "nightly", "granted": 1, "sql": "SELECT 1\nFROM t \n", "n": 1.5}),
            None,
        )
        .with("job", "a/b:c", json!({}), None)
        .with("folder", "/Shared", json!({}), None)
        .with("folder", "/Shared/etl", json!({"granted": 1}), None)
        .with(
            "notebook",
            "/Shared/etl/load",
            json!({"language": "PYTHON"}),
            Some((ContentFormat::Source, b"# x\n")),
        )
        .with(
            "notebook",
            "/Shared/etl/plot",
            json!({"language": "R"}),
            Some((ContentFormat::Jupyter, b"{}")),
        )
        .with("file", "/Shared/etl/load.py", json!({}), Some((ContentFormat::Raw, b"\x00\xff\r\n")))
        .with("file", "/Users/ana@acme.com/empty", json!({}), Some((ContentFormat::Raw, b"")));
    workspace.snapshot.findings = vec![
        Finding::note("skipped-system", "job", "left out"),
        Finding::warning("odd", "job:nightly", "look"),
        Finding::error("unreadable", "notebook:/x", "403").hint("ask an admin"),
    ];
    workspace
}

pub(super) fn files(dir: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let read = |path: String| {
        let on_disk = dir.join(&path);
        let bytes = fs::read(&on_disk).unwrap();
        (path, (bytes, fs::metadata(on_disk).unwrap().modified().unwrap()))
    };
    existing_files(dir).unwrap().into_iter().map(read).collect()
}
