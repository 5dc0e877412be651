//! Runs of MLflow: copied whole and once, whatever happens on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use brickform::engine::{Named, Rewrites};
use brickform::kind::Depth;
use brickform::model::{Address, Options, Selectors};
use brickform::sim;
use futures::FutureExt as _;
use serde_json::{Value, json};

use crate::recorder::{Exchange, Recorder};
use crate::world::{Gate, Held, World, steps};

/// Midnight of 17 May 2025, in milliseconds.
const MIDNIGHT: i64 = 1_747_440_000_000;
const DAY: i64 = 86_400_000;

async fn post(world: &World, call: &str, body: Value) -> Value {
    let path = format!("/api/2.0/mlflow/{call}");
    let (status, answer) = world.raw("POST", &path, body).await;
    assert!(status.is_success(), "{call}: {answer}");
    answer
}

async fn experiment(world: &World) -> String {
    let body = json!({"name": "/Shared/churn", "artifact_location": "mlflow-artifacts:/churn"});
    let made = post(world, "experiments/create", body).await;
    made["experiment_id"].as_str().unwrap().to_owned()
}

/// Logs a run with some metrics and a file, and answers its identifier.
async fn log(world: &World, experiment: &str, start: i64, parent: Option<&str>) -> String {
    let tags: Vec<Value> =
        parent.iter().map(|run| json!({"key": "mlflow.parentRunId", "value": run})).collect();
    let body = json!({"experiment_id": experiment, "start_time": start, "run_name": format!("at {start}"), "tags": tags});
    let made = post(world, "runs/create", body).await;
    let run = made["run"]["info"]["run_id"].as_str().unwrap().to_owned();
    let metrics: Vec<Value> = (0..1_500)
        .map(|n| json!({"key": format!("m{}", n % 2), "step": n / 2, "timestamp": start + n, "value": 0.5}))
        .collect();
    for some in metrics.chunks(900) {
        let params = [json!({"key": "seed", "value": "7"})];
        let body = json!({"run_id": run, "metrics": some, "params": params});
        post(world, "runs/log-batch", body).await;
    }
    let (status, _) = world
        .raw(
            "PUT",
            &format!("/api/2.0/mlflow-artifacts/artifacts/churn/{run}/artifacts/m/a.json"),
            json!({ "start": start }),
        )
        .await;
    assert!(status.is_success());
    let body = json!({"run_id": run, "status": "FINISHED", "end_time": start + 9_000});
    post(world, "runs/update", body).await;
    run
}

/// A workspace with a parent, its child of the next day, and two more runs.
async fn source() -> (World, String) {
    let world = World::new(1);
    let experiment = experiment(&world).await;
    let parent = log(&world, &experiment, MIDNIGHT - 1, None).await;
    log(&world, &experiment, MIDNIGHT, Some(&parent)).await;
    log(&world, &experiment, MIDNIGHT + 5, None).await;
    log(&world, &experiment, MIDNIGHT + DAY - 1, None).await;
    (world, experiment)
}

/// The active runs of a workspace's only experiment.
async fn active(world: &World) -> Vec<Value> {
    let found = post(world, "experiments/search", json!({"max_results": 10})).await;
    let id = found["experiments"][0]["experiment_id"].clone();
    let body = json!({"experiment_ids": [id], "max_results": 100});
    let found = post(world, "runs/search", body).await;
    found["runs"].as_array().cloned().unwrap_or_default()
}

fn counted(exchanges: &[Exchange]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for exchange in exchanges {
        let path = exchange.target.split('?').next().unwrap();
        let call = path.strip_prefix("/api/2.0/mlflow/").unwrap_or_default();
        *counts.entry(call.to_owned()).or_default() += 1;
    }
    counts
}

