//! The same inputs give the same bytes, reading writes nothing, and steps stand in order.

use std::collections::{BTreeMap, BTreeSet};

use brickform::engine::Rewrites;
use brickform::kind::as_external;
use brickform::kinds;
use brickform::model::{Address, Change, Options, Plan, StepId, Target, digest_bytes, visit_refs};
use brickform::sim;
use serde_json::Value;

use super::round_trip::on_disk;
use super::sample::all;
use crate::recorder::Recorder;
use crate::world::{Held, World, inputs};

fn options() -> Options {
    Options::default()
}

async fn plan(world: &World, held: &Held) -> Plan {
    world.plan(held, &Rewrites::default(), &options()).await
}

/// A plan without what says which workspace it is for.
fn bytes(mut plan: Plan) -> String {
    plan.target = Target { host: String::new(), workspace_id: None, caller: String::new() };
    plan.digest = None;
    serde_json::to_string_pretty(&plan).unwrap()
}

/// A workspace that holds some of an organisation, not all of it as wanted.
///
/// Namesakes are not among it: which of them is older, only their identifiers tell.
async fn half_way(seed: u64) -> World {
    let world = World::new(seed);
    let mut held = World::planted(77, "acme").await.export().await;
    let mut count = 0;
    let all: BTreeSet<Address> = held.snapshot.resources.keys().cloned().collect();
    held.snapshot.resources.retain(|address, _| {
        count += 1;
        let twin = Address::new(address.kind.clone(), format!("{}~2", address.key));
        let is_twin = address.key.ends_with("~2") || all.contains(&twin);
        !is_twin && (address.kind != "job" || count % 2 == 0)
    });
    for resource in held.snapshot.resources.values_mut().filter(|one| one.address.kind == "group") {
        resource.spec.as_object_mut().unwrap().remove("members");
    }
    world.sync(&held).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_inputs_give_equal_plans() {
    let held = World::planted(1, "acme").await.export().await;
    let target = half_way(2).await;
    let first = serde_json::to_vec(&plan(&target, &held).await).unwrap();
    let second = serde_json::to_vec(&plan(&target, &held).await).unwrap();
    assert!(first == second, "two plans of the same inputs differ");
}

/// A reference to what is gone keeps the source's identifier, which is another one in each workspace.
fn without_externals(mut held: Held) -> Held {
    fn hide(value: &mut Value) {
        if as_external(value).is_some() {
            value["$external"]["id"] = Value::Null;
        }
        match value {
            Value::Object(map) => map.values_mut().for_each(hide),
            Value::Array(items) => items.iter_mut().for_each(hide),
            _ => {}
        }
    }
    held.snapshot.resources.values_mut().for_each(|resource| hide(&mut resource.spec));
    let snapshot = held.snapshot.clone();
    for (kind, mark) in &mut held.snapshot.kinds {
        mark.digest = snapshot.kind_digest(kind);
    }
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_of_answers_changes_a_byte() {
    let calm = World::planted(1, "acme").await;
    let held = without_externals(calm.export().await);
    let expected = on_disk(&held);
    for seed in [3, 4] {
        // Another seed gives other identifiers, in other orders.
        let wild = World::planted(seed, "acme").await.through(Recorder::shuffled(seed).gate());
        let found = on_disk(&without_externals(wild.export().await));
        let names: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
        for name in names {
            let text = |files: &BTreeMap<String, Vec<u8>>| {
                files.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            assert_eq!(text(&expected), text(&found), "{name} with seed {seed}");
        }
    }
    let calm = half_way(5).await;
    let expected = bytes(without_fingerprints(plan(&calm, &held).await));
    for wild in [calm.again(), half_way(6).await, half_way(7).await] {
        let wild = wild.through(Recorder::shuffled(8).gate());
        let found = bytes(without_fingerprints(plan(&wild, &held).await));
        assert!(expected == found, "{}", difference(&expected, &found));
    }
}

/// A plan without what tells the objects of one workspace from the same ones in another.
fn without_fingerprints(mut plan: Plan) -> Plan {
    // Of a value that is not shown each workspace tells in terms of its own.
    let of_values: Vec<&str> = brickform::kinds::ALL
        .iter()
        .filter(|kind| !inputs(kind).is_empty())
        .map(|kind| kind.name)
        .collect();
    for (address, seen) in &mut plan.observed {
        if of_values.contains(&address.kind.as_str()) {
            seen.digest = digest_bytes(b"a value");
        }
        assert!(seen.object.take().is_some(), "every live object has an identity");
    }
    plan.digest = None;
    plan
}

fn difference(one: &str, other: &str) -> String {
    one.lines()
        .zip(other.lines())
        .filter(|(left, right)| left != right)
        .take(5)
        .map(|(left, right)| format!("- {left}\n+ {right}\n"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn exporting_twice_changes_no_byte() {
    let world = World::planted(1, "acme").await;
    let (first, second) = (world.export().await, world.export().await);
    assert!(on_disk(&first) == on_disk(&second));
}

/// `plan` and `export` cannot write.
#[tokio::test(flavor = "multi_thread")]
async fn reading_writes_nothing() {
    for sample in all() {
        let (source, target) = (sample.made(1).await, sample.prepared(2).await);
        for world in [&source, &target] {
            world.workspace.forget_requests();
        }
        let held = source.export().await;
        assert!(!plan(&target, &held).await.is_empty());
        assert!(plan(&source, &held).await.is_empty());
        for world in [&source, &target] {
            assert!(!world.workspace.requests().is_empty());
            assert_eq!(world.workspace.writes(), 0, "{}", sample.label());
        }
    }
}

/// What has to be there before a step, as far as the snapshot tells without any table's help.
fn needed(held: &Held, address: &Address, change: Change) -> BTreeSet<Address> {
    let mut needed = BTreeSet::new();
    let resource = &held.snapshot.resources[address];
    if change == Change::Grants {
        needed.extend(resource.grants.iter().flatten().map(|grant| grant.principal.clone()));
        needed.insert(address.clone());
        return needed;
    }
    visit_refs(&resource.spec, &mut |_, to| {
        needed.insert(to);
    });
    if let Some((folder, _)) = address.key.rsplit_once('/').filter(|_| address.key.starts_with('/'))
    {
        needed.insert(Address::new("directory", folder));
        let owner = address.key.strip_prefix("/Users/").and_then(|rest| rest.split('/').next());
        needed.extend(owner.map(|owner| Address::new("user", owner.to_lowercase())));
    }
    needed.remove(address);
    needed
}

fn check_order(plan: &Plan, held: &Held, label: &str) {
    let first: BTreeMap<&Address, StepId> = plan
        .steps
        .iter()
        .rev()
        .filter(|step| step.change != Change::Grants)
        .map(|step| (&step.address, step.id))
        .collect();
    let mut before: BTreeMap<StepId, BTreeSet<StepId>> = BTreeMap::new();
    for step in &plan.steps {
        let direct = step.needs.iter().copied();
        let all: BTreeSet<StepId> =
            direct.clone().flat_map(|need| before[&need].clone()).chain(direct).collect();
        assert!(all.iter().all(|need| *need < step.id), "{label}: step {}", step.id);
        for need in needed(held, &step.address, step.change) {
            let Some(id) = first.get(&need).filter(|_| !step.deferred.contains(&need)) else {
                continue;
            };
            let what = format!("{label}: {:?} {} needs {need}", step.change, step.address);
            assert!(all.contains(id), "{what}");
        }
        before.insert(step.id, all);
    }
}

/// Every step follows what it refers to.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_follows_what_it_needs() {
    for sample in all() {
        let held = sample.made(1).await.export().await;
        let plan = plan(&sample.prepared(2).await, &held).await;
        assert!(!plan.is_empty(), "{}", sample.label());
        check_order(&plan, &held, &sample.label());
    }
    let held = World::planted(1, "acme").await.export().await;
    for target in [World::new(2), half_way(3).await] {
        let plan = plan(&target, &held).await;
        assert!(plan.steps.len() > 10, "{}", plan.steps.len());
        check_order(&plan, &held, "acme");
    }
}

/// The tables are in order, so that no order of theirs can change a byte.
#[test]
fn kinds_are_sorted() {
    let names: Vec<&str> = kinds::ALL.iter().map(|kind| kind.name).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(names, sorted);
}

/// Small pages tell the same as large ones.
#[tokio::test(flavor = "multi_thread")]
async fn no_size_of_pages_changes_a_byte() {
    let expected = on_disk(&World::planted(1, "acme").await.export().await);
    for (page_size, scim_page_size) in [(3, 7), (1, 1)] {
        let world =
            World::with(sim::Options { page_size, scim_page_size, ..sim::Options::default() });
        sim::seed::plant(&world.workspace, &"acme".parse().unwrap()).await.unwrap();
        assert!(on_disk(&world.export().await) == expected, "pages of {page_size}");
    }
}
