//! Runs that do not come to their end.

use serde_json::json;

use super::super::commit::STAGING;
use super::super::read;
use super::workspace::{Workspace, sample};
use crate::model::ContentFormat;
use crate::store::durable::fuse;
use crate::store::{BlobStore, StoreError};

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
        assert!(!dir.path().join(STAGING).exists());
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
    let deep = (0..101).fold(json!(1), |inner, _| json!([inner]));
    let too_deep = sample().with("job", "deep", json!({"deep": deep}), None);
    for broken in [wrong_mark, no_mark, no_bytes, too_deep] {
        let refusal = broken.write(dir.path()).unwrap_err();
        assert!(matches!(refusal, StoreError::Unstorable { .. }), "{refusal}");
        sample().check_read(dir.path());
    }
}
