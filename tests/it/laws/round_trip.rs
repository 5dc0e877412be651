//! What is moved arrives whole, and moves on as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use brickform::client::Session;
use brickform::engine::{Rewrites, diff};
use brickform::kind::{Depth, Listed, Live, Reading, Scope, Table, Writing, canon};
use brickform::model::{
    Address, Finding, Options, Selector, Selectors, Severity, Snapshot, Source, Test,
};
use brickform::store::BlobStore;
use brickform::store::snapshot_dir::{ObservedFacts, write};
use serde_json::Value;

use super::sample::{Sample, all, future_fields};
use crate::world::{Held, World, steps};

#[test]
fn every_kind_has_its_samples() {
    let samples = all();
    for kind in brickform::kinds::ALL.iter().filter(|kind| kind.is_managed()) {
        for name in ["minimal", "full", "future"] {
            let found = samples.iter().any(|one| one.kind == *kind && one.name == name);
            assert!(found, "tests/samples/{}/{name}.json is missing", kind.name);
        }
    }
}

#[test]
fn normalising_twice_changes_nothing() {
    for sample in all() {
        for resource in sample.held().snapshot.resources.into_values() {
            let kind = brickform::kinds::ALL.iter().find(|k| k.name == resource.address.kind);
            let table = Table::of(kind.unwrap());
            let again = canon(&table, resource.spec.clone());
            assert_eq!(again, resource.spec, "{}", sample.label());
        }
    }
}

/// export(create(x)) = normalise(x)
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost() {
    for sample in all() {
        let world = sample.made(1).await;
        let (held, table) = (world.export().await, Table::of(sample.kind));
        let wanted = &sample.held().snapshot.resources[&sample.address()];
        let Some(live) = held.snapshot.resources.get(&sample.address()) else {
            panic!("{}: it is not in the export", sample.label());
        };
        let changes = diff(&table, wanted, live);
        assert!(changes.is_empty(), "{}: {changes:#?}", sample.label());
        if wanted.grants.is_some() {
            assert_eq!(live.grants, wanted.grants, "{}", sample.label());
        }
        let mut fields = BTreeSet::new();
        future_fields(&live.spec, &mut fields);
        assert_eq!(fields, sample.lasting_fields(), "{}", sample.label());
    }
}

/// plan(export(W), W) is empty, and so is plan(S, W) after apply(plan(S, W)).
#[tokio::test(flavor = "multi_thread")]
async fn a_second_plan_is_empty() {
    for sample in all() {
        let world = sample.made(1).await;
        for held in [sample.held(), world.export().await] {
            let plan = world.plan(&held, &Rewrites::default(), &Options::default()).await;
            assert_eq!(steps(&plan), Vec::<String>::new(), "{}", sample.label());
            assert!(plan.blocked.is_empty(), "{}: {:#?}", sample.label(), plan.blocked);
        }
    }
}

/// Every file below a folder, with its bytes.
pub(super) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// A snapshot as it is on disk, without what says whose it is and when it was taken.
pub(super) fn on_disk(held: &Held) -> BTreeMap<String, Vec<u8>> {
    let (dir, blobs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let blobs = BlobStore::new(blobs.path());
    for bytes in held.contents.values() {
        blobs.put(bytes).unwrap();
    }
    let mut snapshot = held.snapshot.clone();
    snapshot.source = Source::default();
    write(dir.path(), &snapshot, &blobs, &ObservedFacts::default()).unwrap();
    files(dir.path())
}

fn same_files(one: &Held, other: &Held, label: &str) {
    let (one, other) = (on_disk(&one.without_versions()), on_disk(&other.without_versions()));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other), "{label}");
    for (name, bytes) in &one {
        let (left, right) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&other[name]));
        assert_eq!(left, right, "{label}: {name}");
    }
}

/// What is read of one kind alone is what is read of it with everything, and nothing fails that did not.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_as_in_the_whole() {
    let world = World::planted(1, "acme").await;
    let whole = world.export().await.snapshot;
    for kind in brickform::kinds::ALL.iter().filter(|kind| kind.is_managed()) {
        let select = Selector::new(vec![Test::Kind(kind.name.to_owned()).into()]);
        let selectors = Selectors { select: select.into_iter().collect(), exclude: Vec::new() };
        let part = world.export_part(&selectors).await.snapshot;
        let of = |all: &Snapshot| all.of_kind(kind.name).cloned().collect::<Vec<_>>();
        assert_eq!(of(&part), of(&whole), "{}", kind.name);
        if of(&whole).is_empty() {
            continue;
        }
        let is_new =
            |one: &&Finding| one.severity == Severity::Error && !whole.findings.contains(one);
        assert_eq!(part.findings.iter().find(is_new), None, "{}", kind.name);
    }
}

/// W₁ → snapshot → empty W₂ → snapshot: byte for byte equal.
#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_moves_on_as_it_is() {
    for sample in all() {
        let first = sample.made(1).await.export().await;
        let second = sample.prepared(2).await;
        second.sync(&first).await;
        same_files(&first, &second.export().await, &sample.label());
    }
}

/// Which of the service principals of one name a job runs as.
fn numbered(held: &Held) -> Option<&Value> {
    let job = Address::new("job", "score demand");
    held.snapshot.resources[&job].spec.pointer("/run_as/service_principal_name")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_moves_on_as_it_is() {
    let held = World::planted(1, "acme").await.export().await;
    let second = World::new(2);
    second.sync(&held).await;
    let held = second.export().await;
    // Namesakes that have no age are numbered by their identifiers, whose order is the same in one of two.
    let mut seed = 6;
    let (third, found) = loop {
        let third = World::new(seed);
        third.sync(&held).await;
        let found = third.export().await;
        if numbered(&found) == numbered(&held) {
            break (third, found);
        }
        seed += 1;
        assert!(seed < 16, "in no world are namesakes numbered alike");
    };
    let again = third.plan(&held, &Rewrites::default(), &Options::default()).await;
    assert_eq!(steps(&again), Vec::<String>::new());
    same_files(&held, &found, "acme");
}

async fn find(world: &World, sample: &Sample, session: &Session) -> Option<Listed> {
    let root = sample.kind.listed_with.unwrap_or(sample.kind);
    let (scope, blobs) = (Scope::Everything, world.blobs());
    let cx = Reading { kind: root, session, scope: &scope, blobs, depth: Depth::Whole(None) };
    let listing = root.hooks.list(cx).await.unwrap();
    let (kind, key) = (sample.kind, sample.address().key);
    listing.objects.into_iter().find(|one| one.kind == kind && one.key == key)
}

/// Deleting what is already gone succeeds.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_can_be_deleted() {
    for sample in all() {
        let world = sample.made(1).await;
        let listed = find(&world, &sample, &world.session).await.unwrap();
        let (kind, session) = (sample.kind, &world.session);
        let cx = Writing { kind, session, contents: world.blobs() };
        for _ in 0..2 {
            let live = Live { id: listed.id.clone(), raw: listed.raw.clone(), changed: Vec::new() };
            let deleted = sample.kind.hooks.delete(cx, live).await;
            assert!(deleted.is_ok(), "{}: {deleted:?}", sample.label());
            let left = find(&world, &sample, &world.session).await;
            let is_gone = left.is_none_or(|left| kind.hooks.is_deleted(&left.raw));
            assert!(is_gone, "{}", sample.label());
        }
    }
}
