//! Files of runs that the workspace keeps in its cloud's storage, at addresses that it signs.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use brickform::engine::{Named, Rewrites};
use brickform::kind::Depth;
use brickform::model::Options;
use brickform::sim::Cloud;
use futures::FutureExt as _;
use serde_json::{Value, json};

use crate::recorder::Recorder;
use crate::world::{Gate, Held, World, describe};

const READ: &str = "/api/2.0/mlflow/artifacts/credentials-for-read";
const WRITE: &str = "/api/2.0/mlflow/artifacts/credentials-for-write";

/// More than one block of Azure.
const LARGE: usize = 9 * 1024 * 1024;

async fn post(world: &World, path: &str, body: Value) -> Value {
    let (status, answer) = world.raw("POST", path, body).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

/// Makes an experiment and a run in it, as everybody does who says nothing else.
async fn run(world: &World) -> String {
    let body = json!({"name": "/Shared/churn"});
    let made = post(world, "/api/2.0/mlflow/experiments/create", body).await;
    let body = json!({"experiment_id": made["experiment_id"], "start_time": 1_747_440_000_000_i64});
    let made = post(world, "/api/2.0/mlflow/runs/create", body).await;
    let id = made["run"]["info"]["run_id"].as_str().unwrap().to_owned();
    let body = json!({"run_id": id, "status": "FINISHED", "end_time": 1_747_440_009_000_i64});
    post(world, "/api/2.0/mlflow/runs/update", body).await;
    id
}

async fn put(world: &World, run: &str, path: &str, bytes: Vec<u8>) {
    let answer = post(world, WRITE, json!({"run_id": run, "path": [path]})).await;
    let info = &answer["credential_infos"][0];
    assert_eq!((&info["path"], &info["type"]), (&json!(path), &json!("AWS_PRESIGNED_URL")));
    let request = http::Request::put(info["signed_uri"].as_str().unwrap());
    let answer = world.workspace.call(request.body(bytes.into()).unwrap()).await;
    assert!(answer.status().is_success(), "{path}");
}

/// A workspace with a run that left so many small files, and some that are not easy.
async fn source(small: usize) -> World {
    let world = World::new(1);
    let run = run(&world).await;
    for number in 0..small {
        put(&world, &run, &format!("small/{number:03}.txt"), vec![b'x'; number]).await;
    }
    put(&world, &run, "model/MLmodel", b"flavors: {}".to_vec()).await;
    put(&world, &run, "pl\u{f6}ts & more/a b+c%.html", b"<html></html>".to_vec()).await;
    put(&world, &run, "empty", Vec::new()).await;
    world
}

fn digests(held: &Held) -> Vec<Value> {
    let days = held.snapshot.of_kind("mlflow_run");
    days.flat_map(|day| day.spec["runs"].as_object().unwrap().values().cloned()).collect()
}

/// How many findings say that files are left out.
fn left_out(held: &Held) -> usize {
    let findings = held.snapshot.findings.iter();
    findings.filter(|one| one.code == "artifacts-left-out").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_byte_arrives_whosever_storage_it_is() {
    let source = source(3).await;
    let (_, found) =
        source.raw("POST", "/api/2.0/mlflow/experiments/search", json!({"max_results": 1})).await;
    let body = json!({"experiment_ids": [found["experiments"][0]["experiment_id"]]});
    let found = post(&source, "/api/2.0/mlflow/runs/search", body).await;
    let run = found["runs"][0]["info"]["run_id"].as_str().unwrap();
    let large = (0..LARGE).map(|at| (at / 7 % 251) as u8).collect();
    put(&source, run, "large.bin", large).await;
    let held = source.export().await;
    assert_eq!(digests(&held).len(), 1);
    for cloud in [Cloud::S3, Cloud::Gcs, Cloud::AzureBlob, Cloud::AzureLake] {
        let target = World::new(2);
        target.workspace.keep_files_in(cloud);
        target.sync(&held).await;
        // The digest of a run is that of its bytes.
        assert_eq!(target.export().await.snapshot.resources, held.snapshot.resources, "{cloud:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_addresses_come_with_one_request() {
    let recorder = Recorder::default();
    let source = source(77).await.through(recorder.gate());
    let held = source.export().await;
    let target = World::new(2).through(recorder.gate());
    target.sync(&held).await;
    let exchanges = recorder.exchanges();
    let count = |part: &str| exchanges.iter().filter(|one| one.target.contains(part)).count();
    // Eighty files are read once and written once.
    assert_eq!((count("credentials-for-read"), count("credentials-for-write")), (2, 2));
    assert_eq!(count("/storage/"), 160);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_no_longer_good_is_asked_for_anew() {
    let source = source(5).await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let aging: Gate = Arc::new(move |workspace, request| {
        if request.uri().path().starts_with("/storage/") {
            // Every third request comes too late.
            if counted.fetch_add(1, Ordering::SeqCst) % 3 == 2 {
                workspace.advance(Duration::from_secs(3_600));
            }
        }
        async move { workspace.try_call(request).await }.boxed()
    });
    let source = source.through(aging.clone());
    let held = source.export().await;
    assert_eq!(left_out(&held), 0);
    let target = World::new(2).through(aging);
    target.sync(&held).await;
    assert_eq!(target.again().export().await.snapshot.resources, held.snapshot.resources);
    assert!(count.load(Ordering::SeqCst) > 20, "some had to be asked for twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_signs_nothing_is_asked_once_and_loses_no_run() {
    let source = source(2).await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let older: Gate = Arc::new(move |workspace, mut request| {
        if request.uri().path() == READ {
            counted.fetch_add(1, Ordering::SeqCst);
            *request.uri_mut() = "/api/2.0/mlflow/artifacts/none".parse().unwrap();
        }
        async move { workspace.try_call(request).await }.boxed()
    });
    let source = source.through(older);
    for _ in 0..2 {
        let held = source.export().await;
        assert_eq!(digests(&held).len(), 1);
        assert_eq!(left_out(&held), 1, "DBFS shows nothing of them either");
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// What a workspace holds, where an earlier snapshot of it is at hand.
async fn again(world: &World, earlier: &Held) -> Held {
    let depth = Depth::Whole(Some(&earlier.snapshot));
    let named = Named::everything(&world.catalogue);
    world.hold(world.look_as(BTreeSet::new(), named, depth).await.snapshot)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_could_not_be_had_come_with_a_later_export() {
    let source = source(1).await;
    let refused = Arc::new(AtomicBool::new(true));
    let is_refused = refused.clone();
    let gate: Gate = Arc::new(move |workspace, mut request| {
        if request.uri().path().starts_with("/storage/") && is_refused.load(Ordering::SeqCst) {
            *request.uri_mut() = "https://x.example/storage/none".parse().unwrap();
        }
        async move { workspace.try_call(request).await }.boxed()
    });
    let source = source.through(gate);
    let first = source.export().await;
    assert_eq!(left_out(&first), 1);
    // It says so as long as it is so, and changes nothing.
    let second = again(&source, &first).await;
    assert_eq!((left_out(&second), digests(&second)), (1, digests(&first)));
    let target = World::new(2);
    target.sync(&first).await;
    assert_eq!(target.export().await.snapshot.resources, first.snapshot.resources);

    refused.store(false, Ordering::SeqCst);
    let third = again(&source, &second).await;
    assert_eq!(left_out(&third), 0);
    assert_ne!(digests(&third), digests(&first));
    target.sync(&third).await;
    assert_eq!(target.export().await.snapshot.resources, third.snapshot.resources);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_a_bucket_are_told_each_time_and_their_run_is_read_once() {
    let world = World::new(1);
    let body = json!({"name": "/Shared/churn", "artifact_location": "s3://acme/ml"});
    let made = post(&world, "/api/2.0/mlflow/experiments/create", body).await;
    let body = json!({"experiment_id": made["experiment_id"], "start_time": 1_747_440_000_000_i64});
    let made = post(&world, "/api/2.0/mlflow/runs/create", body).await;
    let body = json!({"run_id": made["run"]["info"]["run_id"], "status": "FINISHED"});
    post(&world, "/api/2.0/mlflow/runs/update", body).await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let bucket: Gate = Arc::new(move |workspace, request| {
        if request.uri().path().ends_with("/artifacts/list") {
            counted.fetch_add(1, Ordering::SeqCst);
            let files = r#"{"files":[{"path":"a.bin","is_dir":false,"file_size":1}]}"#;
            return async move { Ok(http::Response::new(files.into())) }.boxed();
        }
        async move { workspace.try_call(request).await }.boxed()
    });
    let world = world.through(bucket);
    let first = world.export().await;
    let second = again(&world, &first).await;
    assert_eq!((left_out(&first), left_out(&second)), (1, 1));
    assert_eq!((digests(&first), count.load(Ordering::SeqCst)), (digests(&second), 1));
    let findings = &second.snapshot.findings;
    let one = findings.iter().find(|one| one.code == "artifacts-left-out").unwrap();
    assert!(one.message.contains("files of 1 runs: they lie in s3://acme"), "{}", one.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_arrives_otherwise_is_no_copy() {
    let held = source(1).await.export().await;
    let target = World::new(2);
    let damaging: Gate = Arc::new(|workspace, mut request| {
        if request.method() == http::Method::PUT && request.uri().path().ends_with("MLmodel") {
            *request.body_mut() = "cut".into();
        }
        async move { workspace.try_call(request).await }.boxed()
    });
    let (rules, journal) = (Rewrites::default(), Mutex::default());
    let plan = target.plan(&held, &rules, &Options::default()).await;
    let damaged = target.again().through(damaging);
    let report = damaged.apply(&held, &rules, &plan, &journal).await;
    let said = describe(&plan, &report);
    assert!(!report.is_success() && said.contains("has 3 bytes where 11 were written"), "{said}");
    // The next one makes it whole.
    target.sync(&held).await;
    assert_eq!(target.export().await.snapshot.resources, held.snapshot.resources);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_which_nothing_can_be_read_is_none() {
    let broken: Gate = Arc::new(|workspace, request| {
        if request.uri().path() == READ {
            return async { Ok(http::Response::new("{}".into())) }.boxed();
        }
        async move { workspace.try_call(request).await }.boxed()
    });
    let held = source(1).await.through(broken).export().await;
    assert_eq!(held.snapshot.of_kind("mlflow_run").count(), 0);
    let unread = held.snapshot.findings.iter().find(|one| one.code == "unreadable").unwrap();
    assert!(unread.about.starts_with("mlflow_run:/Shared/churn/"), "{unread:?}");
    assert!(!held.snapshot.kinds["mlflow_run"].complete, "so nothing is proven absent");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stale_look_misses_no_file() {
    let held = source(1).await.export().await;
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = looks.clone();
    let stale: Gate = Arc::new(move |workspace, request| {
        let is_first = request.uri().path().ends_with("/artifacts/list")
            && counted.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if is_first {
                Ok(http::Response::new("{}".into()))
            } else {
                workspace.try_call(request).await
            }
        }
        .boxed()
    });
    let target = World::new(2).through(stale);
    target.sync(&held).await;
    assert!(looks.load(Ordering::SeqCst) > 1);
}
