//! The model registry, end to end: numbers, runs, stages, webhooks, and workspaces that have none.

use std::sync::Mutex;

use brickform::engine::Rewrites;
use brickform::model::{
    Address, Base, Finding, OnEdit, Options, Outcome, Plan, Resource, Side, Source,
};
use brickform::sim;
use serde_json::{Value, json};

use crate::crash::{self, Stage, When};
use crate::world::{Held, World, describe, steps};

const VERSIONS: &str = "/api/2.0/mlflow/model-versions";

async fn send(world: &World, verb: &str, path: &str, body: Value) -> Value {
    let (status, answer) = world.raw(verb, path, body).await;
    assert!(status.is_success(), "{verb} {path}: {answer}");
    answer
}

async fn post(world: &World, path: &str, body: Value) -> Value {
    send(world, "POST", path, body).await
}

/// Makes an experiment with a run in it, and gives the run.
async fn run(world: &World, tags: Value) -> Value {
    let body = json!({"name": "/Shared/churn"});
    let made = post(world, "/api/2.0/mlflow/experiments/create", body).await;
    let body = json!({"experiment_id": made["experiment_id"], "start_time": 1_747_440_000_000_i64, "tags": tags});
    post(world, "/api/2.0/mlflow/runs/create", body).await["run"]["info"].clone()
}

/// A workspace with a model whose second version was deleted, and whose third one comes from a run.
async fn source() -> (World, Value) {
    let world = World::with(crash::options(11));
    let info = run(&world, json!([])).await;
    post(&world, "/api/2.0/mlflow/registered-models/create", json!({"name": "churn"})).await;
    let of_run = format!("{}/model", info["artifact_uri"].as_str().unwrap());
    for (source, run_id) in [
        ("s3://acme/churn/1", ""),
        ("s3://acme/churn/2", ""),
        (of_run.as_str(), info["run_id"].as_str().unwrap()),
        ("s3://acme/churn/4", ""),
    ] {
        let body = json!({"name": "churn", "source": source, "run_id": run_id,
            "tags": [{"key": "from", "value": source}]});
        post(&world, &format!("{VERSIONS}/create"), body).await;
    }
    send(&world, "DELETE", &format!("{VERSIONS}/delete?name=churn&version=2"), Value::Null).await;
    for (number, stage) in [("1", "Archived"), ("3", "Production")] {
        let body = json!({"name": "churn", "version": number, "stage": stage, "archive_existing_versions": false});
        let path = "/api/2.0/mlflow/databricks/model-versions/transition-stage";
        post(&world, path, body).await;
    }
    let job = post(&world, "/api/2.2/jobs/create", json!({"name": "retrain"})).await;
    let spec = json!({"job_id": job["job_id"].to_string(), "access_token": "dapi-canary"});
    let body =
        json!({"model_name": "churn", "events": ["MODEL_VERSION_CREATED"], "job_spec": spec});
    post(&world, "/api/2.0/mlflow/registry-webhooks/create", body).await;
    (world, info)
}

/// A workspace to which the run was copied.
async fn target(original: &Value) -> (World, Value) {
    let world = World::with(crash::options(22));
    let tags = json!([{"key": "brickform.source_run_id", "value": original["run_id"]}]);
    let info = run(&world, tags).await;
    (world, info)
}

/// Only what belongs to the registry, and the job.
fn registry(held: &Held) -> Held {
    let mut held = held.clone();
    let kinds = ["ws_registered_model", "ws_model_version", "model_webhook", "job"];
    held.snapshot.resources.retain(|address, _| kinds.contains(&address.kind.as_str()));
    held
}

async fn plan(world: &World, held: &Held) -> Plan {
    world.plan(held, &Rewrites::default(), &Options::default()).await
}

async fn version(world: &World, number: u64) -> Value {
    let path = format!("{VERSIONS}/get?name=churn&version={number}");
    send(world, "GET", &path, Value::Null).await["model_version"].clone()
}

