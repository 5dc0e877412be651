//! Names that are not unique: who is who, and what is done when nobody can tell.

use std::collections::BTreeSet;
use std::sync::Mutex;

use brickform::engine::Rewrites;
use brickform::model::{Address, Change, Options, Plan};
use serde_json::{Value, json};

use crate::world::{Held, World, steps};

async fn ok(world: &World, path: &str, body: Value) -> Value {
    let (status, answer) = world.raw("POST", path, body).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

fn on(path: &str) -> Value {
    json!([{"task_key": "main", "notebook_task": {"notebook_path": path}}])
}

async fn job(world: &World, name: &str, path: &str) -> Value {
    let body = json!({"name": name, "tasks": on(path)});
    ok(world, "/api/2.2/jobs/create", body).await["job_id"].clone()
}

async fn cluster(world: &World, name: &str, minutes: i64) -> Value {
    let body = json!({
        "cluster_name": name, "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge",
        "num_workers": 1, "autotermination_minutes": minutes,
    });
    ok(world, "/api/2.1/clusters/create", body).await["cluster_id"].clone()
}

async fn plan(world: &World, held: &Held) -> Plan {
    world.plan(held, &Rewrites::default(), &Options::default()).await
}

fn spec<'a>(held: &'a Held, kind: &str, key: &str) -> &'a Value {
    &held.snapshot.resources[&Address::new(kind, key)].spec
}

#[tokio::test(flavor = "multi_thread")]
async fn namesakes_arrive_with_those_who_use_them() {
    let source = World::new(1);
    for (name, path) in [("etl", "/a"), ("etl", "/b"), ("etl~2", "/c"), ("", "/d")] {
        job(&source, name, path).await;
    }
    let (_, used) = (cluster(&source, "shared", 30).await, cluster(&source, "shared", 60).await);
    let task = json!([{"task_key": "t", "existing_cluster_id": used, "notebook_task": {"notebook_path": "/x"}}]);
    ok(&source, "/api/2.2/jobs/create", json!({"name": "user", "tasks": task})).await;
    let held = source.export().await;
    assert_eq!(held.snapshot.of_kind("job").count(), 5);

    let target = World::new(2);
    target.sync(&held).await;
    assert_eq!(steps(&plan(&target, &held).await), Vec::<String>::new());
    let arrived = target.export().await;
    assert_eq!(arrived.snapshot.of_kind("job").count(), 5);
    let shared = &spec(&arrived, "job", "user")["tasks"][0]["existing_cluster_id"];
    let shared: Address = shared["$ref"].as_str().unwrap().parse().unwrap();
    assert_eq!(arrived.snapshot.resources[&shared].spec["autotermination_minutes"], 60);
    // A third workspace, whose identifiers sort otherwise, gets the same again.
    let third = World::new(99);
    third.sync(&arrived).await;
    assert_eq!(steps(&plan(&third, &arrived).await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_told_apart_is_blocked_and_the_rest_goes_on() {
    let source = World::new(1);
    job(&source, "etl", "/wanted").await;
    job(&source, "other", "/other").await;
    let target = World::new(2);
    for path in ["/one", "/two"] {
        job(&target, "etl", path).await;
    }
    let held = source.export().await;
    let first = plan(&target, &held).await;
    let blocked: Vec<String> = first.blocked.iter().map(|one| one.address.to_string()).collect();
    assert_eq!(blocked, ["job:etl"]);
    assert!(first.blocked[0].reason.contains("job:etl~2"), "{}", first.blocked[0].reason);
    let before = target.export().await;
    target.apply(&held, &Rewrites::default(), &first, &Mutex::default()).await;
    let after = target.export().await;
    for key in ["etl", "etl~2"] {
        assert_eq!(spec(&before, "job", key), spec(&after, "job", key));
    }
    assert!(after.snapshot.resources.contains_key(&Address::new("job", "other")));
    assert_eq!(after.snapshot.of_kind("job").count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_of_several_is_left_alone_where_one_is_equal() {
    let source = World::new(1);
    job(&source, "etl", "/wanted").await;
    let target = World::new(2);
    for path in ["/one", "/wanted", "/two"] {
        job(&target, "etl", path).await;
    }
    let found = plan(&target, &source.export().await).await;
    assert_eq!((steps(&found), found.blocked.len()), (Vec::new(), 0));
    assert_eq!(found.summary.foreign, 2);
}

/// Without a memory of earlier runs a new name is a new object; the old one is nobody's to delete.
#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_object_is_created_and_the_old_one_stays() {
    let source = World::new(1);
    let id = job(&source, "before", "/a").await;
    let target = World::new(2);
    target.sync(&source.export().await).await;
    ok(&source, "/api/2.2/jobs/update", json!({"job_id": id, "new_settings": {"name": "after"}}))
        .await;
    let held = source.export().await;
    let second = plan(&target, &held).await;
    let changes: Vec<(Change, String)> =
        second.steps.iter().map(|step| (step.change, step.address.to_string())).collect();
    assert_eq!(
        changes,
        [(Change::Create, "job:after".to_owned()), (Change::Grants, "job:after".to_owned())]
    );
    target.sync(&held).await;
    let keys: BTreeSet<String> =
        target.export().await.snapshot.of_kind("job").map(|one| one.address.key.clone()).collect();
    assert_eq!(keys, BTreeSet::from(["after".to_owned(), "before".to_owned()]));
}

/// Programs of one name are told apart by what they may do.
#[tokio::test(flavor = "multi_thread")]
async fn programs_of_one_name_keep_their_rights() {
    let source = World::new(1);
    let mut programs = Vec::new();
    for entitlement in ["workspace-access", "allow-cluster-create"] {
        let body = json!({
            "displayName": "robot", "entitlements": [{"value": entitlement}],
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"],
        });
        programs.push(ok(&source, "/api/2.0/preview/scim/v2/ServicePrincipals", body).await);
    }
    let id = job(&source, "run", "/a").await;
    let second = &programs[1]["applicationId"];
    let rights = json!({"access_control_list": [
        {"service_principal_name": second, "permission_level": "CAN_MANAGE_RUN"},
        {"user_name": "admin@example.com", "permission_level": "IS_OWNER"},
    ]});
    let (status, answer) =
        source.raw("PUT", &format!("/api/2.0/permissions/jobs/{id}"), rights).await;
    assert!(status.is_success(), "{answer}");
    for seed in 2..6 {
        let target = World::new(seed);
        let held = source.export().await;
        target.sync(&held).await;
        let arrived = target.export().await;
        let grants =
            arrived.snapshot.resources[&Address::new("job", "run")].grants.clone().unwrap();
        let robot = grants.iter().find(|grant| grant.level == "CAN_MANAGE_RUN").unwrap();
        let robot = &arrived.snapshot.resources[&robot.principal].spec;
        assert_eq!(robot["entitlements"], json!(["allow-cluster-create"]), "seed {seed}");
        assert_eq!(steps(&plan(&target, &held).await), Vec::<String>::new());
    }
}
