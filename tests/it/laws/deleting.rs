//! Deletes and renames that a plan shows: done once, only while the object is the one the plan saw.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use brickform::engine::Rewrites;
use brickform::engine::apply::Report;
use brickform::model::{
    Address, Change, Deletes, Options, Outcome, Plan, Record, Resource, ServerId, Step,
};
use serde_json::{Value, json};

use super::sample::{Sample, all};
use crate::world::{Held, World, describe, steps};

fn absent(addresses: &[Address]) -> Options {
    let deletes = Deletes { absent: addresses.to_vec(), ..Deletes::default() };
    Options { deletes, ..Options::default() }
}

fn empty() -> Held {
    Held { snapshot: brickform::model::Snapshot::default(), contents: Default::default() }
}

async fn delete(world: &World, plan: &Plan) -> (Report, Vec<Record>) {
    let journal = Mutex::default();
    let report = world.apply(&empty(), &Rewrites::default(), plan, &journal).await;
    (report, journal.into_inner().unwrap())
}

/// The outcome of each step, in words.
fn outcomes(plan: &Plan, report: &Report) -> Vec<(Change, String, Outcome)> {
    let of = |step: &brickform::model::Step| {
        (step.change, step.address.to_string(), report.outcomes[&step.id].0)
    };
    plan.steps.iter().map(of).collect()
}

async fn id_of(world: &World, sample: &Sample) -> Option<ServerId> {
    world.look(BTreeSet::new()).await.index.id(&sample.address()).cloned()
}

fn is_deleted(sample: &Sample, spec: &Value) -> bool {
    sample.kind.hooks.is_deleted(spec)
}

/// Who holds which level on an object, and who is in it.
fn held(object: &Resource) -> BTreeSet<(String, String)> {
    let grants = object.grants.iter().flatten();
    let grants = grants.map(|grant| (format!("/grants/{}", grant.principal), grant.level.clone()));
    let is_kept_elsewhere = object.spec["account_level"] == json!(true);
    let members = object.spec["members"].as_object().filter(|_| !is_kept_elsewhere);
    let members = members.map(|members| ("/members".to_owned(), json!(members).to_string()));
    grants.chain(members).collect()
}

/// What a step says is taken away, a right at a time.
fn going(step: &Step) -> BTreeSet<(String, String)> {
    let mut going = BTreeSet::new();
    for field in &step.fields {
        let before = field.before.as_ref().unwrap();
        assert!(field.after.is_none(), "{field:?}");
        let values = before.as_str().map_or_else(
            || vec![before.to_string()],
            |levels| levels.split(", ").map(str::to_owned).collect(),
        );
        going.extend(values.into_iter().map(|value| (field.path.clone(), value)));
    }
    going
}

/// Created by its sample, deleted through a plan: it is gone, nothing else is, and a second time finds it gone.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_deletes_is_gone() {
    for sample in all() {
        let world = sample.made(1).await;
        let before = world.export().await.snapshot.resources;
        let address = sample.address();
        let options = absent(std::slice::from_ref(&address));
        let plan = world.plan(&empty(), &Rewrites::default(), &options).await;
        let label = sample.label();
        if is_deleted(&sample, &before[&address].spec) {
            assert_eq!(steps(&plan), Vec::<String>::new(), "{label}: it is deleted already");
            continue;
        }
        let [step] = plan.steps.as_slice() else { panic!("{label}: {:?}", steps(&plan)) };
        assert_eq!((step.change, &step.address), (Change::Delete, &address), "{label}");
        assert_eq!(going(step), held(&before[&address]), "{label}");

        let (report, journal) = delete(&world, &plan).await;
        assert!(report.is_success(), "{label}: {}", describe(&plan, &report));
        assert!(report.deleted.contains(&address) && report.left.is_empty(), "{label}");
        let kept = journal.iter().find_map(|record| match record {
            Record::Before { object: Some(image), grants, .. } => Some((image, grants)),
            _ => None,
        });
        let (image, grants) = kept.unwrap();
        let was = &before[&address];
        assert_eq!((&image.spec, &image.content), (&was.spec, &was.content), "{label}");
        assert_eq!(*grants, was.grants, "{label}");

        let mut after = world.export().await.snapshot.resources;
        // Some leave a trace, which is never deleted again.
        after.retain(|one, left| *one != address || !is_deleted(&sample, &left.spec));
        let gone: Vec<&Address> = before.keys().filter(|one| !after.contains_key(one)).collect();
        assert_eq!(gone, [&address], "{label}");
        let (report, journal) = delete(&world, &plan).await;
        assert_eq!(report.outcomes[&1].0, Outcome::Already, "{label}");
        assert!(journal.iter().all(|record| !matches!(record, Record::Started { .. })), "{label}");
    }
}

