//! What is refused, and what is said of it.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::super::{Verify, problems, read, read_with};
use super::workspace::{Workspace, sample};
use crate::model::{Finding, Severity};
use crate::store::StoreError;

fn edit(dir: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(dir.join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from}:\n{text}");
    fs::write(dir.join(file), text.replacen(from, to, 1)).unwrap();
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
fn what_was_left_out_on_purpose_is_no_error_to_refer_to() {
    let mut workspace = Workspace::new()
        .with("job", "one", json!({"next": {"$ref": "job:two"}}), None)
        .with("job", "granted", json!({"granted": 1}), None)
        .with("job", "lost", json!({"next": {"$ref": "job:gone"}}), None);
    workspace.snapshot.findings = vec![
        Finding::note("skipped-system", "user:ana@acme.com", "built in"),
        Finding::note("skipped-tool-made", "job:two", "made by a tool"),
    ];
    let dir = tempfile::tempdir().unwrap();
    workspace.write(dir.path()).unwrap();
    let found: Vec<_> = problems(dir.path())
        .into_iter()
        .map(|finding| (finding.about, finding.severity, finding.message.contains("by a tool")))
        .collect();
    let of = |job: &str, severity, told| (format!("job:{job}"), severity, told);
    assert_eq!(
        found,
        [of("lost", Severity::Error, false), of("one", Severity::Warning, true)],
        "{found:?}"
    );
}
