//! E-mails and account ids that differ in the target, end to end.

use std::sync::Mutex;

use brickform::engine::Rewrites;
use brickform::model::{Address, Options, Plan, Server};
use serde_json::{Value, json};

use super::sample::base64_of;
use crate::world::{Held, World, describe, steps};

const RULES: &str = "version: 1
account_ids:
  \"111111111111\": \"222222222222\"
emails:
- exact: bob@x.com
  to: robert@y.com
";

const PROFILE: &str = "arn:aws:iam::111111111111:instance-profile/etl";

async fn ok(world: &World, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = world.raw(method, path, body).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

async fn notebook(world: &World, path: &str, text: &str) {
    let body =
        json!({"path": path, "format": "SOURCE", "language": "PYTHON", "content": base64_of(text)});
    ok(world, "POST", "/api/2.0/workspace/import", body).await;
}

async fn source() -> World {
    let world = World::new(1);
    for name in ["bob@x.com", "jimbob@x.com"] {
        let body = json!({
            "userName": name, "roles": [{"value": PROFILE}],
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        });
        ok(&world, "POST", "/api/2.0/preview/scim/v2/Users", body).await;
        let folder = json!({"path": format!("/Users/{name}/etl")});
        ok(&world, "POST", "/api/2.0/workspace/mkdirs", folder).await;
        let text = format!("# Databricks notebook source\nprint('{name} 111111111111')\n");
        notebook(&world, &format!("/Users/{name}/etl/load"), &text).await;
    }
    let group = json!({
        "displayName": "bob@x.com's team", "roles": [{"value": PROFILE}],
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
    });
    ok(&world, "POST", "/api/2.0/preview/scim/v2/Groups", group).await;
    let policy = json!({
        "aws_attributes.instance_profile_arn": {"type": "fixed", "value": PROFILE},
        "custom_tags.Account": {"type": "fixed", "value": "111111111111"},
    });
    let policy =
        json!({"name": "etl", "definition": policy.to_string(), "description": "for bob@x.com"});
    ok(&world, "POST", "/api/2.0/policies/clusters/create", policy).await;
    let cluster = json!({
        "cluster_name": "bob@x.com's cluster", "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge",
        "num_workers": 1, "aws_attributes": {"instance_profile_arn": PROFILE},
        "data_security_mode": "SINGLE_USER", "single_user_name": "bob@x.com",
        "custom_tags": {"Account": "111111111111", "Phone": "333333333333"},
        "init_scripts": [{"workspace": {"destination": "/Users/bob@x.com/init.sh"}}],
    });
    let cluster = ok(&world, "POST", "/api/2.1/clusters/create", cluster).await;
    let job = json!({
        "name": "nightly", "run_as": {"user_name": "bob@x.com"},
        "email_notifications": {"on_failure": ["bob@x.com", "jimbob@x.com", "Bob@X.com"]},
        "tags": {"Account": "111111111111"},
        "tasks": [{
            "task_key": "load", "existing_cluster_id": cluster["cluster_id"],
            "notebook_task": {"notebook_path": "/Users/bob@x.com/etl/load", "base_parameters": {"to": "bob@x.com"}},
            "email_notifications": {"on_start": ["bob@x.com"]},
        }, {
            "task_key": "other", "depends_on": [{"task_key": "load"}], "existing_cluster_id": cluster["cluster_id"],
            "notebook_task": {"notebook_path": "/Workspace/Users/jimbob@x.com/etl/load"},
        }],
    });
    let job = ok(&world, "POST", "/api/2.2/jobs/create", job).await;
    let rights = json!({"access_control_list": [
        {"user_name": "bob@x.com", "permission_level": "IS_OWNER"},
        {"user_name": "jimbob@x.com", "permission_level": "CAN_VIEW"},
    ]});
    ok(&world, "PUT", &format!("/api/2.0/permissions/jobs/{}", job["job_id"]), rights).await;
    let status = "/api/2.0/workspace/get-status?path=%2FUsers%2Fjimbob%40x.com%2Fetl%2Fload";
    let id = ok(&world, "GET", status, Value::Null).await["object_id"].clone();
    let rights =
        json!({"access_control_list": [{"user_name": "bob@x.com", "permission_level": "CAN_RUN"}]});
    ok(&world, "PUT", &format!("/api/2.0/permissions/notebooks/{id}"), rights).await;
    world
}

fn spec<'a>(held: &'a Held, kind: &str, key: &str) -> &'a Value {
    &held
        .snapshot
        .resources
        .get(&Address::new(kind, key))
        .unwrap_or_else(|| panic!("{kind}:{key}"))
        .spec
}

