//! Git folders on their way from one workspace to another.

use std::collections::BTreeSet;

use brickform::engine::Rewrites;
use brickform::model::{Address, Change, Options, Plan, Severity};
use serde_json::{Value, json};

use super::repository::Repository;
use crate::world::{Held, World, steps};

pub(super) const REPOS: &str = "/api/2.0/repos";

pub(super) async fn ok(world: &World, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = world.raw(method, path, body).await;
    assert!(status.is_success(), "{method} {path}: {answer}");
    answer
}

/// Clones a repository into a workspace, in whose tree the folder above is made where it is missing.
pub(super) async fn clone(world: &World, url: &str, path: &str) -> Value {
    let (above, _) = path.rsplit_once('/').unwrap();
    ok(world, "POST", "/api/2.0/workspace/mkdirs", json!({"path": above})).await;
    let body = json!({"url": url, "provider": "gitHub", "path": path});
    ok(world, "POST", REPOS, body).await
}

/// What a workspace tells of the git folder at a path.
pub(super) async fn at(world: &World, path: &str) -> Value {
    let path = path.replace('@', "%40");
    let status = format!("/api/2.0/workspace/get-status?path={path}");
    let status = ok(world, "GET", &status, Value::Null).await;
    ok(world, "GET", &format!("{REPOS}/{}", status["object_id"]), Value::Null).await
}

pub(super) async fn check_out(world: &World, folder: &Value, body: Value) {
    ok(world, "PATCH", &format!("{REPOS}/{}", folder["id"]), body).await;
}

pub(super) async fn plan(world: &World, held: &Held, activity: bool) -> Plan {
    let options = Options { activity, ..Options::default() };
    world.plan(held, &Rewrites::default(), &options).await
}