async fn planned(world: &World, held: &Held) -> Vec<String> {
    let plan = world.plan(held, &Rewrites::default(), &Options::default()).await;
    assert!(plan.blocked.is_empty(), "{:#?}", plan.blocked);
    steps(&plan)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_copies_what_is_new_and_nothing_else() {
    let (source, experiment) = source().await;
    let recorder = Recorder::default();
    let target = World::new(2).through(recorder.gate());
    let held = source.export().await;
    let days: Vec<&str> =
        held.snapshot.of_kind("mlflow_run").map(|day| day.address.key.as_str()).collect();
    assert_eq!(days, ["/Shared/churn/2025-05-16", "/Shared/churn/2025-05-17"]);
    target.sync(&held).await;
    let counts = counted(&recorder.exchanges());
    assert_eq!((counts["runs/create"], counts["runs/log-batch"]), (4, 8), "{counts:?}");
    assert_eq!(target.export().await.snapshot.resources, held.snapshot.resources);
    assert_eq!(planned(&target, &held).await, Vec::<String>::new());

    // The child belongs to the copy of its parent.
    let runs = active(&target).await;
    let tag = |run: &Value, name: &str| {
        let tags = run["data"]["tags"].as_array().unwrap();
        let found = tags.iter().find(|tag| tag["key"] == name);
        found.map(|tag| tag["value"].as_str().unwrap().to_owned())
    };
    let child = runs.iter().find_map(|run| tag(run, "mlflow.parentRunId")).unwrap();
    let parent = runs.iter().find(|run| run["info"]["run_id"] == *child).unwrap();
    assert_eq!(parent["info"]["start_time"], MIDNIGHT - 1);

    let new = log(&source, &experiment, MIDNIGHT + 7, None).await;
    let held = source.export().await;
    let changed = planned(&target, &held).await;
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert!(changed[0].contains(&format!("/runs/{new}: None")), "{changed:?}");
    let before = counted(&recorder.exchanges())["runs/create"];
    target.sync(&held).await;
    assert_eq!(counted(&recorder.exchanges())["runs/create"], before + 1);
    assert_eq!(active(&target).await.len(), 5);
}

/// Cuts the connection at one of the writing requests: before it is carried out, or after.
fn cut_at(number: usize, is_after: bool) -> Gate {
    let count = Arc::new(AtomicUsize::new(0));
    Arc::new(move |workspace, request| {
        let is_read = request.method() == "GET" || request.uri().path().ends_with("search");
        let turn = if is_read { 0 } else { count.fetch_add(1, Ordering::Relaxed) + 1 };
        async move {
            // Whoever is cut off does not come back.
            if turn < number || is_read {
                return workspace.try_call(request).await;
            }
            if turn == number && is_after {
                workspace.try_call(request).await?;
            }
            Err(sim::Cut)
        }
        .boxed()
    })
}

#[tokio::test(start_paused = true)]
async fn whoever_is_cut_off_anywhere_leaves_nothing_twice() {
    let (source, _) = source().await;
    let held = source.export().await;
    let mut cuts = 0;
    // Every third place: the others are of the same sort.
    for number in (2..40).step_by(3) {
        for is_after in [false, true] {
            let target = World::new(2);
            let gated = target.again().through(cut_at(number, is_after));
            let plan = gated.plan(&held, &Rewrites::default(), &Options::default()).await;
            let report = gated.apply(&held, &Rewrites::default(), &plan, &Mutex::default()).await;
            cuts += usize::from(!report.is_success());
            target.sync(&held).await;
            let label = format!("cut at {number}, after: {is_after}");
            assert_eq!(active(&target).await.len(), 4, "{label}");
            assert_eq!(
                target.export().await.snapshot.resources,
                held.snapshot.resources,
                "{label}"
            );
            assert_eq!(planned(&target, &held).await, Vec::<String>::new(), "{label}");
        }
    }
    assert!(cuts > 10, "{cuts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_in_the_target_is_seen_and_taken_back_in_place() {
    let (source, _) = source().await;
    let (held, target) = (source.export().await, World::new(2));
    target.sync(&held).await;
    let run = active(&target).await[0]["info"]["run_id"].as_str().unwrap().to_owned();
    post(&target, "runs/set-tag", json!({"run_id": run, "key": "note", "value": "mine"})).await;
    post(&target, "runs/update", json!({"run_id": run, "status": "FAILED"})).await;
    let changed = planned(&target, &held).await;
    assert!(changed.len() == 1 && changed[0].contains("/shown/"), "{changed:?}");
    target.sync(&held).await;
    assert_eq!(planned(&target, &held).await, Vec::<String>::new());
    assert!(
        active(&target).await.iter().any(|one| one["info"]["run_id"] == *run),
        "it is the same"
    );

    // A deleted copy is restored, not copied again.
    post(&target, "runs/delete", json!({"run_id": run})).await;
    assert_eq!(planned(&target, &held).await.len(), 1);
    target.sync(&held).await;
    assert!(active(&target).await.iter().any(|one| one["info"]["run_id"] == *run), "it is back");
    assert_eq!(target.export().await.snapshot.resources, held.snapshot.resources);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_export_has_is_not_read_again() {
    let (source, experiment) = source().await;
    let held = source.export().await;
    let recorder = Recorder::default();
    let again = source.through(recorder.gate());
    log(&again, &experiment, MIDNIGHT + DAY, None).await;
    let depth = Depth::Whole(Some(&held.snapshot));
    let seen =
        again.look_as(BTreeSet::new(), Named::everything(&again.catalogue), depth).await.snapshot;
    let counts = counted(&recorder.exchanges());
    // The folder of one run, and the one within it.
    assert_eq!(counts["artifacts/list"], 2, "{counts:?}");
    for day in held.snapshot.of_kind("mlflow_run") {
        assert_eq!(seen.resources[&day.address], *day);
    }
    let new = Address::new("mlflow_run", "/Shared/churn/2025-05-18");
    assert!(seen.resources.contains_key(&new));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_of_its_own_needs_nothing() {
    let (source, _) = source().await;
    let held = source.export().await;
    let recorder = Recorder::default();
    let again = source.again().through(recorder.gate());
    assert_eq!(planned(&again, &held).await, Vec::<String>::new());
    assert!(!counted(&recorder.exchanges()).contains_key("metrics/get-history"));
}

/// Deleted runs, and those of deleted experiments, do not move, and that is said.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_counted() {
    let (world, experiment) = source().await;
    let gone = log(&world, &experiment, MIDNIGHT, None).await;
    post(&world, "runs/delete", json!({ "run_id": gone })).await;
    let made = post(&world, "experiments/create", json!({"name": "/Shared/old"})).await;
    let old = made["experiment_id"].as_str().unwrap();
    log(&world, old, MIDNIGHT, None).await;
    post(&world, "experiments/delete", json!({ "experiment_id": old })).await;
    let held = world.export().await;
    let said = held.snapshot.findings.iter().filter(|one| one.about == "mlflow_run");
    let said: Vec<(&str, &str)> =
        said.map(|one| (one.code.as_str(), one.message.as_str())).collect();
    let wanted = [
        ("skipped-deleted", "1 deleted run(s) left out"),
        ("skipped-deleted", "all runs of 1 deleted experiment(s) left out"),
    ];
    assert_eq!(said, wanted);
    assert!(held.snapshot.kinds["mlflow_run"].complete, "what is deleted is not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_show_what_is_deleted_stops_nothing() {
    let (world, _) = source().await;
    let refusing: Gate = Arc::new(|workspace, request| {
        async move {
            if !String::from_utf8_lossy(request.body()).contains("DELETED_ONLY") {
                return workspace.try_call(request).await;
            }
            let body = json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "no such view"});
            Ok(http::Response::builder().status(400).body(body.to_string().into()).unwrap())
        }
        .boxed()
    });
    let held = world.again().through(refusing).export().await;
    assert_eq!(held.snapshot.resources, world.export().await.snapshot.resources);
    let said: Vec<&str> = held.snapshot.findings.iter().map(|one| one.code.as_str()).collect();
    assert!(said.contains(&"not-counted"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_day_on_nothing_older_is_read() {
    let (world, _) = source().await;
    let recorder = Recorder::default();
    let reader = world.again().through(recorder.gate());
    let since =
        Selectors { exclude: vec!["before=2025-05-17".parse().unwrap()], ..Selectors::default() };
    let held = reader.export_part(&since).await;
    let snapshot = &held.snapshot;
    let days: Vec<&str> =
        snapshot.of_kind("mlflow_run").map(|day| day.address.key.as_str()).collect();
    assert_eq!(days, ["/Shared/churn/2025-05-17"]);
    let searches =
        recorder.exchanges().into_iter().filter(|one| one.target.ends_with("runs/search"));
    let asked: Vec<(Value, Value)> = searches
        .map(|search| (search.sent["run_view_type"].clone(), search.sent["filter"].clone()))
        .collect();
    let filter = |sign: &str| json!(format!("attributes.start_time {sign} {MIDNIGHT}"));
    let (current, deleted) = (json!("ACTIVE_ONLY"), json!("DELETED_ONLY"));
    let day = format!("< {}", MIDNIGHT + DAY);
    let day = json!(format!("{} AND attributes.start_time {day}", filter(">=").as_str().unwrap()));
    // What is left out is counted, and looked at no further.
    let wanted = [
        (current.clone(), filter(">=")),
        (deleted, Value::Null),
        (current.clone(), filter("<")),
        (current, day),
    ];
    assert_eq!(asked, wanted);
    let exchanges = recorder.exchanges();
    let read = exchanges.iter().filter(|one| one.target.contains("/metrics/get-history?"));
    let read: BTreeSet<&str> = read
        .filter_map(|one| one.target.split(['?', '&']).find(|part| part.starts_with("run_id=")))
        .collect();
    assert_eq!(read.len(), 3, "{read:?}");
    assert!(!snapshot.kinds["mlflow_run"].complete && snapshot.kinds["mlflow_experiment"].complete);
    let said: Vec<_> = snapshot.findings.iter().filter(|one| one.about == "mlflow_run").collect();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert_eq!((said[0].code.as_str(), said[0].count), ("excluded", 1));
    assert!(said[0].message.starts_with("1 run(s) that began before 2025-05-17"), "{said:#?}");

    // A child whose parent is older arrives without it, and is linked when the parent comes.
    let target = World::new(2);
    target.sync(&held).await;
    assert_eq!((active(&target).await.len(), planned(&target, &held).await), (3, Vec::new()));
    let all = world.export().await;
    target.sync(&all).await;
    let runs = active(&target).await;
    let linked = runs.iter().filter_map(|run| {
        let mut tags = run["data"]["tags"].as_array().unwrap().iter();
        tags.find(|tag| tag["key"] == "mlflow.parentRunId").map(|tag| tag["value"].clone())
    });
    let linked: Vec<Value> = linked.collect();
    assert_eq!(linked.len(), 1);
    assert!(runs.iter().any(|run| run["info"]["run_id"] == linked[0]), "{linked:?}");
    assert_eq!((runs.len(), planned(&target, &all).await), (4, Vec::new()));
}
