//! Files and roles that objects name: brought before them, or said to be missing.

use std::sync::Mutex;

use brickform::engine::Rewrites;
use brickform::model::{Address, Change, Finding, Options, Plan, StepId};
use serde_json::{Value, json};

use super::odd_servers::without;
use crate::world::{Held, World, describe, steps};

const RULES: &str = "version: 1
account_ids:
  \"111111111111\": \"222222222222\"
emails:
- exact: bob@x.com
  to: robert@y.com
";

const PROFILE: &str = "arn:aws:iam::111111111111:instance-profile/etl";

async fn ok(world: &World, path: &str, body: Value) -> Value {
    let (status, answer) = world.raw("POST", path, body).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

/// Somebody who may take on a profile, and a cluster that does and that runs the library in their home.
async fn source() -> World {
    let world = World::new(1);
    let add = json!({"instance_profile_arn": PROFILE, "skip_validation": true});
    ok(&world, "/api/2.0/instance-profiles/add", add).await;
    let user = json!({
        "userName": "bob@x.com", "roles": [{"value": PROFILE}],
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    });
    ok(&world, "/api/2.0/preview/scim/v2/Users", user).await;
    let import = |path: &str| json!({"path": path, "format": "RAW", "content": "UEsF"});
    ok(&world, "/api/2.0/workspace/import", import("/Users/bob@x.com/lib.whl")).await;
    ok(&world, "/api/2.0/workspace/import", import("/Shared/init.sh")).await;
    let cluster = json!({
        "cluster_name": "etl", "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge",
        "num_workers": 1, "aws_attributes": {"instance_profile_arn": PROFILE},
        "init_scripts": [
            {"workspace": {"destination": "/Shared/init.sh"}},
            {"dbfs": {"destination": "dbfs:/databricks/init/old.sh"}},
        ],
    });
    let id = ok(&world, "/api/2.1/clusters/create", cluster).await["cluster_id"].clone();
    let libraries = json!({"cluster_id": id, "libraries": [
        {"whl": "/Workspace/Users/bob@x.com/lib.whl"},
        {"jar": "/Workspace/Shared/never.jar"},
        {"jar": "s3://acme/etl.jar"},
        {"pypi": {"package": "simplejson"}},
    ]});
    ok(&world, "/api/2.0/libraries/install", libraries).await;
    world
}

fn rules() -> Rewrites {
    Rewrites::parse(RULES, "rewrites.yaml").unwrap()
}

async fn planned(target: &World, held: &Held, rules: &Rewrites) -> Plan {
    target.plan(held, rules, &Options::default()).await
}

fn step(plan: &Plan, address: &str) -> StepId {
    let is_it = |step: &&brickform::model::Step| {
        step.address.to_string() == address && step.change == Change::Create
    };
    plan.steps.iter().find(is_it).unwrap_or_else(|| panic!("{address}: {:#?}", steps(plan))).id
}

fn said<'f>(findings: &'f [Finding], code: &str) -> Vec<(&'f str, &'f str)> {
    let found = findings.iter().filter(|finding| finding.code == code);
    found.map(|finding| (finding.about.as_str(), finding.message.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_libraries_arrive_before_whoever_uses_them() {
    let held = source().await.export().await;
    let (target, rules) = (World::new(2), rules());
    let plan = planned(&target, &held, &rules).await;
    let there = PROFILE.replace("111111111111", "222222222222");
    let profile = step(&plan, &format!("instance_profile:{there}"));
    assert!(profile < step(&plan, "user:robert@y.com"));
    let cluster = step(&plan, "cluster:etl");
    let needed = &plan.steps.iter().find(|step| step.id == cluster).unwrap().needs;
    for need in [
        profile,
        step(&plan, "workspace_file:/Users/robert@y.com/lib.whl"),
        step(&plan, "workspace_file:/Shared/init.sh"),
    ] {
        assert!(needed.contains(&need), "{need} of {needed:?}");
    }
    let report = target.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    assert_eq!(steps(&planned(&target, &held, &rules).await), Vec::<String>::new());

    let found = target.export().await.snapshot;
    let spec = |kind: &str, key: &str| found.resources[&Address::new(kind, key)].spec.clone();
    assert_eq!(spec("instance_profile", &there), json!({"instance_profile_arn": there}));
    assert_eq!(spec("user", "robert@y.com")["roles"], json!([there]));
    let cluster = spec("cluster", "etl");
    assert_eq!(cluster["aws_attributes"]["instance_profile_arn"], json!(there));
    let libraries = cluster["libraries"].as_array().unwrap();
    assert!(libraries.contains(&json!({"whl": "/Workspace/Users/robert@y.com/lib.whl"})));
    assert_eq!(libraries.len(), 4);
    // Nothing was started for that.
    let (_, live) = target.raw("GET", "/api/2.1/clusters/list", Value::Null).await;
    let state = live["clusters"][0]["state"].as_str().unwrap();
    assert!(["TERMINATING", "TERMINATED"].contains(&state), "{state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_not_be_there_is_said() {
    let held = source().await.export().await;
    let plan = planned(&World::new(2), &held, &Rewrites::default()).await;
    assert_eq!(
        said(&plan.findings, "missing"),
        [
            ("cluster:etl", "it names /Workspace/Shared/never.jar, which the target will not have"),
            (
                "cluster:etl",
                "it names dbfs:/databricks/init/old.sh, which the target will not have"
            ),
        ]
    );
    assert_eq!(
        said(&plan.findings, "unchecked"),
        [("", "it names s3://acme/etl.jar, which is not looked at")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_without_instance_profiles_stops_nobody() {
    let mut held = source().await.export().await;
    // Clusters of one cloud are none of another.
    held.snapshot.resources.retain(|address, _| address.kind != "cluster");
    let refused = json!({"error_code": "ENDPOINT_NOT_FOUND", "message": "not here"});
    let gate = without("/api/2.0/instance-profiles/list", 404, refused);
    let target = World::new(2).through(gate);
    let plan = planned(&target, &held, &Rewrites::default()).await;
    let blocked: Vec<String> = plan.blocked.iter().map(|one| one.address.to_string()).collect();
    assert_eq!(blocked, [format!("instance_profile:{PROFILE}")]);
    let message = format!("it names {PROFILE}, which the target will not have");
    assert_eq!(said(&plan.findings, "missing"), [("user:bob@x.com", message.as_str())]);
    let report = target.apply(&held, &Rewrites::default(), &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    let found = target.export().await.snapshot;
    assert_eq!(said(&found.findings, "unavailable").len(), 1, "{:#?}", found.findings);
}

/// A new profile is tried out only where somebody asks for it. No simulated machine starts with one.
#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_tried_out_where_it_is_asked_for() {
    let mut held = source().await.export().await;
    held.snapshot.resources.retain(|address, _| address.kind == "instance_profile");
    let target = World::new(2);
    let options = Options { check_instance_profiles: true, ..Options::default() };
    let plan = target.plan(&held, &Rewrites::default(), &options).await;
    let report = target.apply(&held, &Rewrites::default(), &plan, &Mutex::default()).await;
    let said = describe(&plan, &report);
    assert!(!report.is_success() && said.contains("Verification"), "{said}");
    target.sync(&held).await;
    let plan = target.plan(&held, &Rewrites::default(), &options).await;
    assert_eq!(steps(&plan), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policys_libraries_are_the_policys() {
    let world = World::new(1);
    let pypi = |name: &str| json!({"pypi": {"package": name}});
    let policy = json!({"name": "p", "definition": "{}", "libraries": [pypi("common")]});
    let policy = ok(&world, "/api/2.0/policies/clusters/create", policy).await["policy_id"].clone();
    let cluster = json!({
        "cluster_name": "etl", "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge",
        "num_workers": 1, "policy_id": policy,
    });
    let id = ok(&world, "/api/2.1/clusters/create", cluster).await["cluster_id"].clone();
    let own = json!({"cluster_id": id, "libraries": [pypi("own")]});
    ok(&world, "/api/2.0/libraries/install", own).await;
    world.workspace.forget_requests();
    let held = world.export().await;
    let spec = |kind: &str, key: &str| &held.snapshot.resources[&Address::new(kind, key)].spec;
    assert_eq!(spec("cluster", "etl")["libraries"], json!([pypi("own")]));
    assert_eq!(spec("cluster_policy", "p")["libraries"], json!([pypi("common")]));
    let asked = world.workspace.per_family();
    assert_eq!(asked["GET /api/2.0/libraries/all-cluster-statuses"], 1);
    assert!(!asked.contains_key("GET /api/2.0/libraries/cluster-status"), "{asked:#?}");

    let target = World::new(2);
    target.sync(&held).await;
    assert_eq!(steps(&planned(&target, &held, &Rewrites::default()).await), Vec::<String>::new());
}

/// Nobody knows which libraries there are, so none is taken away.
#[tokio::test(flavor = "multi_thread")]
async fn libraries_that_cannot_be_read_are_left_alone() {
    let world = source().await;
    let refused = json!({"error_code": "PERMISSION_DENIED", "message": "not for you"});
    let gate = without("/api/2.0/libraries/all-cluster-statuses", 403, refused);
    let blind = world.again().through(gate).export().await;
    let cluster = &blind.snapshot.resources[&Address::new("cluster", "etl")];
    assert_eq!(cluster.spec.get("libraries"), None);
    assert_eq!(said(&blind.snapshot.findings, "unreadable-libraries").len(), 1);
    let plan = planned(&world, &blind, &Rewrites::default()).await;
    assert_eq!(steps(&plan), Vec::<String>::new());
}
