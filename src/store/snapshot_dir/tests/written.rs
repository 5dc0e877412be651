//! What a snapshot looks like on disk.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::super::commit::STAGING;
use super::super::read;
use super::super::stage::existing_files;
use super::workspace::{Workspace, files, sample};
use crate::model::{Address, ContentFormat, Resource, to_blob};

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
    assert!(!dir.path().join(STAGING).exists());
}

#[test]
fn bytes_that_a_spec_speaks_of_come_and_go_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let workspace = Workspace::new();
    let digest = workspace.contents.put(b"one run").unwrap();
    let spec = json!({"runs": {"a": to_blob(&digest)}});
    let workspace = workspace.with("job", "day", spec, None);
    assert_eq!(workspace.write(dir.path()).unwrap().removed, 0);
    workspace.check_read(dir.path());
    let hex = digest.hex();
    let blob = dir.path().join("blobs/sha256").join(&hex[..2]).join(&hex[2..]);
    assert_eq!(fs::read(&blob).unwrap(), b"one run");

    // Another store that never saw the bytes keeps what stands there already.
    let mut again = Workspace::new();
    again.snapshot = workspace.snapshot.clone();
    assert_eq!(again.write(dir.path()).unwrap().written, 0);
    fs::write(&blob, b"one rum").unwrap();
    assert!(read(dir.path()).is_err());
    assert!(again.write(dir.path()).unwrap_err().to_string().contains("export again"));
    fs::remove_file(&blob).unwrap();
    assert!(read(dir.path()).is_err());
    workspace.write(dir.path()).unwrap();
    workspace.check_read(dir.path());

    let without = Workspace::new().with("job", "day", json!({"runs": {}}), None);
    without.write(dir.path()).unwrap();
    assert!(!blob.exists());
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
    assert_eq!(
        found.open(&resource.content.as_ref().unwrap().digest).unwrap().metadata().unwrap().len(),
        5_242_881
    );
}

#[test]
fn the_deepest_settings_that_are_written_are_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let deep = (0..99).fold(json!(1), |inner, _| json!([inner]));
    let workspace = Workspace::new().with("folder", "/a", json!({"deep": deep}), None);
    workspace.write(dir.path()).unwrap();
    workspace.check_read(dir.path());
}
