//! Git credentials, asked over the calls which clients make.

use serde_json::{Value, json};

use crate::sim::dialects::scim;
use crate::sim::options::Options;
use crate::sim::testing::Desk;

const PATH: &str = "/api/2.0/git-credentials";
const TOKEN: &str = "ghp-canary";

fn body(provider: &str, more: Value) -> Value {
    let mut body =
        json!({"git_provider": provider, "git_email": "a@x.com", "personal_access_token": TOKEN});
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    body
}

async fn create(desk: &Desk, provider: &str, more: Value) -> Value {
    desk.ok("POST", PATH, body(provider, more)).await
}

fn one(made: &Value) -> String {
    format!("{PATH}/{}", made["credential_id"])
}

#[tokio::test]
async fn a_token_is_taken_and_never_given() {
    let desk = Desk::new();
    assert_eq!(desk.get(PATH).await, json!({}));
    let made = create(&desk, "GITHUB", json!({"git_username": "ann", "name": "work"})).await;
    assert_eq!(made["git_provider"], "gitHub");
    assert_eq!((&made["name"], &made["is_default_for_provider"]), (&json!("work"), &json!(true)));
    for answer in [made.clone(), desk.get(PATH).await, desk.get(&one(&made)).await] {
        assert!(!answer.to_string().contains(TOKEN), "{answer}");
    }
    let saved = desk.workspace.with_state(|state| serde_json::to_string(state).unwrap());
    assert!(saved.contains("gitHub") && !saved.contains(TOKEN));
    let shown = desk.workspace.with_state(|state| format!("{state:?}"));
    assert!(!shown.contains(TOKEN));
}

#[tokio::test]
async fn what_is_lacking_or_unknown_is_refused() {
    let desk = Desk::new();
    for wrong in [
        body("svn", json!({})),
        json!({"git_provider": "gitHub", "git_email": "a@x.com"}),
        json!({"git_provider": "gitHub", "personal_access_token": TOKEN}),
        json!({"git_provider": "awsCodeCommit", "git_email": "a@x.com", "personal_access_token": TOKEN}),
        json!({"personal_access_token": TOKEN}),
        json!({"git_provider": "gitHub", "git_email": "a@x.com", "personal_access_token": ""}),
        body("azureDevOpsServicesAad", json!({})),
    ] {
        desk.refused(400, "POST", PATH, wrong).await;
    }
    desk.refused(404, "GET", &format!("{PATH}/12"), Value::Null).await;
    desk.refused(404, "DELETE", &format!("{PATH}/x"), Value::Null).await;
}

#[tokio::test]
async fn one_of_each_name_and_one_default() {
    let desk = Desk::new();
    let first = create(&desk, "gitLab", json!({"name": "a"})).await;
    desk.refused(400, "POST", PATH, body("gitLab", json!({"name": "a"}))).await;
    let second = create(&desk, "gitLab", json!({"name": "b"})).await;
    let other = create(&desk, "gitHub", json!({})).await;
    let default = |made: Value| {
        let desk = &desk;
        async move { desk.get(&one(&made)).await["is_default_for_provider"].clone() }
    };
    assert_eq!(default(second.clone()).await, false);
    let change =
        json!({"git_provider": "gitlab", "is_default_for_provider": true, "git_email": "b@x.com"});
    desk.ok("PATCH", &one(&second), change).await;
    assert_eq!(default(first).await, false);
    assert_eq!(default(second.clone()).await, true);
    assert_eq!(default(other).await, true);
    let got = desk.get(&one(&second)).await;
    assert_eq!((&got["git_email"], &got["name"]), (&json!("b@x.com"), &json!("b")));
    desk.refused(400, "PATCH", &one(&second), json!({"git_provider": "gitHub"})).await;
    desk.refused(400, "PATCH", &one(&second), json!({"name": "c"})).await;
    desk.ok("DELETE", &one(&second), Value::Null).await;
    desk.refused(404, "GET", &one(&second), Value::Null).await;
}

#[tokio::test]
async fn nobody_sees_anybody_elses() {
    let desk = Desk::with(Options::default());
    let (user, robot) = desk.workspace.with_state(|state| {
        scim::seed_user(state, "bea@x.com", false);
        ("bea@x.com", scim::seed_service_principal(state, "app-1", "robot", false))
    });
    let made = create(&desk, "gitHub", json!({})).await;
    let bea = desk.as_user(user);
    assert_eq!(bea.get(PATH).await, json!({}));
    bea.refused(404, "GET", &one(&made), Value::Null).await;
    bea.refused(404, "DELETE", &one(&made), Value::Null).await;
    // Who manages a service principal acts for it.
    let robot: i64 = robot.parse().unwrap();
    create(&desk, "gitHub", json!({"principal_id": robot})).await;
    desk.refused(400, "POST", PATH, body("gitHub", json!({"principal_id": robot, "name": "2"})))
        .await;
    let of_robot = desk.get(&format!("{PATH}?principal_id={robot}")).await;
    assert_eq!(of_robot["credentials"].as_array().unwrap().len(), 1);
    assert_eq!(desk.get(PATH).await["credentials"].as_array().unwrap().len(), 1);
    bea.refused(403, "GET", &format!("{PATH}?principal_id={robot}"), Value::Null).await;
    desk.refused(404, "GET", &format!("{PATH}?principal_id=12"), Value::Null).await;
}

#[tokio::test]
async fn a_change_keeps_the_token_and_what_is_needed() {
    let desk = Desk::new();
    let made = create(&desk, "gitHub", json!({"name": "a", "git_username": "ann"})).await;
    create(&desk, "gitHub", json!({"name": "b"})).await;
    let kept = |desk: &Desk| {
        desk.workspace.with_state(|state| {
            let all = &state.git_credentials.credentials;
            all.values().filter(|one| one.token.as_deref() == Some(TOKEN)).count()
        })
    };
    let change = |more: Value| {
        let mut body = json!({"git_provider": "gitHub"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    desk.ok("PATCH", &one(&made), change(json!({"git_email": ""}))).await;
    assert_eq!((desk.get(&one(&made)).await.get("git_email"), kept(&desk)), (None, 2));
    desk.refused(400, "PATCH", &one(&made), change(json!({"git_username": ""}))).await;
    desk.refused(400, "PATCH", &one(&made), change(json!({"name": "b"}))).await;
    desk.ok("PATCH", &one(&made), change(json!({"name": "a"}))).await;
    desk.ok("PATCH", &one(&made), change(json!({"personal_access_token": "other"}))).await;
    assert_eq!(kept(&desk), 1);
}

#[tokio::test]
async fn who_signs_in_as_they_did_here_needs_no_token() {
    let desk = Desk::new();
    let made = desk.ok("POST", PATH, json!({"git_provider": "AzureDevOpsServicesAad"})).await;
    assert_eq!(made["git_provider"], "azureDevOpsServicesAad");
    let folder = json!({"url": "https://git.example/x.git", "provider": "azureDevOpsServicesAad"});
    desk.refused(400, "POST", "/api/2.0/repos", folder).await;
}
