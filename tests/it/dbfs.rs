//! Files of DBFS: which are captured, in what pieces they travel, and what a cut leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brickform::engine::{Named, Rewrites};
use brickform::model::{
    Address, Content, ContentFormat, Options, Resource, Severity, Snapshot, digest_bytes,
};
use brickform::sim;
use futures::FutureExt as _;
use http::Response;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::crash::{When, mortal};
use crate::recorder::Recorder;
use crate::world::{Gate, Held, World, describe, steps};

const BLOCK: usize = 1024 * 1024;

/// Bytes of which no two blocks are equal.
fn large() -> Vec<u8> {
    (0..BLOCK * 5 / 2).map(|at| (at / 1000 % 251) as u8).collect()
}

fn address(path: &str) -> Address {
    Address::new("dbfs_file", path)
}

async fn post(world: &World, call: &str, body: Value) -> Value {
    let (status, answer) = world.raw("POST", &format!("/api/2.0/dbfs/{call}"), body).await;
    assert!(status.is_success(), "{call}: {answer}");
    answer
}

/// Writes a file by hand.
async fn write(world: &World, path: &str, bytes: &[u8]) {
    let answer = post(world, "create", json!({"path": path, "overwrite": true})).await;
    for block in bytes.chunks(BLOCK) {
        let body = json!({"handle": answer["handle"], "data": STANDARD.encode(block)});
        post(world, "add-block", body).await;
    }
    post(world, "close", json!({"handle": answer["handle"]})).await;
}

