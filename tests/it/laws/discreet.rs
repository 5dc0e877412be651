//! No server's identifier and no secret reaches a file, a plan, a journal or an error.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use brickform::engine::Rewrites;
use brickform::kind::{as_external, has_redacted};
use brickform::model::{Address, Options};
use futures::FutureExt as _;
use http::Response;
use serde_json::{Value, json};

use super::round_trip::on_disk;
use crate::recorder::{Exchange, Recorder};
use crate::world::{Gate, Held, World};

/// Fields of answers that hold identifiers given by the server.
const IDENTIFIERS: [&str; 16] = [
    "alert_id",
    "applicationId",
    "cluster_id",
    "dashboard_id",
    "destination_id",
    "driver_instance_pool_id",
    "id",
    "instance_pool_id",
    "job_id",
    "object_id",
    "pipeline_id",
    "policy_id",
    "query_id",
    "resource_id",
    "spark_context_id",
    "warehouse_id",
];

fn gather(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let text = match inner {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => String::new(),
                };
                let last = text.rsplit('/').next().unwrap_or("");
                let is_opaque = last.len() >= 10 && last.bytes().any(|byte| byte.is_ascii_digit());
                if IDENTIFIERS.contains(&name.as_str()) && is_opaque {
                    into.insert(last.to_owned());
                }
                gather(inner, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        _ => {}
    }
}

fn externals(value: &Value, into: &mut BTreeSet<String>) {
    if let Some(external) = as_external(value) {
        into.insert(external.id.as_str().map_or_else(|| external.id.to_string(), str::to_owned));
    }
    match value {
        Value::Object(map) => map.values().for_each(|inner| externals(inner, into)),
        Value::Array(items) => items.iter().for_each(|item| externals(item, into)),
        _ => {}
    }
}

/// Refuses some requests, in words that repeat what was asked for.
fn refusing(then: Gate, refuse: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Gate {
    let refuse = Arc::new(refuse);
    Arc::new(move |workspace, request| {
        let (method, target) = (request.method().to_string(), request.uri().to_string());
        if refuse(&method, &target) {
            let message =
                format!("{target} is not for you: {}", String::from_utf8_lossy(request.body()));
            let body = json!({"error_code": "PERMISSION_DENIED", "message": message}).to_string();
            return async move {
                Ok(Response::builder().status(403).body(body.into_bytes().into()).unwrap())
            }
            .boxed();
        }
        then(workspace, request)
    })
}

/// Everything that is written or said of a move.
async fn said(source: &World, target: &World) -> (Held, Vec<(String, String)>) {
    let held = source.export().await;
    let mut texts: Vec<(String, String)> = on_disk(&held)
        .into_iter()
        .map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()))
        .collect();
    let (rules, journal) = (Rewrites::default(), Mutex::default());
    for round in ["first", "second"] {
        let plan = target.plan(&held, &rules, &Options::default()).await;
        texts.push((format!("{round} plan"), serde_json::to_string_pretty(&plan).unwrap()));
        let report = target.apply(&held, &rules, &plan, &journal).await;
        let outcomes = report.outcomes.values().map(|(_, message)| message.as_str());
        texts.push((format!("{round} report"), outcomes.collect::<Vec<_>>().join("\n")));
        texts.push((
            format!("{round} findings"),
            serde_json::to_string_pretty(&report.findings).unwrap(),
        ));
        let records = std::mem::take(&mut *journal.lock().unwrap());
        texts.push((format!("{round} journal"), serde_json::to_string_pretty(&records).unwrap()));
    }
    (held, texts)
}

fn leaks(texts: &[(String, String)], words: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in texts {
        for line in text.lines() {
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                let line: String = line.trim().chars().take(300).collect();
                found.push(format!("{name}: {word} in {line}"));
            }
        }
    }
    found
}

