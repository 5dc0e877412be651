//! Groups of the account, people who are gone, owners who are missing.

use brickform::engine::Rewrites;
use brickform::engine::apply::Report;
use brickform::model::{Address, Grant, Options, Plan};
use serde_json::{Value, json};
use std::sync::Mutex;

use crate::world::{Held, World, describe, steps};

async fn ok(world: &World, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = world.raw(method, path, body).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

async fn person(world: &World, name: &str) {
    let body = json!({"userName": name, "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]});
    ok(world, "POST", "/api/2.0/preview/scim/v2/Users", body).await;
}

/// A workspace with one job, owned by Ana, which Bob and a group of the account may run.
async fn with_job() -> World {
    let world = World::new(1);
    for name in ["ana@x.com", "bob@x.com"] {
        person(&world, name).await;
    }
    world.workspace.seed_account_group("everyone-in-finance", &["bob@x.com"]).unwrap();
    let task = json!([{"task_key": "t", "notebook_task": {"notebook_path": "/x"}}]);
    let job =
        ok(&world, "POST", "/api/2.2/jobs/create", json!({"name": "pay", "tasks": task})).await;
    let rights = json!({"access_control_list": [
        {"user_name": "ana@x.com", "permission_level": "IS_OWNER"},
        {"user_name": "bob@x.com", "permission_level": "CAN_MANAGE_RUN"},
        {"group_name": "everyone-in-finance", "permission_level": "CAN_VIEW"},
    ]});
    ok(&world, "PUT", &format!("/api/2.0/permissions/jobs/{}", job["job_id"]), rights).await;
    world
}

fn job() -> Address {
    Address::new("job", "pay")
}

fn grants(held: &Held) -> Vec<String> {
    let grants = held.snapshot.resources[&job()].grants.clone().unwrap();
    grants.iter().map(|Grant { principal, level }| format!("{level} {principal}")).collect()
}

async fn moved(target: &World, held: &Held) -> (Plan, Report) {
    let rules = Rewrites::default();
    let plan = target.plan(held, &rules, &Options::default()).await;
    let report = target.apply(held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    let again = target.plan(held, &rules, &Options::default()).await;
    assert_eq!(steps(&again), Vec::<String>::new());
    (plan, report)
}

fn codes(plan: &Plan) -> Vec<&str> {
    plan.findings.iter().map(|finding| finding.code.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_the_account_is_given_and_not_created() {
    let held = with_job().await.export().await;
    let group = Address::new("group", "everyone-in-finance");
    let spec = &held.snapshot.resources[&group].spec;
    assert_eq!(spec["account_level"], true);
    assert!(spec.get("members").is_none(), "its members are the account's affair: {spec}");

    let without = World::new(2);
    let (plan, _) = moved(&without, &held).await;
    assert!(plan.blocked.iter().any(|one| one.address == group), "{:#?}", plan.blocked);
    assert!(codes(&plan).contains(&"missing-principal"), "{:#?}", plan.findings);
    let arrived = without.export().await;
    assert!(!arrived.snapshot.resources.contains_key(&group));
    assert_eq!(
        grants(&arrived),
        ["CAN_MANAGE_RUN user:bob@x.com", "IS_OWNER user:ana@x.com"]
            .map(str::to_owned)
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );

    let given = World::new(3);
    given.workspace.seed_account_group("everyone-in-finance", &[]).unwrap();
    let (plan, _) = moved(&given, &held).await;
    assert!(plan.blocked.is_empty(), "{:#?}", plan.blocked);
    assert_eq!(grants(&given.export().await), grants(&held));
}

/// A group of the account and one of the workspace are not the same, though they have one name.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_the_workspace_in_place_of_one_of_the_account_is_not_changed() {
    let held = with_job().await.export().await;
    let target = World::new(2);
    let body = json!({"displayName": "everyone-in-finance", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]});
    ok(&target, "POST", "/api/2.0/preview/scim/v2/Groups", body).await;
    let plan = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    let group = Address::new("group", "everyone-in-finance");
    assert!(!plan.steps.iter().any(|step| step.address == group), "{:#?}", steps(&plan));
    let report = target.apply(&held, &Rewrites::default(), &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_of_somebody_who_is_gone_is_left_out_and_said() {
    let mut held = with_job().await.export().await;
    held.snapshot.resources.remove(&Address::new("user", "bob@x.com"));
    let target = World::new(2);
    target.workspace.seed_account_group("everyone-in-finance", &[]).unwrap();
    let (plan, _) = moved(&target, &held).await;
    let said = plan.findings.iter().find(|finding| finding.code == "missing-principal").unwrap();
    assert!(said.is_about(&job()) && said.message.contains("bob@x.com"), "{said:?}");
    assert_eq!(
        grants(&target.export().await),
        ["CAN_VIEW group:everyone-in-finance", "IS_OWNER user:ana@x.com"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_applies_owns_what_nobody_owns() {
    let mut held = with_job().await.export().await;
    held.snapshot.resources.remove(&Address::new("user", "ana@x.com"));
    let target = World::new(2);
    target.workspace.seed_account_group("everyone-in-finance", &[]).unwrap();
    let (plan, _) = moved(&target, &held).await;
    assert!(codes(&plan).iter().any(|code| code.contains("owner")), "{:#?}", plan.findings);
    let arrived = grants(&target.export().await);
    assert!(arrived.contains(&"IS_OWNER user:admin@example.com".to_owned()), "{arrived:?}");
    assert!(arrived.contains(&"CAN_MANAGE_RUN user:bob@x.com".to_owned()), "{arrived:?}");
}

/// Whoever pairs two groups of the account is told that a workspace cannot rename one.
#[tokio::test]
async fn a_group_of_the_account_is_not_renamed_by_a_workspace() {
    let [source, target] = [(1, "finance"), (2, "money")].map(|(seed, name)| {
        let world = World::new(seed);
        world.workspace.seed_account_group(name, &[]).unwrap();
        world
    });
    let (held, rules) = (source.export().await, Rewrites::default());
    let [wanted, found] = ["finance", "money"].map(|name| Address::new("group", name));
    let pairs = [(wanted.clone(), found)].into_iter().collect();
    let plan = target.plan(&held, &rules, &Options { pairs, ..Options::default() }).await;
    assert_eq!(steps(&plan), Vec::<String>::new());
    let blocked = plan.blocked.iter().find(|one| one.address == wanted).unwrap();
    assert!(blocked.reason.contains("no workspace can give another name"), "{blocked:?}");
}