/// The names in a folder.
async fn names(world: &World, folder: &str) -> Vec<String> {
    let target = format!("/api/2.0/dbfs/list?path={folder}");
    let (_, answer) = world.raw("GET", &target, Value::Null).await;
    let files = answer["files"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> =
        files.iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn held(files: &[(&str, &[u8])]) -> Held {
    let mut held = Held { snapshot: Snapshot::default(), contents: BTreeMap::new() };
    for (path, bytes) in files {
        let digest = digest_bytes(bytes);
        let content = Content {
            format: ContentFormat::Raw,
            digest: digest.clone(),
            size: bytes.len() as u64,
        };
        let (address, spec) = (address(path), json!({}));
        let resource =
            Resource { address: address.clone(), spec, grants: None, content: Some(content) };
        held.snapshot.resources.insert(address, resource);
        held.contents.insert(digest, bytes.to_vec());
    }
    held
}

fn named_by_others() -> Named {
    Named { by_others: true, ..Named::default() }
}

fn captured(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.of_kind("dbfs_file").map(|resource| resource.address.key.as_str()).collect()
}

/// A workspace with a job that names files of all sorts.
async fn with_job() -> World {
    let world = World::new(1);
    for path in ["/FileStore/init/certs.sh", "/FileStore/etl/main.py", "/FileStore/other.txt"] {
        write(&world, path, path.as_bytes()).await;
    }
    write(&world, "/FileStore/jars/etl.jar", &large()).await;
    let job = json!({"name": "etl", "tasks": [{
        "task_key": "main",
        "spark_python_task": {"python_file": "dbfs:/FileStore/etl/main.py"},
        "new_cluster": {
            "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1,
            "init_scripts": [{"dbfs": {"destination": "dbfs:/FileStore/init/certs.sh"}}],
        },
        "libraries": [
            {"jar": "dbfs:/FileStore//jars/etl.jar"},
            {"whl": "/dbfs/FileStore/none.whl"},
            {"jar": "dbfs:/mnt/lake/x.jar"},
            {"pypi": {"package": "pyyaml"}},
        ],
    }]});
    let (status, answer) = world.raw("POST", "/api/2.2/jobs/create", job).await;
    assert!(status.is_success(), "{answer}");
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_name_is_captured_and_moves_before_them() {
    let world = with_job().await;
    let seen = world.look_at(BTreeSet::new(), named_by_others()).await.snapshot;
    let files = ["/FileStore/etl/main.py", "/FileStore/init/certs.sh", "/FileStore/jars/etl.jar"];
    assert_eq!(captured(&seen), files);
    let mark = &seen.kinds["dbfs_file"];
    assert!(!mark.complete && mark.evidence.contains("others name"), "{mark:?}");
    let said: Vec<(&str, &str)> = seen
        .findings
        .iter()
        .filter(|finding| finding.message.contains("name"))
        .map(|finding| (finding.code.as_str(), finding.about.as_str()))
        .collect();
    assert_eq!(
        said,
        [("skipped-mount", "dbfs_file:/mnt/lake/x.jar"), ("dangling-reference", "job:etl")]
    );

    let (held, recorder) = (world.hold(seen), Recorder::default());
    let target = World::new(2).through(recorder.gate());
    let plan = target.sync(&held).await;
    let step = |address: &Address| plan.steps.iter().find(|step| step.address == *address).unwrap();
    let job = step(&Address::new("job", "etl"));
    for path in files {
        assert!(job.needs.contains(&step(&address(path)).id), "{path}: {:?}", job.needs);
    }
    let blocks: Vec<usize> = recorder
        .exchanges()
        .iter()
        .filter_map(|one| Some(STANDARD.decode(one.sent["data"].as_str()?).unwrap().len()))
        .collect();
    assert_eq!(blocks, [BLOCK, BLOCK, BLOCK / 2]);
    assert_eq!(names(&target, "/FileStore/jars").await, ["/FileStore/jars/etl.jar"]);
    assert_eq!(target.export().await.contents, held.contents);
    let again = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    assert_eq!(steps(&again), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_below_a_chosen_folder_is_captured_and_nothing_beside_it() {
    let world = with_job().await;
    write(&world, "/FileStore/init/deep/er/x", b"1").await;
    write(&world, "/FileStore/init/x.jar.brickform-part", b"1").await;
    write(&world, "/FileStore/initial", b"1").await;
    let below = |place: &str| {
        let places = BTreeSet::from([place.to_owned()]);
        Named { below: BTreeMap::from([("dbfs_file".to_owned(), places)]), ..Named::default() }
    };
    let seen = world.look_at(BTreeSet::new(), below("/FileStore/init")).await.snapshot;
    assert_eq!(captured(&seen), ["/FileStore/init/certs.sh", "/FileStore/init/deep/er/x"]);
    let left_out = |finding: &&brickform::model::Finding| finding.about.ends_with("-part");
    assert_eq!(
        seen.findings.iter().find(left_out).map(|finding| finding.code.as_str()),
        Some("skipped-tool-made")
    );
    let seen = world.look_at(BTreeSet::new(), below("/mnt/lake")).await.snapshot;
    assert_eq!(captured(&seen), Vec::<&str>::new());
    assert!(seen.findings.iter().any(|finding| finding.code == "skipped-mount"));
    let seen = world.look_at(BTreeSet::new(), below("/FileStore/nowhere")).await.snapshot;
    let errors = seen.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let about: Vec<&str> = errors.map(|finding| finding.about.as_str()).collect();
    assert_eq!(about, ["dbfs_file:/FileStore/nowhere"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_reads_only_what_is_wanted() {
    let world = World::new(1);
    for number in 0..50 {
        write(&world, &format!("/FileStore/{number}"), b"1").await;
    }
    world.workspace.forget_requests();
    let named = Named::these(&[address("/FileStore/7"), address("/FileStore/none")]);
    let seen = world.look_at(BTreeSet::new(), named).await.snapshot;
    assert_eq!(captured(&seen), ["/FileStore/7"]);
    let asked: BTreeSet<String> = world
        .workspace
        .requests()
        .iter()
        .filter(|seen| seen.target.contains("/dbfs/"))
        .map(|seen| seen.target.clone())
        .collect();
    let expected = [
        "/api/2.0/dbfs/get-status?path=%2FFileStore%2F7",
        "/api/2.0/dbfs/get-status?path=%2FFileStore%2Fnone",
        "/api/2.0/dbfs/read?path=%2FFileStore%2F7&offset=0&length=1048576",
    ];
    assert_eq!(asked, expected.map(str::to_owned).into());
}

/// Killed at every request of a create or an overwrite, the file is whole in the end, and nothing is left beside it.
async fn killed(before: Option<&[u8]>, when: When) {
    let wanted = &large()[..BLOCK + 10];
    let held = held(&[("/FileStore/jars/etl.jar", wanted)]);
    for at in 1.. {
        let world = World::new(1);
        if let Some(bytes) = before {
            write(&world, "/FileStore/jars/etl.jar", bytes).await;
        }
        let (rules, journal) = (Rewrites::default(), Mutex::default());
        let plan = world.plan(&held, &rules, &Options::default()).await;
        let dead = Arc::new(Notify::new());
        let dying = world.again().through(mortal(at, when, dead.clone()).0);
        let ended = tokio::select! {
            biased;
            () = dead.notified() => None,
            report = dying.apply(&held, &rules, &plan, &journal) => Some(report),
        };
        if before.is_none() {
            let there = world.export().await;
            let content = there.snapshot.resources.values().find_map(|one| one.content.clone());
            // A part of it is never at its place.
            assert!(content.is_none_or(|content| content.digest == digest_bytes(wanted)), "{at}");
        }
        let report = world.again().apply(&held, &rules, &plan, &journal).await;
        assert!(report.is_success(), "{at}: {}", describe(&plan, &report));
        assert_eq!(world.export().await.contents, held.contents, "{at}");
        assert_eq!(names(&world, "/FileStore/jars").await, ["/FileStore/jars/etl.jar"], "{at}");
        if ended.is_some() {
            assert!(at > 8, "{at} requests are too few");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_file_is_whole_wherever_its_creation_was_cut_off() {
    killed(None, When::Before).await;
    killed(None, When::After).await;
}

#[tokio::test(start_paused = true)]
async fn a_large_file_is_whole_wherever_its_overwriting_was_cut_off() {
    killed(Some(b"old"), When::Before).await;
    killed(Some(b"old"), When::After).await;
}

/// Lets a hand do something at the n-th call of DBFS that fits.
fn at_call(
    what: &'static str,
    nth: usize,
    act: impl Fn(World) -> futures::future::BoxFuture<'static, ()> + Send + Sync + 'static,
) -> Gate {
    let (count, act) = (Arc::new(AtomicUsize::new(0)), Arc::new(act));
    Arc::new(move |workspace, request| {
        let (count, act) = (count.clone(), act.clone());
        async move {
            if request.uri().path().ends_with(what)
                && count.fetch_add(1, Ordering::Relaxed) + 1 == nth
            {
                act(World::of(workspace.clone(), "dapi-simulated")).await;
            }
            workspace.try_call(request).await
        }
        .boxed()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_written_while_it_is_read_is_read_anew() {
    let world = World::new(1);
    write(&world, "/FileStore/etl.jar", &large()).await;
    let other: Vec<u8> = large().into_iter().rev().collect();
    let expected = digest_bytes(&other);
    let gate = at_call("/dbfs/read", 2, move |hand| {
        let other = other.clone();
        async move { write(&hand, "/FileStore/etl.jar", &other).await }.boxed()
    });
    let held = world.again().through(gate).export().await;
    assert_eq!(held.contents.keys().collect::<Vec<_>>(), [&expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_handle_begins_the_file_anew() {
    let world = World::new(1);
    let gate = at_call("/dbfs/add-block", 2, |hand| {
        async move { hand.workspace.advance(std::time::Duration::from_secs(700)) }.boxed()
    });
    let wanted = held(&[("/FileStore/etl.jar", &large())]);
    world.again().through(gate).sync(&wanted).await;
    assert_eq!(world.export().await.contents, wanted.contents);
    assert_eq!(names(&world, "/FileStore").await, ["/FileStore/etl.jar"]);
}

fn refuse(
    status: u16,
    code: &'static str,
    fits: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Gate {
    let fits = Arc::new(fits);
    Arc::new(move |workspace, request| {
        let fits = fits.clone();
        async move {
            if fits(request.uri().path()) {
                let body = json!({"error_code": code, "message": "not here"}).to_string();
                return Ok(Response::builder().status(status).body(body.into()).unwrap());
            }
            workspace.try_call(request).await
        }
        .boxed()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_that_is_switched_off_is_one_finding() {
    let gate = refuse(403, "PERMISSION_DENIED", |path| path.contains("/dbfs/"));
    let world = with_job().await.through(gate);
    let seen = world.look_at(BTreeSet::new(), named_by_others()).await.snapshot;
    assert!(seen.resources.contains_key(&Address::new("job", "etl")));
    let about = |finding: &&brickform::model::Finding| finding.about == "dbfs_file";
    let said: Vec<_> = seen.findings.iter().filter(about).map(|one| one.code.as_str()).collect();
    assert_eq!(said, ["unreadable"]);
    let dangling = seen.findings.iter().filter(|one| one.code == "dangling-reference").count();
    assert_eq!(dangling, 0, "nobody knows what is missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_made_where_a_server_does_not_make_them_itself() {
    let made = Arc::new(AtomicUsize::new(0));
    let seen = made.clone();
    let gate = refuse(404, "RESOURCE_DOES_NOT_EXIST", move |path| {
        seen.fetch_add(usize::from(path.ends_with("/mkdirs")), Ordering::Relaxed);
        let writes = path.ends_with("/dbfs/put") || path.ends_with("/dbfs/create");
        writes && seen.load(Ordering::Relaxed) < 1
    });
    let world = World::new(1).through(gate);
    let wanted = held(&[("/x/y/small", b"1")]);
    world.sync(&wanted).await;
    assert_eq!(made.load(Ordering::Relaxed), 1);
    assert_eq!(world.export().await.contents, wanted.contents);
}

#[tokio::test(start_paused = true)]
async fn the_published_limit_is_kept_and_made_use_of() {
    let world = World::new(1);
    for number in 0..120 {
        write(&world, &format!("/FileStore/{number}"), b"1").await;
    }
    let published = sim::Limits::Published;
    let options = sim::Options { limits: published, ..sim::Options::default() };
    let paced = World::paced(world.workspace.copy_with(options), published);
    let start = tokio::time::Instant::now();
    assert_eq!(paced.export().await.snapshot.of_kind("dbfs_file").count(), 120);
    assert_eq!(paced.session.counts().get("retries").copied().unwrap_or(0), 0);
    let took = start.elapsed().as_secs_f64();
    assert!((4.0..7.0).contains(&took), "{took} s for 120 files at 24 a second");
}
