//! What is checked out of a real repository.

use serde_json::{Value, json};

use super::repository::Repository;
use crate::sim::testing::Desk;

const PATH: &str = "/api/2.0/repos";

async fn clone(desk: &Desk, repository: &Repository, more: Value) -> Value {
    let mut body = json!({"url": repository.url(), "provider": "github", "path": "/Shared/etl"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    desk.ok("POST", PATH, body).await
}

/// What lies below a folder of the tree, as type and path.
async fn walk(desk: &Desk, folder: &str) -> Vec<(String, String)> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(at) = open.pop() {
        let answer = desk.get(&format!("/api/2.0/workspace/list?path={at}")).await;
        for one in answer["objects"].as_array().into_iter().flatten() {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            if text("object_type") == "DIRECTORY" {
                open.push(text("path"));
            }
            found.push((text("object_type"), text("path").replace(folder, "")));
        }
    }
    found.sort();
    found
}

fn listed(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(kind, path)| ((*kind).to_owned(), (*path).to_owned())).collect()
}

#[tokio::test]
async fn a_clone_holds_the_files_of_the_default_branch() {
    let (desk, repository) = (Desk::new(), Repository::new());
    let made = clone(&desk, &repository, json!({})).await;
    assert_eq!((&made["branch"], &made["provider"]), (&json!("main"), &json!("gitHub")));
    assert_eq!(made["head_commit_id"], json!(repository.commit_of("main")));
    assert_eq!(desk.get(&format!("{PATH}/{}", made["id"])).await, made);
    let status = desk.get("/api/2.0/workspace/get-status?path=/Workspace/Shared/etl").await;
    assert_eq!((&status["object_type"], &status["object_id"]), (&json!("REPO"), &made["id"]));
    let expected = listed(&[
        ("DIRECTORY", "/jobs"),
        ("DIRECTORY", "/lib"),
        ("FILE", "/README.md"),
        ("FILE", "/lib/tool.py"),
        ("NOTEBOOK", "/jobs/load"),
    ]);
    assert_eq!(walk(&desk, "/Shared/etl").await, expected);
    let text = desk.get("/api/2.0/workspace/export?path=/Shared/etl/README.md&format=AUTO").await;
    assert_eq!(text["content"], "IyBPbmUK");
}

#[tokio::test]
async fn branches_and_tags_are_checked_out_and_pulled() {
    let (desk, repository) = (Desk::new(), Repository::new());
    let made = clone(&desk, &repository, json!({})).await;
    let one = format!("{PATH}/{}", made["id"]);
    let readme = desk.get("/api/2.0/workspace/get-status?path=/Shared/etl/README.md").await;

    desk.ok("PATCH", &one, json!({"branch": "develop"})).await;
    let got = desk.get(&one).await;
    assert_eq!(got["branch"], "develop");
    assert_eq!(got["head_commit_id"], json!(repository.commit_of("develop")));
    let paths = walk(&desk, "/Shared/etl").await;
    assert!(paths.contains(&("NOTEBOOK".into(), "/jobs/new".into())), "{paths:?}");
    let again = desk.get("/api/2.0/workspace/get-status?path=/Shared/etl/README.md").await;
    assert_eq!(again, readme, "what stays the same stays");

    desk.ok("PATCH", &one, json!({"tag": "v1"})).await;
    let got = desk.get(&one).await;
    assert!(got.get("branch").is_none(), "{got}");
    assert_eq!(got["head_commit_id"], json!(repository.commit_of("v1")));
    desk.refused(400, "PATCH", &one, json!({})).await;

    desk.ok("PATCH", &one, json!({"branch": "main"})).await;
    repository.commit(&[("lib/second.py", "y = 2\n")]);
    desk.ok("PATCH", &one, json!({})).await;
    let got = desk.get(&one).await;
    assert_eq!(got["head_commit_id"], json!(repository.commit_of("main")));
    let paths = walk(&desk, "/Shared/etl").await;
    assert!(paths.contains(&("FILE".into(), "/lib/second.py".into())), "{paths:?}");
    assert!(!paths.contains(&("NOTEBOOK".into(), "/jobs/new".into())), "{paths:?}");
}

#[tokio::test]
async fn what_the_repository_has_not_is_refused() {
    let (desk, repository) = (Desk::new(), Repository::new());
    let made = clone(&desk, &repository, json!({})).await;
    let one = format!("{PATH}/{}", made["id"]);
    // A tag is no branch, and a branch is no tag.
    for wrong in [json!({"branch": "gone"}), json!({"branch": "v1"}), json!({"tag": "main"})] {
        let message = desk.refused(400, "PATCH", &one, wrong).await;
        assert!(message.contains("does not exist"), "{message}");
    }
    desk.refused(400, "PATCH", &one, json!({"branch": "main", "tag": "v1"})).await;
    assert_eq!(desk.get(&one).await, made);
    let nowhere =
        json!({"url": format!("{}x", repository.url()), "provider": "gitHub", "path": "/Shared/x"});
    let message = desk.refused(400, "POST", PATH, nowhere).await;
    assert!(message.contains("could not be read"), "{message}");
    desk.refused(404, "GET", "/api/2.0/workspace/get-status?path=/Shared/x", Value::Null).await;
}

#[tokio::test]
async fn a_sparse_clone_holds_the_chosen_folders() {
    let (desk, repository) = (Desk::new(), Repository::new());
    let sparse = json!({"sparse_checkout": {"patterns": ["jobs"]}});
    let made = clone(&desk, &repository, sparse.clone()).await;
    assert_eq!(made["sparse_checkout"], sparse["sparse_checkout"]);
    let expected = [("DIRECTORY", "/jobs"), ("FILE", "/README.md"), ("NOTEBOOK", "/jobs/load")];
    assert_eq!(walk(&desk, "/Shared/etl").await, listed(&expected));
    let one = format!("{PATH}/{}", made["id"]);
    desk.ok("PATCH", &one, json!({"sparse_checkout": {"patterns": ["lib"]}})).await;
    let expected = [("DIRECTORY", "/lib"), ("FILE", "/README.md"), ("FILE", "/lib/tool.py")];
    assert_eq!(walk(&desk, "/Shared/etl").await, listed(&expected));
}

#[tokio::test]
async fn uncommitted_work_is_not_lost_unless_that_is_said() {
    let (desk, repository) = (Desk::new(), Repository::new());
    let made = clone(&desk, &repository, json!({})).await;
    let one = format!("{PATH}/{}", made["id"]);
    let draft = json!({"path": "/Shared/etl/draft.txt", "format": "RAW", "content": "aGk="});
    desk.ok("POST", "/api/2.0/workspace/import", draft).await;
    desk.refused(409, "PATCH", &one, json!({"branch": "develop"})).await;
    let forced = json!({"branch": "develop", "dangerously_force_discard_all": true});
    desk.ok("PATCH", &one, forced).await;
    desk.refused(
        404,
        "GET",
        "/api/2.0/workspace/get-status?path=/Shared/etl/draft.txt",
        Value::Null,
    )
    .await;
}
