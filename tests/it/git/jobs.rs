//! Jobs that take their code from git, and who is let in there.

use brickform::model::{Plan, Severity};
use serde_json::{Value, json};

use super::folders::{clone, ok, plan};
use crate::world::World;

fn source() -> Value {
    json!({
        "git_url": "https://git.example/etl.git", "git_provider": "gitHub", "git_tag": "v1",
        "sparse_checkout": {"patterns": ["jobs"]},
    })
}

async fn make(world: &World, name: &str, more: Value) {
    let mut job = json!({"name": name, "git_source": source(), "tasks": [
        {"task_key": "a", "notebook_task": {"notebook_path": "jobs/load", "source": "GIT"}},
    ]});
    job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ok(world, "POST", "/api/2.2/jobs/create", job).await;
}

async fn keep(world: &World, name: &str) {
    let body = json!({"git_provider": "GITHUB", "git_username": "ann", "name": name,
        "personal_access_token": "t"});
    ok(world, "POST", "/api/2.0/git-credentials", body).await;
}

/// What a plan says of git credentials: how grave, about what, and of how many objects.
fn said(plan: &Plan) -> Vec<(Severity, &str, &str, usize)> {
    let of_git = plan.findings.iter().filter(|one| one.code.ends_with("-git-credential"));
    of_git.map(|one| (one.severity, one.code.as_str(), one.about.as_str(), one.count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_said_once_for_all() {
    let (source, target) = (World::new(1), World::new(2));
    make(&source, "one", json!({})).await;
    make(&source, "two", json!({})).await;
    clone(&source, "https://git.example/x.git", "/Shared/x").await;
    let held = source.export().await;
    let first = plan(&target, &held, false).await;
    assert_eq!(
        said(&first),
        [(Severity::Warning, "no-git-credential", "git_folder:/Shared/x", 3)],
        "{:#?}",
        first.findings
    );
    // Any that is there is enough, or comes with the snapshot.
    keep(&target, "mine").await;
    assert_eq!(said(&plan(&target, &held, false).await), []);
    let target = World::new(3);
    keep(&source, "work").await;
    let held = source.export().await;
    assert_eq!(said(&plan(&target, &held, false).await), []);
    keep(&target, "mine").await;
    let two = plan(&target, &held, false).await;
    assert_eq!(
        said(&two),
        [(Severity::Note, "default-git-credential", "git_folder:/Shared/x", 3)],
        "{:#?}",
        two.findings
    );
    target.sync(&held).await;
    assert_eq!(said(&plan(&target, &held, false).await), [], "nothing is left to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_others_nobody_can_tell() {
    let (source, target) = (World::new(1), World::new(2));
    for world in [&source, &target] {
        let bea = json!({"userName": "bea@x.com", "schemas": []});
        ok(world, "POST", "/api/2.0/preview/scim/v2/Users", bea).await;
        keep(world, "mine").await;
    }
    make(&source, "hers", json!({"run_as": {"user_name": "bea@x.com"}})).await;
    let held = source.export().await;
    let made = plan(&target, &held, false).await;
    assert_eq!(said(&made), [(Severity::Note, "unseen-git-credential", "job:hers", 1)]);
    let one = made.findings.iter().find(|one| one.code == "unseen-git-credential").unwrap();
    assert!(one.message.contains("as user:bea@x.com"), "{one:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_git_source_arrives_as_it_is_without_a_credential_in_its_url() {
    let (world, target) = (World::new(1), World::new(2));
    make(&world, "etl", json!({})).await;
    let mut leaky = source();
    leaky["git_url"] = json!("https://ann:canary@git.example/etl.git");
    make(&world, "leaky", json!({ "git_source": leaky })).await;
    let held = world.export().await;
    assert!(!format!("{:?}", held.snapshot).contains("canary"));
    let redacted = held.snapshot.findings.iter().find(|one| one.code == "redacted").unwrap();
    assert_eq!(redacted.about, "job:leaky");
    target.sync(&held).await;
    let listed = ok(&target, "GET", "/api/2.2/jobs/list?expand_tasks=true", Value::Null).await;
    for job in listed["jobs"].as_array().unwrap() {
        assert_eq!(job["settings"]["git_source"], source());
    }
    let again = plan(&world, &held, false).await;
    assert!(again.steps.is_empty(), "{:#?}", again.steps);
}