fn text(held: &Held, path: &str) -> String {
    let resource = &held.snapshot.resources[&Address::new("notebook", path)];
    String::from_utf8(held.contents[&resource.content.as_ref().unwrap().digest].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_accounts_have_other_names_in_the_target() {
    let held = source().await.export().await;
    let rules = Rewrites::parse(RULES, "rewrites.yaml").unwrap();
    let target = World::new(2);
    let plan = target.plan(&held, &rules, &Options::default()).await;
    assert!(plan.blocked.is_empty(), "{:#?}", plan.blocked);
    assert!(plan.summary.rewritten > 10);
    let report = target.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    let again = target.plan(&held, &rules, &Options::default()).await;
    assert_eq!(steps(&again), Vec::<String>::new());

    let found = target.export().await;
    let has =
        |kind: &str, key: &str| found.snapshot.resources.contains_key(&Address::new(kind, key));
    assert!(
        has("user", "robert@y.com") && has("user", "jimbob@x.com") && !has("user", "bob@x.com")
    );
    assert!(
        has("directory", "/Users/robert@y.com/etl") && has("directory", "/Users/jimbob@x.com/etl")
    );
    let profile = PROFILE.replace("111111111111", "222222222222");
    assert_eq!(spec(&found, "user", "robert@y.com")["roles"], json!([profile]));
    assert_eq!(spec(&found, "group", "bob@x.com's team")["roles"], json!([profile]));
    let policy = spec(&found, "cluster_policy", "etl");
    assert_eq!(
        policy["definition"]["aws_attributes.instance_profile_arn"]["value"],
        json!(profile)
    );
    assert_eq!(policy["definition"]["custom_tags.Account"]["value"], "111111111111");
    assert_eq!(policy["description"], "for bob@x.com");
    let cluster = spec(&found, "cluster", "bob@x.com's cluster");
    assert_eq!(cluster["aws_attributes"]["instance_profile_arn"], json!(profile));
    assert_eq!(cluster["custom_tags"], json!({"Account": "111111111111", "Phone": "333333333333"}));
    assert_eq!(cluster["single_user_name"], json!({"$ref": "user:robert@y.com"}));
    assert_eq!(
        cluster["init_scripts"][0]["workspace"]["destination"],
        "/Users/robert@y.com/init.sh"
    );

    let job = spec(&found, "job", "nightly");
    assert_eq!(job["run_as"]["user_name"], json!({"$ref": "user:robert@y.com"}));
    assert_eq!(
        job["email_notifications"]["on_failure"],
        json!(["robert@y.com", "jimbob@x.com", "robert@y.com"])
    );
    assert_eq!(job["tags"]["Account"], "111111111111");
    let task = &job["tasks"][0];
    assert_eq!(task["notebook_task"]["notebook_path"], "/Users/robert@y.com/etl/load");
    assert_eq!(task["notebook_task"]["base_parameters"]["to"], "bob@x.com");
    assert_eq!(task["email_notifications"]["on_start"], json!(["robert@y.com"]));
    let other = &job["tasks"][1]["notebook_task"]["notebook_path"];
    assert_eq!(other, "/Workspace/Users/jimbob@x.com/etl/load");

    let grants = |kind: &str, key: &str| -> Vec<String> {
        let resource = &found.snapshot.resources[&Address::new(kind, key)];
        let grants = resource.grants.iter().flatten();
        grants.map(|grant| format!("{} {}", grant.level, grant.principal)).collect()
    };
    assert_eq!(
        grants("job", "nightly"),
        ["CAN_VIEW user:jimbob@x.com", "IS_OWNER user:robert@y.com"]
    );
    assert_eq!(grants("notebook", "/Users/jimbob@x.com/etl/load"), ["CAN_RUN user:robert@y.com"]);
    // Code is nobody's to change.
    assert!(text(&found, "/Users/robert@y.com/etl/load").contains("bob@x.com 111111111111"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rewritten_value_says_which_rule_changed_it() {
    let held = source().await.export().await;
    let rules = Rewrites::parse(RULES, "rewrites.yaml").unwrap();
    let plan = World::new(2).plan(&held, &rules, &Options::default()).await;
    let job =
        plan.steps.iter().find(|step| step.address == Address::new("job", "nightly")).unwrap();
    let field = |path: &str| job.fields.iter().find(|field| field.path == path).unwrap();
    let load = field("/tasks/load/notebook_task/notebook_path");
    assert_eq!(load.source, Some(json!("/Users/bob@x.com/etl/load")));
    assert_eq!(load.after, Some(json!("/Users/robert@y.com/etl/load")));
    assert!(load.cause.contains("emails.exact") && load.cause.contains("line 5"), "{}", load.cause);
    assert!(!job.fields.iter().any(|field| field.path.starts_with("/tasks/other")));
}

/// An experiment with a run and a version of a model that came of it.
async fn learnt(world: &World, experiment: &str) {
    let post = async |call: &str, body: Value| {
        ok(world, "POST", &format!("/api/2.0/mlflow/{call}"), body).await
    };
    let made = post("experiments/create", json!({"name": experiment})).await;
    let body = json!({"experiment_id": made["experiment_id"], "run_name": "one", "start_time": 9});
    let run = post("runs/create", body).await["run"]["info"].clone();
    let ended = json!({"run_id": run["run_id"], "status": "FINISHED", "end_time": 10});
    post("runs/update", ended).await;
    post("registered-models/create", json!({"name": "churn"})).await;
    let source = format!("{}/model", run["artifact_uri"].as_str().unwrap());
    let version = json!({"name": "churn", "source": source, "run_id": run["run_id"]});
    post("model-versions/create", version).await;
}

/// Moves what a workspace holds with rules, once; gives the plan and what arrived.
async fn moved(held: &Held, rules: &str) -> (Plan, Held) {
    let rules = Rewrites::parse(rules, "rewrites.yaml").unwrap();
    let target = World::new(2);
    let plan = target.plan(held, &rules, &Options::default()).await;
    assert!(plan.blocked.is_empty(), "{:#?}", plan.blocked);
    let report = target.apply(held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    let again = target.plan(held, &rules, &Options::default()).await;
    assert_eq!(steps(&again), Vec::<String>::new());
    (plan, target.export().await)
}

/// Expects an experiment, the day of its run and the version that came of it.
fn assert_learnt(held: &Held, experiment: &str) {
    assert_eq!(spec(held, "mlflow_experiment", experiment)["name"], experiment);
    let day = spec(held, "mlflow_run", &format!("{experiment}/1970-01-01"));
    assert_eq!(day["experiment_id"], json!({"$ref": format!("mlflow_experiment:{experiment}")}));
    assert_eq!(spec(held, "ws_model_version", "churn/1")["run"]["experiment"], experiment);
    assert_eq!(held.snapshot.of_kind("mlflow_experiment").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_experiment_and_its_days_follow_the_home_they_are_in() {
    let source = source().await;
    learnt(&source, "/Users/bob@x.com/etl/churn").await;
    let (_, found) = moved(&source.export().await, RULES).await;
    assert_learnt(&found, "/Users/robert@y.com/etl/churn");
}

/// A snapshot as a server without a tree gives it.
fn without_a_tree(held: Held) -> Held {
    let plain = |text: String| text.replace("/Shared/team/churn", "team/churn");
    let mut bare = held.clone();
    bare.snapshot.resources.clear();
    bare.snapshot.source.server = Server::Mlflow;
    for (address, mut resource) in held.snapshot.resources {
        if address.kind == "directory" {
            continue;
        }
        resource.address = Address::new(address.kind.clone(), plain(address.key));
        resource.grants = None;
        resource.spec = serde_json::from_str(&plain(resource.spec.to_string())).unwrap();
        bare.snapshot.resources.insert(resource.address.clone(), resource);
    }
    bare
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_no_paths_go_below_a_folder_that_is_made() {
    let source = World::new(1);
    let folder = json!({"path": "/Shared/team"});
    ok(&source, "POST", "/api/2.0/workspace/mkdirs", folder).await;
    learnt(&source, "/Shared/team/churn").await;
    let held = without_a_tree(source.export().await);
    let rules = "version: 1\nexperiments:\n  folder: /Shared/mlflow\n";
    let (plan, found) = moved(&held, rules).await;
    assert_learnt(&found, "/Shared/mlflow/team/churn");
    let made: Vec<&str> =
        found.snapshot.of_kind("directory").map(|one| one.address.key.as_str()).collect();
    assert_eq!(made, ["/Shared/mlflow", "/Shared/mlflow/team"]);
    for step in plan.steps.iter().filter(|step| step.address.key.starts_with("/Shared/mlflow")) {
        let whole = step.fields.iter().find(|field| field.path.is_empty()).unwrap();
        assert_eq!(whole.cause, "experiments.folder (line 3)", "{}", step.address);
    }

    let plan = World::new(2).plan(&held, &Rewrites::default(), &Options::default()).await;
    let blocked = Address::new("mlflow_experiment", "team/churn");
    let blocked = plan.blocked.iter().find(|one| one.address == blocked).unwrap();
    assert!(blocked.hint.contains("experiments: {folder: /Shared/mlflow}"), "{}", blocked.hint);
}
