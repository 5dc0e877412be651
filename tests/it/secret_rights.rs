//! Rights on scopes of secrets, which are set one by one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use brickform::engine::Rewrites;
use brickform::engine::apply::Report;
use brickform::model::{Grant, Options, Outcome, Plan, Record};
use futures::FutureExt as _;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::crash::{Stage, When, mortal, options, post};
use crate::world::{Gate, World, describe};

const ACLS: &str = "/api/2.0/secrets/acls";

async fn give(world: &World, principal: &str, permission: &str) {
    let acl = json!({"scope": "prod", "principal": principal, "permission": permission});
    post(world, &format!("{ACLS}/put"), acl).await;
}

async fn take(world: &World, principal: &str) {
    let acl = json!({"scope": "prod", "principal": principal});
    post(world, &format!("{ACLS}/delete"), acl).await;
}

/// Who may what.
async fn rights(world: &World) -> BTreeMap<String, String> {
    let (_, answer) = world.raw("GET", &format!("{ACLS}/list?scope=prod"), Value::Null).await;
    let text = |of: &Value| of.as_str().unwrap().to_owned();
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|one| (text(&one["principal"]), text(&one["permission"]))).collect()
}

/// A target where two gain a right, two have another and two lose theirs.
async fn stage() -> Stage {
    let source = World::with(options(11));
    post(&source, "/api/2.0/secrets/scopes/create", json!({"scope": "prod"})).await;
    for name in ["a", "b", "c", "d", "e", "f"] {
        let group = json!({"displayName": name, "schemas": []});
        post(&source, "/api/2.0/preview/scim/v2/Groups", group).await;
    }
    for name in ["c", "d", "e", "f"] {
        give(&source, name, "READ").await;
    }
    let target = World::with(options(22));
    target.sync(&source.export().await).await;
    let state = tempfile::tempdir().unwrap();
    target.workspace.save(state.path()).unwrap();
    for name in ["a", "b", "c", "d"] {
        give(&source, name, "MANAGE").await;
    }
    take(&source, "e").await;
    take(&source, "f").await;
    let (held, options) = (source.export().await, Options::default());
    let plan = target.plan(&held, &Rewrites::default(), &options).await;
    assert_eq!(plan.steps.len(), 1);
    let name = "rights of a scope".to_owned();
    Stage { name, held, options, base: None, plan, state: Some(state) }
}

/// Applies until death at a request, if it comes to that; answers what is on record by then.
async fn cut_off(stage: &Stage, target: &World, at: usize, when: When) -> Mutex<Vec<Record>> {
    let (dead, journal, rules) = (Arc::new(Notify::new()), Mutex::default(), Rewrites::default());
    let mortal_one = target.again().through(mortal(at, when, dead.clone()).0);
    tokio::select! {
        biased;
        () = dead.notified() => {}
        _ = mortal_one.apply(&stage.held, &rules, &stage.plan, &journal) => {}
    }
    journal
}

async fn go_on(stage: &Stage, target: &World, journal: &Mutex<Vec<Record>>) -> Report {
    target.apply(&stage.held, &Rewrites::default(), &stage.plan, journal).await
}

/// Whose rights there were before, as an undo will want to know.
fn image(records: &[Record]) -> Vec<String> {
    let images = records.iter().filter_map(|record| match record {
        Record::Before { grants, .. } => grants.as_ref(),
        _ => None,
    });
    let line = |grant: &Grant| format!("{} {}", grant.principal.key, grant.level);
    images.flatten().map(line).collect()
}

fn outcome(plan: &Plan, report: &Report) -> Outcome {
    report.outcomes[&plan.steps[0].id].0
}

#[tokio::test(start_paused = true)]
async fn killed_between_two_of_them_an_apply_goes_on() {
    let stage = stage().await;
    let (requests, undisturbed) = stage.whole().await;
    assert!(requests >= 7, "six are set after one look: {requests}");
    for when in [When::Before, When::After] {
        for at in 1..=requests {
            stage.killed(at, when, &undisturbed).await;
            let target = stage.target();
            let journal = cut_off(&stage, &target, at, when).await;
            go_on(&stage, &target, &journal).await;
            let before = image(&journal.lock().unwrap());
            let was = ["c READ", "d READ", "e READ", "f READ", "admin@example.com MANAGE"];
            assert_eq!(before, was, "killed {when:?} {at}");
        }
    }
}

/// What an apply left half done and somebody then changed is theirs.
#[tokio::test(start_paused = true)]
async fn what_was_half_set_and_changed_since_stays() {
    let stage = stage().await;
    let (requests, _) = stage.whole().await;
    let mut left = 0;
    for at in 1..=requests {
        let target = stage.target();
        let journal = cut_off(&stage, &target, at, When::After).await;
        give(&target, "c", "WRITE").await;
        let report = go_on(&stage, &target, &journal).await;
        let is_stale = outcome(&stage.plan, &report) == Outcome::Stale;
        assert_eq!(is_stale, rights(&target).await["c"] == "WRITE", "killed {at}");
        left += usize::from(is_stale);
    }
    assert_eq!(left, requests, "it was noticed each time");
}

/// A right that comes while rights are being set is not among those that are taken away.
#[tokio::test]
async fn what_is_given_meanwhile_stays() {
    let stage = stage().await;
    let target = stage.target();
    let world = Arc::new(target.again());
    let is_given = Arc::new(AtomicBool::new(false));
    let gate: Gate = Arc::new(move |workspace, request| {
        let (world, is_given) = (world.clone(), is_given.clone());
        async move {
            let is_first = request.uri().path() == format!("{ACLS}/put")
                && !is_given.swap(true, Ordering::SeqCst);
            if is_first {
                give(&world, "users", "READ").await;
            }
            workspace.try_call(request).await
        }
        .boxed()
    });
    let journal = Mutex::default();
    let report = go_on(&stage, &target.again().through(gate), &journal).await;
    let rights = rights(&target).await;
    assert_eq!(rights.get("users").map(String::as_str), Some("READ"), "{rights:?}");
    assert_eq!(rights["a"], "MANAGE", "{}", describe(&stage.plan, &report));
    assert!(!rights.contains_key("e"), "{rights:?}");
}
