//! Global init scripts: they run in the snapshot's order, whatever else the target runs.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brickform::engine::{Rewrites, Risk, risks};
use brickform::model::{Address, Base, Deletes, Options, Plan, Side};
use serde_json::{Value, json};

use crate::world::{Held, World, describe, steps};

const ALL: &str = "/api/2.0/global-init-scripts";

async fn add(world: &World, name: &str, text: &str, position: usize) {
    let body = json!({"name": name, "script": STANDARD.encode(text), "position": position});
    let (status, answer) = world.raw("POST", ALL, body).await;
    assert!(status.is_success(), "{answer}");
}

/// A workspace with these scripts, in this order.
async fn with(seed: u64, names: &[&str]) -> World {
    let world = World::new(seed);
    for (position, name) in names.iter().enumerate() {
        add(&world, name, &format!("echo {name}\n"), position).await;
    }
    world
}

async fn order(world: &World) -> Vec<String> {
    let (_, answer) = world.raw("GET", ALL, Value::Null).await;
    let mut scripts: Vec<(i64, String)> = answer["scripts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["position"].as_i64().unwrap(), one["name"].as_str().unwrap().to_owned()))
        .collect();
    scripts.sort();
    scripts.into_iter().map(|(_, name)| name).collect()
}

async fn planned(world: &World, held: &Held) -> Plan {
    world.plan(held, &Rewrites::default(), &Options::default()).await
}

async fn brought(world: &World, held: &Held) -> Plan {
    let plan = planned(world, held).await;
    let report = world.apply(held, &Rewrites::default(), &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    assert_eq!(steps(&planned(world, held).await), Vec::<String>::new());
    plan
}

fn touched(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| format!("{:?} {}", step.change, step.address.key)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_run_in_the_snapshots_order_among_those_of_the_target() {
    let held = with(1, &["a", "b", "c"]).await.export().await;
    for (there, changes, after) in [
        (&["x", "y"][..], &["Create a", "Create b", "Create c"][..], "a b c x y"),
        (&["x", "a", "y", "b", "c", "z"], &[], "x a y b c z"),
        (&["x", "a", "c"], &["Create b"], "x a b c"),
        (&["c", "x", "a", "b"], &["Update c"], "x a b c"),
        (&["c", "b", "a", "x"], &["Update b", "Update c"], "a b c x"),
    ] {
        let target = with(2, there).await;
        let plan = brought(&target, &held).await;
        assert_eq!(touched(&plan), changes, "{there:?}");
        assert_eq!(order(&target).await.join(" "), after, "{there:?}");
        let risky = risks(&plan.steps).iter().all(|judged| judged.risk == Risk::Reach);
        assert!(risky, "{there:?}");
    }
}

/// What an apply itself puts before a script is no edit of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_is_changed_although_another_came_before_it() {
    let target = with(2, &["b", "c"]).await;
    let source = World::new(1);
    for (position, (name, text)) in
        [("a", "echo new\n"), ("b", "echo changed\n"), ("c", "echo c\n")].into_iter().enumerate()
    {
        add(&source, name, text, position).await;
    }
    let held = source.export().await;
    let b = &held.snapshot.resources[&Address::new("global_init_script", "b")];
    assert_eq!(
        b.spec,
        json!({
            "name": "b", "script": "echo changed\n", "enabled": false,
            "runs_after": [{"$ref": "global_init_script:a"}],
        })
    );
    let plan = brought(&target, &held).await;
    assert_eq!(touched(&plan), ["Create a", "Update b"]);
    assert_eq!(order(&target).await, ["a", "b", "c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_one_name_keep_their_order() {
    let source = World::new(1);
    for (position, text) in ["first\n", "second\n"].into_iter().enumerate() {
        add(&source, "twin", text, position).await;
    }
    add(&source, "last", "echo\n", 2).await;
    let held = source.export().await;
    let target = World::new(2);
    brought(&target, &held).await;
    assert_eq!(order(&target).await, ["twin", "twin", "last"]);
    let arrived = target.export().await;
    let text = |held: &Held, key: &str| {
        held.snapshot.resources[&Address::new("global_init_script", key)].spec["script"].clone()
    };
    assert_eq!(text(&arrived, "twin"), text(&held, "twin"));
    assert_eq!(text(&arrived, "twin~2"), text(&held, "twin~2"));
}

/// Which of two scripts of one name is meant, their names do not tell; that may lead in circles.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_between_two_of_one_name_stays_there() {
    let source = World::new(1);
    add(&source, "twin", "older\n", 0).await;
    add(&source, "twin", "newer\n", 0).await;
    add(&source, "between", "echo\n", 1).await;
    let held = source.export().await;
    let target = World::new(2);
    brought(&target, &held).await;
    assert_eq!(order(&target).await, ["twin", "between", "twin"]);
    let arrived = target.export().await;
    let last = |held: &Held| {
        let scripts = held.snapshot.of_kind("global_init_script");
        let last = scripts.max_by_key(|one| one.spec["runs_after"].as_array().map_or(0, Vec::len));
        last.unwrap().spec["script"].clone()
    };
    assert_eq!((last(&held), last(&arrived)), (json!("older\n"), json!("older\n")));
}

/// What people in the target call a script is theirs; the others run behind it all the same.
#[tokio::test(flavor = "multi_thread")]
async fn scripts_run_behind_one_that_was_renamed_in_the_target() {
    let first = with(1, &["a", "b"]).await.export().await;
    let target = World::new(2);
    let rules = Rewrites::default();
    let plan = planned(&target, &first).await;
    let report = target.apply(&first, &rules, &plan, &Mutex::default()).await;
    let nothing = Base::new(Side::from(&first.snapshot.source), Side::from(&plan.target));
    let base = target.remembered(&first, &nothing, &plan, &report);
    let (_, listed) = target.raw("GET", ALL, Value::Null).await;
    let a = listed["scripts"].as_array().unwrap().iter().find(|one| one["name"] == "a").unwrap();
    let renamed = json!({"name": "theirs", "script": STANDARD.encode("echo a\n")});
    let path = format!("{ALL}/{}", a["script_id"].as_str().unwrap());
    assert!(target.raw("PATCH", &path, renamed).await.0.is_success());
    add(&target, "x", "echo x\n", 0).await;

    let held = with(1, &["a", "b", "c"]).await.export().await;
    let options = Options::default();
    let plan = target.plan_onto(&held, &rules, &options, Some(&base)).await;
    assert_eq!(touched(&plan), ["Create c"]);
    let report = target.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    assert_eq!(order(&target).await, ["x", "theirs", "b", "c"]);
    let base = target.remembered(&held, &base, &plan, &report);
    let again = target.plan_onto(&held, &rules, &options, Some(&base)).await;
    assert_eq!(steps(&again), Vec::<String>::new());

    // One that is gone there holds nobody up, and neither is it held by those behind it.
    assert!(target.raw("DELETE", &path, Value::Null).await.0.is_success());
    let mut changed = held.clone();
    let c = changed.snapshot.resources.get_mut(&Address::new("global_init_script", "c")).unwrap();
    c.spec["script"] = json!("echo other\n");
    let deletes =
        Deletes { absent: vec![Address::new("global_init_script", "x")], ..Deletes::default() };
    let options = Options { deletes, ..Options::default() };
    let plan = target.plan_onto(&changed, &rules, &options, Some(&base)).await;
    assert_eq!(touched(&plan), ["Update c", "Delete x"], "{:#?}", plan.blocked);
    let report = target.apply(&changed, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    assert_eq!(order(&target).await, ["b", "c"]);
}
