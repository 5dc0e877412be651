//! Servers that lack something, are older, or do not show everything.

use std::sync::{Arc, Mutex};

use brickform::engine::Rewrites;
use brickform::kind::Kind;
use brickform::kinds;
use brickform::model::{Address, Change, Options, Severity};
use brickform::sim;
use futures::FutureExt as _;
use http::Response;
use serde_json::{Value, json};

use crate::world::{Gate, Held, World, steps};

const SMALL: &str =
    "scale:users=3,groups=2,members=2,notebooks=4,folders=2,clusters=2,jobs=2,pools=1,policies=1";

/// What is behind the version in a path.
fn unversioned(path: &str) -> &str {
    path.splitn(4, '/').nth(3).unwrap_or(path)
}

/// Answers one listing with a refusal, in whichever version and by whichever call it is asked for.
pub(super) fn without(path: &'static str, status: u16, body: Value) -> Gate {
    let body = Arc::new(body.to_string());
    Arc::new(move |workspace, request| {
        let body = Arc::clone(&body);
        let reads = request.method() == http::Method::GET || path.ends_with("/search");
        let asked = request.uri().path();
        let is_old =
            path == "/api/2.0/mlflow/experiments/search" && asked.ends_with("/experiments/list");
        let is_list = is_old || reads && unversioned(asked) == unversioned(path);
        async move {
            if is_list {
                let text = body.as_bytes().to_vec();
                return Ok(Response::builder().status(status).body(text.into()).unwrap());
            }
            workspace.try_call(request).await
        }
        .boxed()
    })
}

fn refusals() -> [(u16, Value); 6] {
    let body = |code: &str| json!({"error_code": code, "message": "not here"});
    [
        (404, body("ENDPOINT_NOT_FOUND")),
        (403, body("PERMISSION_DENIED")),
        (400, body("FEATURE_DISABLED")),
        (501, body("NOT_IMPLEMENTED")),
        (404, body("RESOURCE_DOES_NOT_EXIST")),
        (404, json!({"detail": "Not Found"})),
    ]
}

fn root(kind: &'static Kind) -> &'static Kind {
    kind.listed_with.unwrap_or(kind)
}

fn roots() -> impl Iterator<Item = &'static Kind> {
    kinds::ALL.iter().copied().filter(|kind| kind.is_managed() && root(kind) == *kind)
}

/// How many objects of other families a snapshot holds.
fn others(held: &Held, gone: &'static Kind) -> usize {
    let family =
        |name: &str| kinds::ALL.iter().find(|kind| kind.name == name).map(|kind| root(kind));
    // Runs are found by their experiments.
    let goes_too = |name: &str| gone.name == "mlflow_experiment" && name == "mlflow_run";
    let stays = |one: &&Address| family(&one.kind) != Some(gone) && !goes_too(&one.kind);
    held.snapshot.resources.keys().filter(stays).count()
}

