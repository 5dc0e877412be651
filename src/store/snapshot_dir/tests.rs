use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::stage::existing_files;
use super::*;
use crate::model::{
    Address, Content, ContentFormat, Finding, Grant, KindMark, Layout, Resource, Severity,
    Snapshot, Source,
};
use crate::store::durable::fuse;
use crate::store::{BlobStore, StoreError};

/// A snapshot, and the bytes of its contents.
struct Workspace {
    snapshot: Snapshot,
    contents: BlobStore,
    _dir: tempfile::TempDir,
}

impl Workspace {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let source = Source {
            host: "https://one.example".into(),
            workspace_id: Some("12".into()),
            cloud: "aws".into(),
            caller: "ana@acme.com".into(),
            admin: true,
        };
        let snapshot = Snapshot { source, ..Snapshot::default() };
        Self { snapshot, contents: BlobStore::new(dir.path()), _dir: dir }
    }

    fn with(
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

    fn marked(mut self) -> Self {
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

    fn write(&self, dir: &Path) -> Result<Written, StoreError> {
        self.write_at(dir, "2026-11-01T00:00:00Z")
    }

    fn write_at(&self, dir: &Path, moment: &str) -> Result<Written, StoreError> {
        let keys = BTreeMap::from([("job".into(), BTreeMap::from([("f00".into(), "a~2".into())]))]);
        write(
            dir,
            &self.snapshot,
            &self.contents,
            &ObservedFacts { captured_at: moment.into(), keys },
        )
    }

    fn check_read(&self, dir: &Path) {
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
fn sample() -> Workspace {
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

fn files(dir: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let read = |path: String| {
        let on_disk = dir.join(&path);
        let bytes = fs::read(&on_disk).unwrap();
        (path, (bytes, fs::metadata(on_disk).unwrap().modified().unwrap()))
    };
    existing_files(dir).unwrap().into_iter().map(read).collect()
}

fn edit(dir: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(dir.join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from}:\n{text}");
    fs::write(dir.join(file), text.replacen(from, to, 1)).unwrap();
}

#[test]
fn what_was_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let workspace = sample();
    let written = workspace.write(dir.path()).unwrap();
    assert_eq!(written.removed + written.unchanged, 0);
    workspace.check_read(dir.path());
    let found = read(dir.path()).unwrap();
    assert_eq!(*found.root_digest(), written.root);
    assert_eq!(found.observed.keys["job"]["f00"], "a~2");
    assert!(found.tree_digest("/Shared/etl").is_some() && found.tree_digest("/x").is_none());
    let paths: Vec<_> = existing_files(dir.path()).unwrap().into_iter().collect();
    for path in [
        "objects/job/a%2Fb%3Ac.yaml",
        "objects/job/nightly.yaml",
        "workspace/Shared/etl/_index.yaml",
        "workspace/Shared/etl/load.py",
        "workspace/Shared/etl/plot.ipynb",
        "workspace/Users/ana@acme.com/empty",
        "notes/errors.yaml",
        "observed/capture.yaml",
        "snapshot.yaml",
    ] {
        assert!(paths.iter().any(|found| found == path), "{path} not in {paths:#?}");
    }
    assert_eq!(fs::read(dir.path().join("workspace/Shared/etl/load.py")).unwrap(), b"\x00\xff\r\n");
    assert!(!dir.path().join(super::commit::STAGING).exists());
}

#[test]
fn the_bytes_on_disk_never_change() {
    let dir = tempfile::tempdir().unwrap();
    sample().write(dir.path()).unwrap();
    let mut all = String::new();
    for (path, (bytes, _)) in files(dir.path()) {
        if path.ends_with(".yaml") {
            all.push_str(&format!("=== {path}\n{}", String::from_utf8(bytes).unwrap()));
        }
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/snapshot.txt");
    assert_eq!(all, fs::read_to_string(golden).unwrap());
}

#[test]
fn an_unchanged_export_touches_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let workspace = sample();
    workspace.write_at(dir.path(), "2026-11-01T00:00:00Z").unwrap();
    let before = files(dir.path());
    let written = workspace.write_at(dir.path(), "2026-11-02T00:00:00Z").unwrap();
    assert_eq!((written.written, written.removed, written.unchanged), (0, 0, before.len()));
    assert_eq!(files(dir.path()), before);
    let changed = sample().with("job", "new", json!({}), None);
    let written = changed.write_at(dir.path(), "2026-11-03T00:00:00Z").unwrap();
    // The new object, the header, and the moment.
    assert_eq!((written.written, written.removed), (3, 0));
    assert_eq!(read(dir.path()).unwrap().observed.captured_at, "2026-11-03T00:00:00Z");
}

#[test]
fn everything_else_in_the_directory_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mine =
        [".git/config", "README.md", ".gitignore", ".gitattributes", "rewrites.yaml", "src/x.py"];
    for file in mine {
        fs::create_dir_all(dir.path().join(file).parent().unwrap()).unwrap();
        fs::write(dir.path().join(file), file).unwrap();
    }
    sample().write(dir.path()).unwrap();
    Workspace::new().marked().write(dir.path()).unwrap();
    for file in mine {
        assert_eq!(fs::read_to_string(dir.path().join(file)).unwrap(), file);
    }
    assert!(!dir.path().join("workspace/Shared").exists(), "what is gone from the workspace goes");
}

#[test]
fn files_of_somebody_else_are_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("workspace/src")).unwrap();
    sample().write(dir.path()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("workspace/src")).unwrap();
    fs::write(dir.path().join("workspace/src/main.rs"), "mine").unwrap();
    let refusal = sample().write(dir.path()).unwrap_err();
    assert!(matches!(refusal, StoreError::NotOurs { .. }), "{refusal}");
    assert_eq!(fs::read_to_string(dir.path().join("workspace/src/main.rs")).unwrap(), "mine");
}

