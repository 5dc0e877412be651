//! One resource is found by its name alone, as the reader of all finds it.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::json;

use super::any::{any_workspace, build};
use super::workspace::Workspace;
use crate::model::{Address, Resource, digest_bytes};
use crate::store::StoreError;
use crate::store::snapshot_dir::{Files, Finder, Seen};

/// The files of a directory, which counts how many of them are read.
struct Counted<'a>(&'a Path, usize);

impl Files for Counted<'_> {
    fn id(&mut self, path: &str) -> Result<Option<String>, StoreError> {
        let bytes = fs::read(self.0.join(path)).ok();
        Ok(bytes.map(|bytes| digest_bytes(&bytes).hex().to_owned()))
    }

    fn read(&mut self, path: &str) -> Result<Vec<u8>, StoreError> {
        self.1 += 1;
        Ok(fs::read(self.0.join(path)).unwrap())
    }

    fn shown(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }
}

fn check(workspace: &Workspace, dir: &Path) {
    for (address, resource) in &workspace.snapshot.resources {
        let mut files = Counted(dir, 0);
        let Seen::Here(found) = Finder::new(address.clone()).look(&mut files).unwrap() else {
            panic!("{address} is not found");
        };
        assert_eq!(found.resource, *resource);
        let content = resource.content.as_ref().map(|content| content.digest.hex());
        assert_eq!(found.content.as_deref(), content, "{address}");
    }
}

fn look(finder: &mut Finder, files: &mut Counted<'_>) -> Seen {
    finder.look(files).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_resource_is_found_where_it_stands(made in any_workspace()) {
        let workspace = build(&made);
        let dir = tempfile::tempdir().unwrap();
        workspace.write(dir.path()).unwrap();
        check(&workspace, dir.path());
    }
}

#[test]
fn among_thousands_few_files_are_read_and_only_once() {
    let mut workspace = Workspace::new();
    for number in 0..1_200 {
        let address = Address::new("job", format!("job {number}"));
        let (spec, grants, content) = (json!({"n": number}), None, None);
        let resource = Resource { address: address.clone(), spec, grants, content };
        workspace.snapshot.resources.insert(address, resource);
    }
    let workspace = workspace.marked();
    let dir = tempfile::tempdir().unwrap();
    workspace.write(dir.path()).unwrap();
    let mut files = Counted(dir.path(), 0);
    let mut finder = Finder::new(Address::new("job", "job 7"));
    assert!(matches!(look(&mut finder, &mut files), Seen::Here(_)));
    assert_eq!(files.1, 2, "the header and the file");
    assert!(matches!(look(&mut finder, &mut files), Seen::Here(_)));
    assert_eq!(files.1, 3, "the header alone");
    let mut finder = Finder::new(Address::new("job", "job 1200"));
    assert!(matches!(look(&mut finder, &mut files), Seen::Gone { complete: true }));
    let mut finder = Finder::new(Address::new("warehouse", "x"));
    assert!(matches!(look(&mut finder, &mut files), Seen::NotLookedFor));
}