/// An object that was edited or given other rights since is not the one that was to be deleted.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_since_is_not_deleted() {
    for sample in all() {
        if is_deleted(&sample, &sample.held().snapshot.resources[&sample.address()].spec) {
            continue; // No plan deletes it.
        }
        for (path, replaces, edited) in sample.edited() {
            let world = sample.made(1).await;
            let options = absent(&[sample.address()]);
            let plan = world.plan(&empty(), &Rewrites::default(), &options).await;
            world.sync(&edited).await;
            let before = world.export().await.snapshot.resources;
            let (report, _) = delete(&world, &plan).await;
            let (outcome, message) = &report.outcomes[&1];
            // A replaced one is gone, and another stands in its place.
            let is_gone =
                replaces || is_deleted(&sample, &edited.snapshot.resources[&sample.address()].spec);
            let expected = if is_gone { Outcome::Already } else { Outcome::Stale };
            assert_eq!(*outcome, expected, "{} {path}: {message}", sample.label());
            assert_eq!(world.export().await.snapshot.resources, before, "{path}");
        }
    }
}

/// One that was deleted and made again is another one, even if it is equal; unless it was restored, or is its
/// name and nothing else. Of the latter a value that was put anew is told, and a number is given once.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_anew_is_not_deleted() {
    let mut ended: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for sample in all().into_iter().filter(|one| one.name == "full") {
        let label = sample.label();
        let world = sample.made(1).await;
        let options = absent(&[sample.address()]);
        let plan = world.plan(&empty(), &Rewrites::default(), &options).await;
        let before = id_of(&world, &sample).await;
        delete(&world, &plan).await;
        let held = sample.held();
        let again = world.plan(&held, &Rewrites::default(), &Options::default()).await;
        let made = world.apply(&held, &Rewrites::default(), &again, &Mutex::default()).await;
        if !made.is_success() {
            let said = describe(&again, &made);
            assert!(said.contains("gives none twice"), "{label}: {said}");
            ended.entry("not made".to_owned()).or_default().push(sample.kind.name);
            continue;
        }
        let is_same = id_of(&world, &sample).await == before;
        let (report, _) = delete(&world, &plan).await;
        let outcome = report.outcomes[&1].0;
        let is_told = is_same && outcome != Outcome::Done;
        assert_eq!(outcome == Outcome::Already, !is_same, "{label}: {outcome:?}");
        let is_name = sample.kind.id == sample.kind.key;
        let now = world.export().await.snapshot.resources;
        let is_there = now.get(&sample.address());
        let is_there = is_there.is_some_and(|one| !is_deleted(&sample, &one.spec));
        assert_eq!(is_there, outcome != Outcome::Done, "{label}");
        if is_same {
            let how = if is_told {
                "told"
            } else if is_name {
                "a name"
            } else {
                "restored"
            };
            ended.entry(how.to_owned()).or_default().push(sample.kind.name);
        }
    }
    let of = |how: &str| ended.get(how).cloned().unwrap_or_default();
    assert_eq!(of("told"), ["secret"]);
    assert_eq!(of("not made"), ["ws_model_version"]);
    assert_eq!(of("restored"), ["mlflow_experiment", "mlflow_run"]);
    assert_eq!(of("a name"), ["dbfs_file", "instance_profile", "secret_scope"]);
}