fn said<'a>(held: &'a Held, code: &str) -> Vec<&'a Finding> {
    held.snapshot.findings.iter().filter(|finding| finding.code == code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_keep_their_numbers_and_find_their_runs() {
    let (source, original) = source().await;
    let (target, copy) = target(&original).await;
    let held = registry(&source.export().await);
    target.sync(&held).await;
    let answer = send(&target, "GET", &format!("{VERSIONS}/search"), Value::Null).await;
    let mut numbers: Vec<&str> = answer["model_versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["version"].as_str().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, ["1", "3", "4"]);
    let third = version(&target, 3).await;
    assert_ne!(original["run_id"], copy["run_id"]);
    assert_eq!(third["run_id"], copy["run_id"]);
    let place = format!("{}/model", copy["artifact_uri"].as_str().unwrap());
    assert_eq!((&third["source"], &third["current_stage"]), (&json!(place), &json!("Production")));
    assert_eq!(version(&target, 1).await["current_stage"], "Archived");
    let arrived = registry(&target.export().await);
    assert_eq!(arrived.snapshot.resources, held.snapshot.resources);
    assert!(plan(&target, &held).await.is_empty());
    assert_eq!(said(&source.export().await, "not-copied").len(), 2, "files outside runs");
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_request_no_number_is_lost() {
    let (source, original) = source().await;
    let (target, _) = target(&original).await;
    let held = registry(&source.export().await);
    let plan = plan(&target, &held).await;
    let state = tempfile::tempdir().unwrap();
    target.workspace.save(state.path()).unwrap();
    let options = Options::default();
    let name = "a registry".to_owned();
    let stage = Stage { name, held, options, base: None, plan, state: Some(state) };
    let (requests, undisturbed) = stage.whole().await;
    assert!(requests > 15, "{requests}");
    for at in 1..=requests {
        for when in [When::Before, When::After] {
            stage.killed(at, when, &undisturbed).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_cannot_be_made_is_said_and_stops_only_what_follows_it() {
    let (source, original) = source().await;
    let held = registry(&source.export().await);
    for (world, word) in [
        (World::with(crash::options(22)), "is not in this workspace"),
        (target(&original).await.0, "gives none twice"),
    ] {
        if word == "gives none twice" {
            post(&world, "/api/2.0/mlflow/registered-models/create", json!({"name": "churn"}))
                .await;
            for number in 1..=3 {
                let body = json!({"name": "churn", "source": "s3://acme/churn/1",
                    "tags": [{"key": "from", "value": "s3://acme/churn/1"}]});
                post(&world, &format!("{VERSIONS}/create"), body).await;
                if number > 1 {
                    let path = format!("{VERSIONS}/delete?name=churn&version={number}");
                    send(&world, "DELETE", &path, Value::Null).await;
                }
            }
        }
        let plan = plan(&world, &held).await;
        let report = world.apply(&held, &Rewrites::default(), &plan, &Mutex::default()).await;
        let outcome = |key: &str| {
            let step = plan.steps.iter().find(|step| step.address.to_string() == key);
            report.outcomes[&step.unwrap().id].clone()
        };
        let (third, fourth) =
            (outcome("ws_model_version:churn/3"), outcome("ws_model_version:churn/4"));
        assert!(
            third.0 == Outcome::Failed && third.1.contains(word),
            "{}",
            describe(&plan, &report)
        );
        assert_eq!(fourth.0, Outcome::Blocked, "{}", describe(&plan, &report));
        assert_eq!(outcome("job:retrain").0, Outcome::Done);
        assert_eq!(version(&world, 1).await["source"], "s3://acme/churn/1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_thousands_needs_the_one_before_and_falls_with_any() {
    let mut held = registry(&source().await.0.export().await);
    let address = |number: u64| Address::new("ws_model_version", format!("churn/{number}"));
    let last = held.snapshot.resources[&address(4)].clone();
    let numbers = 5..=3_000;
    let more = numbers
        .filter(|number| number % 7 > 0)
        .map(|number| (address(number), Resource { address: address(number), ..last.clone() }));
    held.snapshot.resources.extend(more);

    let world = World::with(crash::options(22));
    let plan = plan(&world, &held).await;
    let said: Vec<&str> = plan.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert!(said.contains(&"missing-run"), "{said:?}");
    let steps: Vec<_> =
        plan.steps.iter().filter(|step| step.address.kind == "ws_model_version").collect();
    assert!(steps.len() > 2_500 && steps.iter().all(|step| step.needs.len() <= 2));
    let report = world.apply(&held, &Rewrites::default(), &plan, &Mutex::default()).await;
    for step in steps {
        let wanted = match step.address.key.as_str() {
            "churn/1" => Outcome::Done,
            "churn/3" => Outcome::Failed,
            _ => Outcome::Blocked,
        };
        assert_eq!(report.outcomes[&step.id].0, wanted, "{}", step.address);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_of_the_number_is_not_touched() {
    let (source, original) = source().await;
    let (target, _) = target(&original).await;
    post(&target, "/api/2.0/mlflow/registered-models/create", json!({"name": "churn"})).await;
    let body = json!({"name": "churn", "source": "s3://other/churn/1"});
    post(&target, &format!("{VERSIONS}/create"), body).await;
    let plan = plan(&target, &registry(&source.export().await)).await;
    let blocked: Vec<String> =
        plan.blocked.iter().map(|blocked| blocked.address.to_string()).collect();
    assert!(blocked.contains(&"ws_model_version:churn/1".to_owned()), "{blocked:?}");
    assert!(!plan.steps.iter().any(|step| step.address.to_string() == "ws_model_version:churn/1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_made_switched_off_and_left_on() {
    let (source, original) = source().await;
    let exported = source.export().await;
    assert_eq!(said(&exported, "secret-not-copied").len(), 1);
    let text = format!("{:?}", exported.snapshot);
    assert!(!text.contains("dapi-canary"));
    let (target, _) = target(&original).await;
    let held = registry(&exported);
    target.sync(&held).await;
    let list = "/api/2.0/mlflow/registry-webhooks/list";
    let listed = send(&target, "GET", list, Value::Null).await;
    assert_eq!(listed["webhooks"][0]["status"], "DISABLED");
    let on = json!({"id": listed["webhooks"][0]["id"], "status": "ACTIVE"});
    send(&target, "PATCH", "/api/2.0/mlflow/registry-webhooks/update", on).await;
    assert!(plan(&target, &held).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_without_a_registry_is_one_finding_for_each_kind() {
    let options = sim::Options { workspace_registry: false, ..sim::Options::default() };
    let world = World::with(options);
    post(&world, "/api/2.2/jobs/create", json!({"name": "nightly"})).await;
    let held = world.export().await;
    let about: Vec<&str> =
        said(&held, "unavailable").iter().map(|finding| finding.about.as_str()).collect();
    assert_eq!(about, ["model_webhook", "ws_model_version", "ws_registered_model"]);
    assert!(held.snapshot.resources.contains_key(&"job:nightly".parse().unwrap()));
}

/// What is called by a model's name cannot follow a model that somebody renamed, and nothing is made in its place.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_put_into_a_model_that_the_target_calls_otherwise() {
    let (source, original) = source().await;
    let (target, _) = target(&original).await;
    let held = registry(&source.export().await);
    let first = plan(&target, &held).await;
    let report = target.apply(&held, &Rewrites::default(), &first, &Mutex::default()).await;
    let side = || Side::from(&Source::default());
    let base = target.remembered(&held, &Base::new(side(), side()), &first, &report);
    let body = json!({"name": "churn", "new_name": "churn-eu"});
    post(&target, "/api/2.0/mlflow/registered-models/rename", body).await;
    let body = json!({"name": "churn", "source": "s3://acme/churn/5"});
    post(&source, &format!("{VERSIONS}/create"), body).await;
    let held = registry(&source.export().await);
    let blocked = |on_edit| {
        let (target, held, base) = (&target, &held, &base);
        async move {
            let options = Options { on_edit, ..Options::default() };
            let plan = target.plan_onto(held, &Rewrites::default(), &options, Some(base)).await;
            assert_eq!(steps(&plan), Vec::<String>::new());
            let lines = plan.blocked.iter();
            let lines = lines.filter(|one| one.reason.contains("churn-eu"));
            lines.map(|one| one.address.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(blocked(OnEdit::Keep).await, ["ws_model_version:churn/5"]);
    let webhook = "model_webhook:churn: MODEL_VERSION_CREATED to job";
    let versions = [1, 3, 4, 5].map(|number| format!("ws_model_version:churn/{number}"));
    let all: Vec<&str> = [webhook]
        .into_iter()
        .chain(versions.iter().map(String::as_str))
        .chain(["ws_registered_model:churn"])
        .collect();
    assert_eq!(blocked(OnEdit::Overwrite).await, all);
}