#[test]
fn edits_are_refused_naming_file_and_digest() {
    let index = "workspace/Shared/etl/_index.yaml";
    for (file, from, to, wanted) in [
        ("objects/job/nightly.yaml", "SELECT 1", "SELECT 2", "the digest of job:nightly"),
        ("objects/job/nightly.yaml", "CAN_RUN", "CAN_VIEW", "the digest of job:nightly"),
        (index, "PYTHON", "SQL", "the digest of directory /Shared/etl"),
        ("workspace/Shared/_index.yaml", "CAN_RUN", "CAN_VIEW", "the digest of directory /Shared"),
        ("workspace/Shared/etl/plot.ipynb", "{}", "[]", "the digest of its bytes"),
        ("snapshot.yaml", "complete: true", "complete: false", "the root digest"),
        ("snapshot.yaml", "count: 2", "count: 1", "the count of kind file"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        sample().write(dir.path()).unwrap();
        edit(dir.path(), file, from, to);
        let refusal =
            read(dir.path()).err().unwrap_or_else(|| panic!("{file}: {from} ⇒ {to}")).to_string();
        assert!(refusal.contains(&format!("{wanted} is ")), "{refusal}");
        assert!(
            wanted.contains("root") || wanted.contains("count") || refusal.contains(file),
            "{refusal}"
        );
        read_with(dir.path(), Verify::Off).unwrap();
        assert_eq!(
            problems(dir.path()).iter().filter(|finding| finding.code == "changed").count(),
            1
        );
    }
}

#[test]
fn what_is_missing_or_extra_is_named() {
    let dir = tempfile::tempdir().unwrap();
    sample().write(dir.path()).unwrap();
    fs::remove_file(dir.path().join("objects/job/nightly.yaml")).unwrap();
    assert!(read(dir.path()).err().unwrap().to_string().contains("the count of kind job is 1"));
    for file in
        ["workspace/Shared/etl/plot.ipynb", "workspace/Shared/_index.yaml", "notes/errors.yaml"]
    {
        fs::remove_file(dir.path().join(file)).unwrap();
    }
    fs::write(dir.path().join("workspace/Users/stray.txt"), "x").unwrap();
    let found = problems(dir.path());
    let of = |code: &str| found.iter().filter(|finding| finding.code == code).count();
    assert_eq!((of("missing"), of("stray-file")), (2, 4), "{found:#?}");
    assert!(matches!(read(Path::new("/nonexistent")), Err(StoreError::NoSnapshot { .. })));
}

#[test]
fn references_to_nothing_are_found() {
    let to = |key: &str| json!({"$ref": key});
    let dir = tempfile::tempdir().unwrap();
    let spec = json!({"a": to("notebook:/gone"), "b": [to("pool:x")], "c": to("job:nightly")});
    sample().with("job", "refers", spec, None).write(dir.path()).unwrap();
    let found: Vec<_> =
        problems(dir.path()).into_iter().filter(|finding| finding.about == "job:refers").collect();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!((found[0].severity, found[1].severity), (Severity::Error, Severity::Warning));
    assert!(found[0].message.contains("`/a` refers to notebook:/gone"), "{}", found[0].message);
    assert!(
        problems(dir.path()).iter().any(|finding| finding.message.contains("user:ana@acme.com"))
    );
}

#[test]
fn newer_snapshots_are_refused_by_name() {
    for (from, to, wanted) in [
        ("format: \"1.0\"", "format: \"2.0\"", "snapshot format 2.0"),
        ("requires: []", "requires: [sealed]", "requires `sealed`"),
        ("format: \"1.0\"", "format: x", "line 1, field `format`"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        sample().write(dir.path()).unwrap();
        edit(dir.path(), "snapshot.yaml", from, to);
        let refusal = read(dir.path()).err().unwrap().to_string();
        assert!(refusal.contains(wanted) && refusal.contains("snapshot.yaml"), "{refusal}");
        assert_eq!(problems(dir.path()).len(), 1);
    }
    let dir = tempfile::tempdir().unwrap();
    sample().write(dir.path()).unwrap();
    edit(dir.path(), "snapshot.yaml", "format: \"1.0\"", "format: \"1.9\"\nnews: 1");
    edit(dir.path(), "objects/job/nightly.yaml", "key: nightly", "key: nightly\nnews: 1");
    sample().check_read(dir.path());
}

#[test]
fn paths_out_of_the_snapshot_are_refused() {
    let index = "workspace/Shared/etl/_index.yaml";
    for (from, to) in [
        ("name: plot", "name: plot\n    file: ../../../secret"),
        ("name: plot", "name: plot\n    file: _index.yaml"),
        ("name: plot", "name: \"..\""),
        ("name: plot", "name: a/b"),
        ("name: plot", "name: \"\""),
        ("name: plot", "name: plot\n    file: load.py"),
        ("name: plot", "name: load"),
        ("type: notebook", "type: job"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        sample().write(dir.path()).unwrap();
        edit(dir.path(), index, from, to);
        let refusal = read_with(dir.path(), Verify::Off).err().unwrap_or_else(|| panic!("{to}"));
        let StoreError::Field { file, line: Some(_), field, .. } = &refusal else {
            panic!("{refusal}")
        };
        assert!(file.ends_with(index) && field.starts_with("children."), "{refusal}");
    }
    let refusal = Workspace::new().with("folder", "/a/../../b", json!({}), None);
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(refusal.write(&dir.path().join("s")), Err(StoreError::Unstorable { .. })));
    assert!(!dir.path().join("b").exists());
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    sample().write(dir.path()).unwrap();
    let plot = dir.path().join("workspace/Shared/etl/plot.ipynb");
    fs::remove_file(&plot).unwrap();
    fs::write(outside.path().join("plot"), "{}").unwrap();
    std::os::unix::fs::symlink(outside.path().join("plot"), &plot).unwrap();
    assert!(read(dir.path()).err().unwrap().to_string().contains("it is a link"));
    fs::remove_dir_all(dir.path().join("workspace/Users")).unwrap();
    std::os::unix::fs::symlink(outside.path(), dir.path().join("workspace/Users")).unwrap();
    sample().write(dir.path()).unwrap();
    sample().check_read(dir.path());
    assert_eq!(
        fs::read_dir(outside.path()).unwrap().count(),
        1,
        "nothing was written through the link"
    );
}

#[test]
fn a_run_cut_off_anywhere_leaves_the_old_snapshot_or_the_new() {
    let old =
        sample().with("file", "/Shared/turns", json!({}), Some((ContentFormat::Raw, b"file")));
    let new = Workspace::new()
        .with("job", "nightly", json!({"changed": true}), None)
        .with("folder", "/Shared/turns", json!({}), None)
        .with("file", "/Shared/turns/around", json!({}), Some((ContentFormat::Raw, b"x")))
        .with("file", "/Shared/etl", json!({}), Some((ContentFormat::Raw, b"was a directory")));
    let (mut saw_old, mut saw_new) = (0, 0);
    for writes in 0.. {
        let dir = tempfile::tempdir().unwrap();
        old.write(dir.path()).unwrap();
        fuse::set(Some(writes));
        let result = new.write(dir.path());
        fuse::set(None);
        if result.is_ok() {
            assert!(writes > 20);
            break;
        }
        let found = read(dir.path())
            .unwrap_or_else(|error| panic!("after {writes} writes: {error}"))
            .snapshot;
        if found == old.snapshot {
            saw_old += 1;
            old.check_read(dir.path());
        } else {
            saw_new += 1;
            new.check_read(dir.path());
        }
        new.write(dir.path()).unwrap();
        new.check_read(dir.path());
        assert!(!dir.path().join(super::commit::STAGING).exists());
    }
    assert!(saw_old > 5 && saw_new > 5, "{saw_old} {saw_new}");
}

#[test]
fn a_snapshot_that_could_not_be_read_back_is_not_written() {
    let dir = tempfile::tempdir().unwrap();
    sample().write(dir.path()).unwrap();
    let mut wrong_mark = sample();
    wrong_mark.snapshot.kinds.get_mut("job").unwrap().count = 7;
    let mut no_mark = sample();
    no_mark.snapshot.kinds.remove("job");
    let mut no_bytes = sample().with("file", "/new", json!({}), Some((ContentFormat::Raw, b"new")));
    no_bytes.contents = BlobStore::new(dir.path().join("nothing"));
    for broken in [wrong_mark, no_mark, no_bytes] {
        let refusal = broken.write(dir.path()).unwrap_err();
        assert!(matches!(refusal, StoreError::Unstorable { .. }), "{refusal}");
        sample().check_read(dir.path());
    }
}

#[test]
fn large_contents_and_crowds_stand_apart() {
    let dir = tempfile::tempdir().unwrap();
    let large = vec![7; 5 * 1024 * 1024 + 1];
    let mut workspace = Workspace::new()
        .with("file", "/model.pkl", json!({}), Some((ContentFormat::Raw, &large)))
        .with("job", "wheel", json!({}), Some((ContentFormat::Raw, b"wheel")));
    for number in 0..1001 {
        let address = Address::new("job", format!("job {number}"));
        let resource = Resource {
            address: address.clone(),
            spec: json!({"n": number}),
            grants: None,
            content: None,
        };
        workspace.snapshot.resources.insert(address, resource);
    }
    let workspace = workspace.marked();
    workspace.write(dir.path()).unwrap();
    workspace.check_read(dir.path());
    let pointer = fs::read_to_string(dir.path().join("workspace/model.pkl.blob.yaml")).unwrap();
    assert!(pointer.contains("size: 5242881"), "{pointer}");
    assert_eq!(fs::read_dir(dir.path().join("objects/job")).unwrap().count(), 256 - 5);
    let found = read(dir.path()).unwrap();
    let resource = &found.snapshot.resources[&Address::new("file", "/model.pkl")];
    assert_eq!(found.open(resource).unwrap().metadata().unwrap().len(), 5_242_881);
}

/// Names that some file system, git, or this program could stumble over.
fn name() -> impl Strategy<Value = String> {
    let odd = vec![
        "a",
        "A",
        "b",
        "load",
        "Load",
        "LOAD.py",
        "load.py",
        "load.r",
        " lead",
        "trail ",
        "dot.",
        "..dots",
        ".git",
        ".GITIGNORE",
        "CON",
        "con.txt",
        "nul",
        "_index.yaml",
        "_INDEX.YAML",
        "é",
        "e\u{301}",
        "É",
        "ß",
        "ss",
        "a:b",
        "a%2Fb",
        "a\\b",
        "q?*",
        "tab\t",
        "new\nline",
        "x.blob.yaml",
        "x",
        "null",
        "yes",
        "1",
        "~",
        "-",
        "😀",
        "\u{200b}",
        "a\u{202e}b",
        "git~1",
        "a%-0123456789ab",
    ];
    prop_oneof![
        8 => prop::sample::select(odd).prop_map(str::to_owned),
        1 => "[^/]{1,8}".prop_filter("leads elsewhere", |name| name != "." && name != ".."),
        1 => "[a-zé]{150}".prop_map(|name| name.repeat(2)),
    ]
}

/// Any set of resources.
fn any_workspace()
-> impl Strategy<Value = Vec<(String, String, Value, Option<(ContentFormat, Vec<u8>)>)>> {
    let path =
        prop::collection::vec(name(), 1..4).prop_map(|names| format!("/{}", names.join("/")));
    let spec = prop_oneof![
        Just(json!({})),
        Just(json!({"granted": true})),
        prop::sample::select(vec!["PYTHON", "SQL", "SCALA", "R", "?"]).prop_map(|language| json!({"language": language})),
        ("\\PC{0,20}", any::<i64>(), ".{0,20}")
            .prop_map(|(key, number, text)| json!({"kind": "x", key: [number, text.clone(), {"n\n": text}], "list": []})),
    ];
    let format = prop::sample::select(vec![
        ContentFormat::Source,
        ContentFormat::Jupyter,
        ContentFormat::Raw,
    ]);
    let content = prop::option::of((format, prop::collection::vec(any::<u8>(), 0..20)));
    let tree = (prop::sample::select(vec!["folder", "repo", "notebook", "file"]), path)
        .prop_map(|(kind, path)| (kind.to_owned(), path));
    let object = "[a-cA-C/.:]{0,3}|.{0,40}".prop_map(|key| ("job".to_owned(), key));
    let root = Just(("folder".to_owned(), "/".to_owned()));
    let address = prop_oneof![9 => tree, 4 => object, 1 => root];
    prop::collection::vec((address, spec, content), 0..25).prop_map(|all| {
        all.into_iter().map(|((kind, key), spec, content)| (kind, key, spec, content)).collect()
    })
}

fn build(resources: &[(String, String, Value, Option<(ContentFormat, Vec<u8>)>)]) -> Workspace {
    resources.iter().fold(Workspace::new().marked(), |workspace, (kind, key, spec, content)| {
        workspace.with(
            kind,
            key,
            spec.clone(),
            content.as_ref().map(|(format, bytes)| (*format, bytes.as_slice())),
        )
    })
}

fn bytes_of(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(dir).into_iter().map(|(path, (bytes, _))| (path.into(), bytes)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_workspace_is_read_back_and_replaces_any_other(one in any_workspace(), other in any_workspace()) {
        let (one, other) = (build(&one), build(&other));
        let dir = tempfile::tempdir().unwrap();
        one.write(dir.path()).unwrap();
        one.check_read(dir.path());
        other.write(dir.path()).unwrap();
        other.check_read(dir.path());
        let fresh = tempfile::tempdir().unwrap();
        other.write(fresh.path()).unwrap();
        prop_assert_eq!(bytes_of(dir.path()), bytes_of(fresh.path()));
        prop_assert_eq!(other.write(dir.path()).unwrap().written, 0);
    }
}