#[tokio::test]
async fn a_folder_with_something_new_in_it_stays() {
    let world = World::new(1);
    let make = |path: &str, body: Value| {
        let (path, world) = (path.to_owned(), &world);
        async move { assert!(world.raw("POST", &path, body).await.0.is_success()) }
    };
    let import = |path: &str| json!({"path": path, "format": "RAW", "content": "AAE="});
    make("/api/2.0/workspace/mkdirs", json!({"path": "/Shared/old"})).await;
    make("/api/2.0/workspace/import", import("/Shared/old/a.bin")).await;
    let address = |kind: &str, key: &str| Address::new(kind, key);
    let options = absent(&[
        address("directory", "/Shared/old"),
        address("workspace_file", "/Shared/old/a.bin"),
    ]);
    let plan = world.plan(&empty(), &Rewrites::default(), &options).await;
    make("/api/2.0/workspace/import", import("/Shared/old/new.bin")).await;
    let (report, _) = delete(&world, &plan).await;
    assert_eq!(
        outcomes(&plan, &report),
        [
            (Change::Delete, "workspace_file:/Shared/old/a.bin".to_owned(), Outcome::Done),
            (Change::Delete, "directory:/Shared/old".to_owned(), Outcome::Failed),
        ]
    );
    let message = &report.outcomes[&2].1;
    assert!(message.contains("/Shared/old/new.bin"), "{message}");
    let held = world.export().await.snapshot.resources;
    assert!(held.contains_key(&address("workspace_file", "/Shared/old/new.bin")));
}

/// Where the sample's name stands in its spec.
fn name_of(sample: &Sample) -> Option<String> {
    let spec = sample.held().snapshot.resources[&sample.address()].spec.clone();
    let fields = spec.as_object().unwrap().clone();
    let named =
        |(_, value): &(String, Value)| value.as_str() == Some(sample.address().key.as_str());
    fields.into_iter().find(named).map(|(field, _)| field)
}

/// A renamed object is the same one: its identifier, its rights and whoever refers to it stay.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_renames_stays_the_same_object() {
    let mut renamed = 0;
    for sample in all().into_iter().filter(|sample| sample.kind.hooks.renames()) {
        let (label, old) = (sample.label(), sample.address());
        let name = if old.key.starts_with('/') { "/Shared/another name" } else { "another name" };
        let new = Address::new(old.kind.clone(), name);
        let field = name_of(&sample).unwrap();
        let mut held = sample.held();
        let mut resource = held.snapshot.resources.remove(&old).unwrap();
        if resource.spec.get("account_level").is_some() {
            continue;
        }
        resource.address = new.clone();
        resource.spec[&field] = json!(new.key);
        held.snapshot.resources.insert(new.clone(), resource.clone());

        let world = sample.made(1).await;
        let options = Options { pairs: [(new.clone(), old.clone())].into(), ..Options::default() };
        let plan = world.plan(&held, &Rewrites::default(), &options).await;
        let changes: Vec<_> = plan.steps.iter().map(|step| (step.change, &step.address)).collect();
        assert_eq!(changes, [(Change::Rename, &new)], "{label}: {:#?}", plan.blocked);
        let journal = Mutex::default();
        let report = world.apply(&held, &Rewrites::default(), &plan, &journal).await;
        assert!(report.is_success(), "{label}: {}", describe(&plan, &report));
        let left = &report.left[&new];
        assert_eq!(left.object, plan.observed[&new].object, "{label}");
        assert_eq!(left.resource.address, new, "{label}");
        let now = world.export().await.snapshot.resources;
        assert!(!now.contains_key(&old), "{label}");
        assert_eq!(
            now[&new].grants.as_ref(),
            resource.grants.as_ref().or(now[&new].grants.as_ref())
        );

        let again = world.apply(&held, &Rewrites::default(), &plan, &Mutex::default()).await;
        assert_eq!(again.outcomes[&1].0, Outcome::Already, "{label}");
        renamed += 1;
    }
    assert!(renamed > 5, "{renamed}");
}