/// Runs are asked for where there is an experiment.
async fn log_a_run(world: &World) {
    let experiment = json!({"name": "/Shared/odd"});
    let (_, made) = world.raw("POST", "/api/2.0/mlflow/experiments/create", experiment).await;
    let run = json!({"experiment_id": made["experiment_id"], "start_time": 1});
    let (status, answer) = world.raw("POST", "/api/2.0/mlflow/runs/create", run).await;
    assert!(status.is_success(), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_cannot_be_listed_is_said_and_the_rest_is_read() {
    let whole = World::planted(1, SMALL).await;
    log_a_run(&whole).await;
    let all = whole.export().await;
    for kind in roots() {
        for (status, body) in refusals() {
            let gate = without(kind.api.list.path, status, body.clone());
            let held = whole.again().through(gate).export().await;
            let label = format!("{} {body}", kind.name);
            let mark = &held.snapshot.kinds[kind.name];
            assert_eq!((mark.complete, mark.count), (false, 0), "{label}");
            let said =
                held.snapshot.findings.iter().any(|finding| {
                    finding.about == kind.name && finding.severity != Severity::Note
                });
            assert!(said, "{label}: {:#?}", held.snapshot.findings);
            assert_eq!(others(&held, kind), others(&all, kind), "{label}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_created_where_nobody_can_look() {
    let held = World::planted(1, SMALL).await.export().await;
    for kind in roots() {
        for (status, body) in refusals() {
            let gate = without(kind.api.list.path, status, body.clone());
            let target = World::new(2).through(gate);
            let rules = Rewrites::default();
            let plan = target.plan(&held, &rules, &Options::default()).await;
            let label = format!("{} {body}", kind.name);
            let blind = plan.steps.iter().find(|step| {
                let of = kinds::ALL.iter().find(|one| one.name == step.address.kind).unwrap();
                root(of) == kind && step.change == Change::Create
            });
            assert!(blind.is_none(), "{label}: {blind:?}");
            let blocked = plan.blocked.iter().filter(|one| one.address.kind == kind.name).count();
            assert_eq!(blocked, held.snapshot.of_kind(kind.name).count(), "{label}");
            let report = target.apply(&held, &rules, &plan, &Mutex::default()).await;
            assert!(report.is_success(), "{label}: {}", crate::world::describe(&plan, &report));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn older_servers_are_served_in_their_own_words() {
    let versions = sim::Versions { jobs_2_2: false, clusters_2_1: false };
    let old = |seed| World::with(sim::Options { seed, versions, ..sim::Options::default() });
    let (source, target) = (old(1), old(2));
    sim::seed::plant(&source.workspace, &"acme".parse().unwrap()).await.unwrap();
    let held = source.export().await;
    let new = World::planted(1, "acme").await.export().await;
    assert_eq!(
        held.snapshot.resources.keys().collect::<Vec<_>>(),
        new.snapshot.resources.keys().collect::<Vec<_>>()
    );
    target.sync(&held).await;
    let plan = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    assert_eq!(steps(&plan), Vec::<String>::new());
    let is_new = |path: &str| path.contains("/2.2/jobs") || path.contains("/2.1/clusters");
    let useless = target.workspace.requests().iter().filter(|one| is_new(&one.target)).count();
    assert!(useless < 50, "{useless} requests for versions that are not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_admin_proves_nothing_absent() {
    let source = World::planted(1, "acme").await;
    let name = "elif.sahin@acme.example";
    source.workspace.add_token("of elif", name);
    let held = World::of(source.workspace.clone(), "of elif").export().await;
    assert_eq!((held.snapshot.source.caller.as_str(), held.snapshot.source.admin), (name, false));
    assert!(held.snapshot.findings.iter().any(|finding| finding.code == "not-admin"));
    assert!(held.snapshot.kinds.values().all(|mark| !mark.complete), "{:#?}", held.snapshot.kinds);
    let whole = source.export().await;
    assert!(held.snapshot.resources.len() <= whole.snapshot.resources.len());
    let plan = source.plan(&held, &Rewrites::default(), &Options::default()).await;
    assert_eq!(steps(&plan), Vec::<String>::new(), "what is seen is seen as it is");
}

/// What is not there at all is told as that, however the server says so, and not as something that went wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_is_not_found_is_not_offered() {
    let whole = World::planted(1, SMALL).await;
    log_a_run(&whole).await;
    for kind in roots() {
        for (status, body) in [
            (404, json!({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"})),
            (404, json!({"detail": "Not Found"})),
            (405, json!({"detail": "Method Not Allowed"})),
        ] {
            // A search of runs names experiments, of which one may be meant.
            if kind.name == "mlflow_run" && body.get("error_code").is_some() {
                continue;
            }
            let gate = without(kind.api.list.path, status, body.clone());
            let held = whole.again().through(gate).export().await;
            let findings = held.snapshot.findings.iter().filter(|one| one.about == kind.name);
            let codes: Vec<&str> = findings.map(|one| one.code.as_str()).collect();
            assert!(codes.contains(&"unavailable"), "{} {body}: {codes:?}", kind.name);
            assert!(!codes.contains(&"unreadable"), "{} {body}: {codes:?}", kind.name);
        }
    }
}

/// Every workspace has them, so rights are granted to them whether or not a listing shows them.
#[tokio::test(flavor = "multi_thread")]
async fn rights_of_the_groups_that_are_always_there_are_kept() {
    let source = World::planted(1, SMALL).await;
    let mut held = source.export().await;
    let principal = Address::new("group", "users");
    let grants = [brickform::model::Grant { principal, level: "CAN_READ".to_owned() }];
    let is_notebook = |address: &&Address| address.kind == "notebook";
    let address = held.snapshot.resources.keys().find(is_notebook).unwrap().clone();
    held.snapshot.resources.get_mut(&address).unwrap().grants = Some(grants.into());
    let hiding: Gate = Arc::new(|workspace, request| {
        let is_listing = request.method() == http::Method::GET
            && request.uri().path() == "/api/2.0/preview/scim/v2/Groups";
        async move {
            let answer = workspace.try_call(request).await?;
            if !is_listing {
                return Ok(answer);
            }
            let mut body: Value = serde_json::from_slice(answer.body()).unwrap();
            if let Some(groups) = body["Resources"].as_array_mut() {
                groups
                    .retain(|one| one["displayName"] != "users" && one["displayName"] != "admins");
            }
            Ok(Response::new(body.to_string().into()))
        }
        .boxed()
    });
    let target = World::new(2);
    let (rules, options) = (Rewrites::default(), Options::default());
    let plan = target.again().through(hiding).plan(&held, &rules, &options).await;
    let lost = plan.findings.iter().filter(|one| one.code == "missing-principal").count();
    let report = target.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", crate::world::describe(&plan, &report));
    let granted = target.export().await.snapshot.resources[&address].grants.clone();
    assert_eq!((lost, granted), (0, held.snapshot.resources[&address].grants.clone()));
}
