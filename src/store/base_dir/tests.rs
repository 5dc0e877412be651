//! Bases that come back as they were, and files that are no base.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::{Address, Base, Image, Recorded, Side};
use crate::store::StoreError;
use crate::store::durable::fuse;

fn side(host: &str, id: Option<&str>) -> Side {
    Side { host: host.to_owned(), workspace_id: id.map(str::to_owned) }
}

fn recorded(spec: Value) -> Recorded {
    Recorded {
        sent: Image { spec, content: None, grants: None },
        echoed: None,
        source_object: Some("0123456789ab".to_owned()),
        target_object: None,
        protected: false,
    }
}

/// A base of so many objects.
fn base(objects: usize) -> Base {
    let mut base =
        Base::new(side("https://one.example", Some("1")), side("https://two.example", None));
    for n in 0..objects {
        base.objects.insert(Address::new("toy", format!("etl-{n}")), recorded(json!({ "n": n })));
    }
    base
}

fn shards(files: &Files) -> usize {
    files.keys().filter(|name| *name != MANIFEST).count()
}

#[test]
fn a_base_is_divided_as_it_grows() {
    for (objects, wanted) in [(0, 0), (1, 1), (1000, 1), (1001, 16), (16_001, 256)] {
        let base = base(objects);
        let files = encode(&base, 7);
        assert_eq!(shards(&files), wanted, "{objects}");
        assert_eq!(decode(&files, Path::new("")).unwrap(), (base, 7));
    }
    let mut large = base(20);
    for recorded in large.objects.values_mut() {
        recorded.sent.spec = json!({ "text": "x".repeat(1 << 20) });
    }
    assert!(shards(&encode(&large, 1)) > 1, "large objects are divided earlier");
}

#[test]
fn a_change_of_one_object_changes_one_file_of_objects() {
    let mut changed = base(2000);
    let before = encode(&changed, 1);
    changed.objects.insert(Address::new("toy", "etl-5"), recorded(json!({ "n": "other" })));
    let after = encode(&changed, 2);
    let new: Vec<_> = after.iter().filter(|(name, _)| !before.contains_key(*name)).collect();
    assert_eq!(new.len(), 1, "{new:?}");
}

#[test]
fn what_is_on_disk_is_replaced_whole() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("a/b");
    assert_eq!(read_local(&place).unwrap(), None);
    let (old, new) = (encode(&base(1), 1), encode(&base(2), 2));
    write_local(&place, &old).unwrap();
    let time = |name: &str| place.join(name).metadata().unwrap().modified().unwrap();
    let written = time(MANIFEST);
    write_local(&place, &old).unwrap();
    assert_eq!(time(MANIFEST), written, "what stays the same is not touched");
    fs::write(place.join("README"), "mine").unwrap();
    write_local(&place, &new).unwrap();
    assert_eq!(read_local(&place).unwrap(), Some(new.clone()));
    assert_eq!(fs::read_dir(&place).unwrap().count(), new.len() + 1, "nothing old is left");
}

#[test]
fn a_write_that_is_cut_off_leaves_the_old_base() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (encode(&base(1), 1), encode(&base(2), 2));
    write_local(dir.path(), &old).unwrap();
    let found = || decode(&read_local(dir.path()).unwrap().unwrap(), dir.path()).unwrap();
    // Objects are written by threads of their own, the file that names them by this one.
    fuse::set(Some(0));
    let cut_off = write_local(dir.path(), &new);
    fuse::set(None);
    assert!(cut_off.is_err());
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        3,
        "the new objects stand beside the old"
    );
    assert_eq!(found(), (base(1), 1));
    write_local(dir.path(), &new).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    assert_eq!(found(), (base(2), 2));
    // A first write that was cut off has left no base.
    fs::remove_file(dir.path().join(MANIFEST)).unwrap();
    assert_eq!(read_local(dir.path()).unwrap(), None);
}

