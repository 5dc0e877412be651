//! Repositories that are private, gone or otherwise than wanted.

use brickform::engine::Rewrites;
use brickform::model::{Address, Outcome};
use serde_json::{Value, json};

use super::folders::{REPOS, at, check_out, clone, ok, plan};
use super::repository::Repository;
use super::server::{TOKEN, serve};
use crate::world::{Held, World, steps};

fn credential() -> Value {
    json!({"git_provider": "gitHub", "git_username": "ann", "personal_access_token": TOKEN})
}

/// Applies, and gives what was said of the one step that failed.
async fn failure(world: &World, held: &Held) -> (Address, String) {
    let made = plan(world, held, false).await;
    let report = world.apply(held, &Rewrites::default(), &made, &Default::default()).await;
    let failed: Vec<_> = made
        .steps
        .iter()
        .map(|step| (step, &report.outcomes[&step.id]))
        .filter(|(_, (outcome, _))| !outcome.is_success())
        .collect();
    let [(step, (outcome, message)), rights @ ..] = failed.as_slice() else {
        panic!("nothing failed: {:#?}", steps(&made));
    };
    assert_eq!(*outcome, Outcome::Failed, "{message}");
    assert!(rights.iter().all(|(other, _)| other.address == step.address), "{failed:#?}");
    (step.address.clone(), message.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_repository_wants_a_credential_and_fails_alone() {
    let (source, target, repository) = (World::new(1), World::new(2), Repository::new());
    let url = serve(&repository).await;
    ok(&source, "POST", "/api/2.0/git-credentials", credential()).await;
    clone(&source, &url, "/Shared/private").await;
    clone(&source, "https://git.example/open.git", "/Shared/open").await;
    let mut held = source.export().await;
    assert!(!format!("{:?}", held.snapshot).contains(TOKEN), "no token is captured");
    held.snapshot.resources.retain(|address, _| address.kind != "git_credential");

    let (address, message) = failure(&target, &held).await;
    assert_eq!(address.to_string(), "git_folder:/Shared/private");
    assert!(message.contains("Missing Git provider credentials"), "{message}");
    assert!(
        message.contains("needs a git credential for this provider in the target"),
        "{message}"
    );
    assert_eq!(at(&target, "/Shared/open").await["branch"], "main");

    ok(&target, "POST", "/api/2.0/git-credentials", credential()).await;
    target.sync(&held).await;
    let arrived = at(&target, "/Shared/private").await;
    assert_eq!(arrived["head_commit_id"], json!(repository.commit_of("main")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_said_and_not_repeated() {
    let (world, repository) = (World::new(1), Repository::new());
    let url = serve(&repository).await;
    let mut wrong = credential();
    wrong["personal_access_token"] = json!("canary-that-expired");
    ok(&world, "POST", "/api/2.0/git-credentials", wrong).await;
    let body = json!({"url": url, "provider": "gitHub", "path": "/Shared/etl"});
    let (status, answer) = world.raw("POST", REPOS, body).await;
    assert_eq!((status.as_u16(), &answer["error_code"]), (403, &json!("PERMISSION_DENIED")));
    assert!(!answer.to_string().contains("canary"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_is_gone_is_said_and_made_good_later() {
    let (source, target, repository) = (World::new(1), World::new(2), Repository::new());
    clone(&source, &repository.url(), "/Shared/etl").await;
    clone(&source, &repository.url(), "/Shared/other").await;
    let mut held = source.export().await;
    let address: Address = "git_folder:/Shared/etl".parse().unwrap();
    held.snapshot.resources.get_mut(&address).unwrap().spec["branch"] = json!("gone");
    let (failed, message) = failure(&target, &held).await;
    assert_eq!(failed, address);
    assert!(message.contains("Branch 'gone' does not exist"), "{message}");
    assert_eq!(at(&target, "/Shared/other").await["branch"], "main");

    held.snapshot.resources.get_mut(&address).unwrap().spec["branch"] = json!("develop");
    let made = plan(&target, &held, true).await;
    let report = target.apply(&held, &Rewrites::default(), &made, &Default::default()).await;
    assert!(report.is_success(), "{}", crate::world::describe(&made, &report));
    assert_eq!(at(&target, "/Shared/etl").await["branch"], "develop");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_repository_in_its_place_is_never_replaced() {
    let (source, target) = (World::new(1), World::new(2));
    clone(&source, "https://git.example/new.git", "/Shared/etl").await;
    clone(&target, "https://git.example/old.git", "/Shared/etl").await;
    let made = plan(&target, &source.export().await, true).await;
    assert_eq!(steps(&made), Vec::<String>::new());
    let blocked = &made.blocked[0];
    assert_eq!(blocked.address.to_string(), "git_folder:/Shared/etl");
    assert!(
        blocked.reason.contains("https://git.example/old.git in the target"),
        "{}",
        blocked.reason
    );
    assert!(blocked.reason.contains("not committed and pushed"), "{}", blocked.reason);
    assert!(blocked.hint.contains("rename or remove it"), "{}", blocked.hint);
}

#[tokio::test(flavor = "multi_thread")]
async fn uncommitted_work_stops_a_checkout() {
    let (source, target, repository) = (World::new(1), World::new(2), Repository::new());
    let folder = clone(&source, &repository.url(), "/Shared/etl").await;
    let before = source.export().await;
    target.sync(&before).await;
    check_out(&source, &folder, json!({"branch": "develop"})).await;
    let draft = json!({"path": "/Shared/etl/draft.txt", "format": "RAW", "content": "aGk="});
    ok(&target, "POST", "/api/2.0/workspace/import", draft).await;
    let held = source.export().await;
    let made = plan(&target, &held, true).await;
    assert_eq!(made.steps.len(), 1);
    let report = target.apply(&held, &Rewrites::default(), &made, &Default::default()).await;
    let (outcome, message) = &report.outcomes[&1];
    assert_eq!(*outcome, Outcome::Failed);
    assert!(message.contains("uncommitted changes"), "{message}");
    let draft = "/api/2.0/workspace/get-status?path=/Shared/etl/draft.txt";
    assert_eq!(ok(&target, "GET", draft, Value::Null).await["object_type"], "FILE");
}