fn identifiers(exchanges: &[Exchange], held: &Held) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    exchanges.iter().for_each(|exchange| gather(&exchange.answer, &mut ids));
    // A reference to what no longer exists is all that is left of it.
    let mut outside = BTreeSet::new();
    held.snapshot.resources.values().for_each(|one| externals(&one.spec, &mut outside));
    ids.difference(&outside).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_identifier_is_written_or_said() {
    let (reading, writing) = (Recorder::default(), Recorder::default());
    let source = World::planted(1, "acme").await.through(reading.gate());
    let target = World::new(2).through(writing.gate());
    let (held, texts) = said(&source, &target).await;
    let ids = identifiers(&[reading.exchanges(), writing.exchanges()].concat(), &held);
    assert!(ids.len() > 500, "only {} identifiers were seen", ids.len());
    let found = leaks(&texts, &ids);
    assert!(
        found.is_empty(),
        "{} leaks, among them {:#?}",
        found.len(),
        &found[..9.min(found.len())]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_identifier_is_said_when_requests_are_refused() {
    let (reading, writing) = (Recorder::default(), Recorder::default());
    let source = World::planted(1, "acme").await.through(refusing(reading.gate(), |_, target| {
        let (path, _) = target.split_once('?').unwrap_or((target, ""));
        path.starts_with("/api/2.0/permissions/jobs/")
            || path.starts_with("/api/2.0/permissions/directories/1")
            || path == "/api/2.2/jobs/get"
            || target.contains("export") && target.contains("odd")
    }));
    let target = World::new(2).through(refusing(writing.gate(), |method, target| {
        method == "PUT" && target.contains("/permissions/notebooks")
            || method == "POST" && target == "/api/2.1/clusters/pin"
            || method == "POST" && target == "/api/2.2/jobs/create"
            || method == "PATCH"
    }));
    let (held, texts) = said(&source, &target).await;
    let ids = identifiers(&[reading.exchanges(), writing.exchanges()].concat(), &held);
    assert!(texts.iter().any(|(_, text)| text.contains("is not for you")), "something was refused");
    let found = leaks(&texts, &ids);
    assert!(
        found.is_empty(),
        "{} leaks, among them {:#?}",
        found.len(),
        &found[..9.min(found.len())]
    );
}

const CANARY: &str = "c4n4ryV4lu3";

/// A cluster's settings with secrets in clear in every place that is known to hold some.
fn careless(number: &mut usize) -> Value {
    let mut secret = || {
        *number += 1;
        format!("{CANARY}{number:04}Zq")
    };
    json!({
        "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1,
        "spark_conf": {
            "spark.hadoop.fs.azure.account.key.lake.dfs.core.windows.net": secret(),
            "spark.hadoop.fs.s3a.secret.key": secret(),
            "spark.sql.shuffle.partitions": "400",
        },
        "spark_env_vars": {"MY_API_TOKEN": secret(), "STAGE": "prod"},
        "docker_image": {"url": "registry.example/x:1", "basic_auth": {"username": "robot", "password": secret()}},
    })
}

fn with(mut value: Value, name: &str, inner: Value) -> Value {
    value[name] = inner;
    value
}

async fn careless_world() -> World {
    let world = World::new(1);
    let number = &mut 0;
    let policy = json!({
        "spark_env_vars.MY_API_TOKEN": {"type": "fixed", "value": format!("{CANARY}0777Zq")},
        "spark_conf.spark.hadoop.fs.s3a.secret.key": {"type": "unlimited", "defaultValue": format!("{CANARY}0778Zq")},
        "docker_image.basic_auth.password": {"type": "fixed", "value": format!("{CANARY}0779Zq")},
    });
    let task = |key: &str, cluster: Value| json!({"task_key": key, "notebook_task": {"notebook_path": "/x"}, "new_cluster": cluster});
    let inner = task("inner", careless(number));
    let requests = [
        ("/api/2.1/clusters/create", with(careless(number), "cluster_name", json!("careless"))),
        (
            "/api/2.0/instance-pools/create",
            json!({"instance_pool_name": "careless", "node_type_id": "i3.xlarge", "preloaded_docker_images": [careless(number)["docker_image"]]}),
        ),
        (
            "/api/2.0/policies/clusters/create",
            json!({"name": "careless", "definition": policy.to_string()}),
        ),
        (
            "/api/2.2/jobs/create",
            json!({
                "name": "careless",
                "tasks": [
                    task("own", careless(number)),
                    {"task_key": "each", "for_each_task": {"inputs": "[1]", "task": inner}},
                ],
                "job_clusters": [{"job_cluster_key": "k", "new_cluster": careless(number)}],
                "environment_variables": [{
                    "environment_variables_key": "e",
                    "spec": {"variables": {"MY_API_TOKEN": format!("{CANARY}0888Zq"), "STAGE": "prod"}},
                }],
            }),
        ),
    ];
    for (path, body) in requests {
        let (status, answer) = world.raw("POST", path, body).await;
        assert!(status.is_success(), "{path}: {answer}");
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_written_or_said() {
    let source = careless_world().await;
    let target = World::new(2);
    let (held, texts) = said(&source, &target).await;
    let words = BTreeSet::from([CANARY.to_owned(), "dapi-simulated".to_owned()]);
    let found = leaks(&texts, &words);
    assert!(
        found.is_empty(),
        "{} leaks, among them {:#?}",
        found.len(),
        &found[..9.min(found.len())]
    );
    for kind in ["cluster", "instance_pool", "cluster_policy", "job"] {
        let resource = &held.snapshot.resources[&Address::new(kind, "careless")];
        assert!(has_redacted(&resource.spec), "{kind}: {}", resource.spec);
    }
    let shown = &held.snapshot.resources[&Address::new("cluster", "careless")].spec;
    assert_eq!(shown["spark_env_vars"]["STAGE"], "prod");
    let arrived = target.export().await.snapshot;
    assert!(!arrived.resources.keys().any(|address| address.key == "careless"));
}