/// The refusal of files in which one was changed.
fn refusal(name: &str, change: impl Fn(String) -> Option<String>) -> String {
    let mut files = encode(&base(2), 3);
    let name = files.keys().find(|file| file.starts_with(name)).unwrap().clone();
    let text = String::from_utf8(files.remove(&name).unwrap()).unwrap();
    if let Some(changed) = change(text.clone()) {
        assert_ne!(changed, text, "{name}");
        files.insert(name.clone(), changed.into_bytes());
    }
    let error = decode(&files, Path::new(".brickform/base/1--2")).unwrap_err();
    let said = error.to_string();
    assert!(said.contains(&format!(".brickform/base/1--2/{name}")), "{said}");
    let by_format = matches!(error, StoreError::NewerFormat { .. }) || said.contains("`format`");
    assert!(by_format || said.contains("restore the folder from a copy"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    said
}

#[test]
fn what_is_no_base_of_ours_is_refused() {
    let edit =
        |from: &'static str, to: &'static str| move |text: String| Some(text.replacen(from, to, 1));
    for (said, wanted) in [
        (refusal("base.json", |_| None), "it is missing"),
        (refusal("base.json", |_| Some(String::new())), "ends in the middle"),
        (
            refusal("base.json", |text| Some(text[..text.len() / 2].to_owned())),
            "ends in the middle",
        ),
        (refusal("base.json", |_| Some("hunter2".to_owned())), "not valid JSON"),
        (refusal("base.json", |_| Some("{}".to_owned())), "does not say that it is a base"),
        (refusal("base.json", edit("\"1.0\"", "\"1.1\"")), "base format 1.1"),
        (refusal("base.json", edit("\"1.0\"", "\"2.0\"")), "use a newer brickform"),
        (refusal("base.json", edit("\"1.0\"", "\"one\"")), "no format of a base"),
        (
            refusal("base.json", edit("\"serial\"", "\"hunter\": 1, \"serial\"")),
            "unknown field `hunter`",
        ),
        (
            refusal("base.json", edit("\"serial\": 3", "\"serial\": \"hunter2\"")),
            "does not have the form",
        ),
        (refusal("base.json", edit("\"serial\": 3,", "")), "missing field `serial`"),
        (
            refusal("base.json", edit("\"objects\": 2", "\"objects\": 1")),
            "not the number of objects",
        ),
        (refusal("base.json", edit("two.example", "six.example")), "changed after it was written"),
        (refusal("objects-", |_| None), "though base.json names it"),
        (refusal("objects-", edit("etl-1", "etl-2")), "it was changed after it was written"),
        (refusal("objects-", |text| Some(text[..text.len() / 2].to_owned())), "it was changed"),
    ] {
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn lines_that_are_no_objects_are_refused_even_with_the_right_digest() {
    use crate::model::digest_bytes;
    let good = encode(&base(1), 1);
    let line = good.iter().find(|(name, _)| *name != MANIFEST).unwrap().1.clone();
    let text = String::from_utf8(line).unwrap();
    for (broken, wanted) in [
        (text.trim_end().to_owned(), "the file ends in the middle"),
        (format!("{text}hunter2\n"), "line 2: the line is not valid JSON"),
        (format!("{text}{text}"), "line 2: toy:etl-0 is there twice"),
        (text.replace("\"sent\"", "\"hunter\""), "line 1: unknown field `hunter`"),
        (text.replace("toy:etl-0", "etl"), "line 1: the value does not have the form"),
        (String::new(), "the file ends in the middle"),
    ] {
        let mut files = good.clone();
        let digest = digest_bytes(broken.as_bytes());
        let mut manifest: Value = serde_json::from_slice(&files[MANIFEST]).unwrap();
        manifest["shards"] = json!({ "objects-x.jsonl": digest });
        files.insert(MANIFEST.to_owned(), manifest.to_string().into_bytes());
        files.insert("objects-x.jsonl".to_owned(), broken.into_bytes());
        let said = decode(&files, Path::new("b")).unwrap_err().to_string();
        assert!(said.contains(wanted) && said.contains("objects-x.jsonl"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_pair_is_named_by_ids_or_hosts() {
    let aws = side("https://dbc-1.cloud.databricks.com", Some("4711"));
    let local = side("http://127.0.0.1:8080", None);
    assert_eq!(pair(&aws, &local), "4711--127.0.0.1%3A8080");
    assert_eq!(pair(&side("https://../..", None), &side("", Some(""))), "..%2F.%2E--%-empty");
    assert_eq!(local_dir(Path::new("."), &aws, &aws), Path::new("./.brickform/base/4711--4711"));
}

#[test]
fn a_base_stands_beside_its_snapshot() {
    assert_eq!(home(Path::new("snapshot")), Path::new("."));
    assert_eq!(home(Path::new("a/snapshot/")), Path::new("a"));
    assert_eq!(home(Path::new("/srv/snapshot")), Path::new("/srv"));
    let dir = tempfile::tempdir().unwrap();
    let real = dir.path().canonicalize().unwrap();
    fs::create_dir(real.join("snapshot")).unwrap();
    assert_eq!(home(&real.join("snapshot/../snapshot/.")).canonicalize().unwrap(), real);
    assert_eq!(home(&real.join("snapshot/..")), real.parent().unwrap());
    fs::create_dir(real.join("snapshot/.git")).unwrap();
    assert_eq!(home(&real.join("snapshot")), real.join("snapshot"), "it is a repository");
    assert_eq!(home(&real.join("snapshot/workspace")), real.join("snapshot"));
}

prop_compose! {
    fn any_side()(host in ".{0,12}", id in proptest::option::of(".{0,12}")) -> Side {
        side(&host, id.as_deref())
    }
}

proptest! {
    #[test]
    fn any_base_comes_back(
        source in any_side(),
        target in any_side(),
        keys in prop::collection::btree_set(".{0,20}", 0..20),
        text in "\\PC*",
        number in any::<i64>(),
        serial in any::<u64>(),
        protected in any::<bool>(),
    ) {
        let mut base = Base::new(source, target);
        for key in keys {
            let mut one = recorded(json!({ "text": text, "n": number, "key": key }));
            one.echoed = protected.then(|| Image { spec: json!([key]), ..Image::default() });
            one.protected = protected;
            base.objects.insert(Address::new("toy", key), one);
        }
        let files = encode(&base, serial);
        prop_assert_eq!(&files, &encode(&base, serial));
        prop_assert_eq!(decode(&files, Path::new("")).unwrap(), (base.clone(), serial));
        prop_assert!(pair(&base.source, &base.target).len() < 300);
    }

    #[test]
    fn no_bytes_make_it_panic(manifest in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..400) {
        let mut files = encode(&base(3), 1);
        let bytes = files[MANIFEST].clone();
        files.insert(MANIFEST.to_owned(), bytes[..cut.min(bytes.len())].to_vec());
        let whole = cut >= bytes.len() - 1;
        prop_assert_eq!(decode(&files, Path::new("")).is_ok(), whole);
        files.insert(MANIFEST.to_owned(), manifest);
        prop_assert!(decode(&files, Path::new("")).is_err());
    }
}