pub(super) async fn carry_out(world: &World, held: &Held, plan: &Plan) {
    let report = world.apply(held, &Rewrites::default(), plan, &Default::default()).await;
    assert!(report.is_success(), "{}", crate::world::describe(plan, &report));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_arrives_on_its_branch_and_what_lies_in_it_is_git_s() {
    let (source, target, repository) = (World::new(1), World::new(2), Repository::new());
    let folder = clone(&source, &repository.url(), "/Repos/team/etl").await;
    check_out(&source, &folder, json!({"branch": "develop"})).await;
    let job = json!({"name": "nightly", "tasks": [
        {"task_key": "a", "notebook_task": {"notebook_path": "/Workspace/Repos/team/etl/jobs/clean"}},
    ]});
    ok(&source, "POST", "/api/2.2/jobs/create", job).await;

    let held = source.export().await;
    let keys: Vec<&str> = held
        .snapshot
        .resources
        .keys()
        .filter(|address| address.key.contains("team"))
        .map(|address| address.key.as_str())
        .collect();
    assert_eq!(keys, ["/Repos/team/etl"], "nothing below it is captured");
    let made = target.sync(&held).await;
    let step = |kind: &str| made.steps.iter().find(|step| step.address.kind == kind).unwrap();
    assert!(step("job").needs.contains(&step("git_folder").id), "{:#?}", steps(&made));

    let arrived = at(&target, "/Repos/team/etl").await;
    assert_eq!(arrived["branch"], "develop");
    assert_eq!(arrived["head_commit_id"], json!(repository.commit_of("develop")));
    let notebook = "/api/2.0/workspace/get-status?path=/Repos/team/etl/jobs/clean";
    assert_eq!(ok(&target, "GET", notebook, Value::Null).await["language"], "SQL");
    assert_eq!(steps(&plan(&target, &held, true).await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_and_every_corner_is_exported() {
    let (source, target) = (World::new(1), World::new(2));
    let url = "https://git.example/etl.git";
    for number in 0..30 {
        clone(&source, url, &format!("/Repos/team/{number}")).await;
    }
    clone(&source, url, "/Shared/code/etl").await;
    clone(&source, url, "/Users/admin@example.com/etl").await;
    let begun = source.workspace.seed_local_repository("/Shared/code/begun");
    assert!(begun, "its folder is there");
    let held = source.export().await;
    assert_eq!(held.snapshot.of_kind("git_folder").count(), 32);
    let said: Vec<_> =
        held.snapshot.findings.iter().filter(|finding| finding.code == "no-remote").collect();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].about, "git_folder:/Shared/code/begun");
    assert_eq!(said[0].severity, Severity::Warning);
    target.sync(&held).await;
    let there: BTreeSet<Address> = target.export().await.snapshot.resources.into_keys().collect();
    assert!(held.snapshot.resources.keys().all(|address| there.contains(address)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_somebody_checked_out_stays_unless_asked() {
    let (source, target, repository) = (World::new(1), World::new(2), Repository::new());
    clone(&source, &repository.url(), "/Shared/etl").await;
    let held = source.export().await;
    target.sync(&held).await;
    check_out(&target, &at(&target, "/Shared/etl").await, json!({"branch": "develop"})).await;

    let quiet = plan(&target, &held, false).await;
    assert_eq!(steps(&quiet), Vec::<String>::new());
    let said = quiet.findings.iter().find(|finding| finding.code == "left-as-it-is").unwrap();
    assert_eq!(said.about, "git_folder:/Shared/etl");
    assert!(said.message.contains("/branch is \"develop\" and not \"main\""), "{}", said.message);
    assert!(said.hint.contains("--git-branches"), "{}", said.hint);

    let asked = plan(&target, &held, true).await;
    assert_eq!(asked.steps.len(), 1);
    assert_eq!(asked.steps[0].change, Change::Update);
    carry_out(&target, &held, &asked).await;
    assert_eq!(at(&target, "/Shared/etl").await["branch"], "main");
    assert_eq!(steps(&plan(&target, &held, true).await), Vec::<String>::new());
}

/// What else is changed leaves alone what somebody has checked out.
#[tokio::test(flavor = "multi_thread")]
async fn other_changes_leave_the_branch_alone() {
    let (source, target, repository) = (World::new(1), World::new(2), Repository::new());
    for world in [&source, &target] {
        let patterns = if std::ptr::eq(world, &source) { ["jobs"] } else { ["docs"] };
        let body = json!({
            "url": repository.url(), "provider": "gitHub", "path": "/Shared/etl",
            "sparse_checkout": {"patterns": patterns},
        });
        ok(world, "POST", REPOS, body).await;
    }
    check_out(&target, &at(&target, "/Shared/etl").await, json!({"branch": "develop"})).await;
    let held = source.export().await;
    let made = plan(&target, &held, false).await;
    let fields: Vec<&str> = made.steps[0].fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!((made.steps.len(), fields), (1, vec!["/sparse_checkout/patterns"]));
    carry_out(&target, &held, &made).await;
    let left = at(&target, "/Shared/etl").await;
    assert_eq!(
        (&left["branch"], &left["sparse_checkout"]["patterns"]),
        (&json!("develop"), &json!(["jobs"]))
    );
    assert_eq!(steps(&plan(&target, &held, false).await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_travels_once_it_is_named() {
    let (source, target, repository) = (World::new(1), World::new(2), Repository::new());
    let folder = clone(&source, &repository.url(), "/Shared/etl").await;
    check_out(&source, &folder, json!({"tag": "v1"})).await;
    let mut held = source.export().await;
    let said = held.snapshot.findings.iter().any(|finding| finding.code == "detached-head");
    assert!(said, "{:#?}", held.snapshot.findings);
    let address: Address = "git_folder:/Shared/etl".parse().unwrap();
    let made = plan(&target, &held, false).await;
    assert_eq!(made.blocked.len(), 1);
    assert_eq!(made.blocked[0].address, address);
    assert!(made.blocked[0].reason.contains("`tag: NAME`"), "{}", made.blocked[0].reason);

    held.snapshot.resources.get_mut(&address).unwrap().spec["tag"] = json!("v1");
    target.sync(&held).await;
    let arrived = at(&target, "/Shared/etl").await;
    assert_eq!(arrived["head_commit_id"], json!(repository.commit_of("v1")));
    assert!(arrived.get("branch").is_none(), "{arrived}");
    for activity in [false, true] {
        assert_eq!(steps(&plan(&target, &held, activity).await), Vec::<String>::new());
    }
    check_out(&target, &arrived, json!({"branch": "main"})).await;
    assert_eq!(steps(&plan(&target, &held, false).await), Vec::<String>::new());
    let back = plan(&target, &held, true).await;
    assert_eq!(back.steps.len(), 1);
    carry_out(&target, &held, &back).await;
    assert_eq!(at(&target, "/Shared/etl").await["head_commit_id"], arrived["head_commit_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_follow_the_people_they_are_named_after() {
    let (source, target) = (World::new(1), World::new(2));
    let body = json!({
        "userName": "bob@x.com", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    });
    ok(&source, "POST", "/api/2.0/preview/scim/v2/Users", body).await;
    for path in ["/Repos/bob@x.com/etl", "/Users/bob@x.com/etl"] {
        clone(&source, "https://git.example/etl.git", path).await;
    }
    let rules = "version: 1\nemails:\n- exact: bob@x.com\n  to: robert@y.com\n";
    let rules = Rewrites::parse(rules, "r.yaml").unwrap();
    let held = source.export().await;
    let made = target.plan(&held, &rules, &Options::default()).await;
    let report = target.apply(&held, &rules, &made, &Default::default()).await;
    assert!(report.is_success(), "{}", crate::world::describe(&made, &report));
    let paths: Vec<String> = target
        .export()
        .await
        .snapshot
        .of_kind("git_folder")
        .map(|one| one.address.key.clone())
        .collect();
    assert_eq!(paths, ["/Repos/robert@y.com/etl", "/Users/robert@y.com/etl"]);
    let again = target.plan(&held, &rules, &Options::default()).await;
    assert_eq!(steps(&again), Vec::<String>::new());
}
