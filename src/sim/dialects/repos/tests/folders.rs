//! Where git folders may be, and what lists them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::sim::dialects::repos::{Remote, Revision};
use crate::sim::testing::Desk;

const PATH: &str = "/api/2.0/repos";
const URL: &str = "https://git.example/data/etl.git";

fn body(path: &str) -> Value {
    json!({"url": URL, "provider": "gitLab", "path": path})
}

async fn mkdirs(desk: &Desk, path: &str) {
    desk.ok("POST", "/api/2.0/workspace/mkdirs", json!({"path": path})).await;
}

/// Every path that a listing gives, over all its pages, and how many pages there were.
async fn listed(desk: &Desk, query: &str) -> (BTreeSet<String>, usize) {
    let (mut paths, mut pages, mut token) = (BTreeSet::new(), 0, String::new());
    loop {
        let answer = desk.get(&format!("{PATH}?{query}{token}")).await;
        pages += 1;
        for one in answer["repos"].as_array().into_iter().flatten() {
            assert!(paths.insert(one["path"].as_str().unwrap().to_owned()), "{one} twice");
        }
        match answer["next_page_token"].as_str() {
            Some(next) => token = format!("&next_page_token={next}"),
            None => return (paths, pages),
        }
    }
}

#[tokio::test]
async fn paths_have_their_rules() {
    let desk = Desk::new();
    mkdirs(&desk, "/Repos/team").await;
    mkdirs(&desk, "/Shared/code").await;
    for good in ["/Repos/team/etl", "/Shared/code/etl", "/Workspace/Users/admin@example.com/etl"] {
        desk.ok("POST", PATH, body(good)).await;
    }
    for (status, wrong) in [
        (400, "/Repos/etl"),
        (400, "/Repos/team/deep/etl"),
        (400, "/Users/etl"),
        (400, "/Repos/team/etl"),
        (400, "/Shared/code/etl/inner"),
        (404, "/Repos/nobody/etl"),
        (404, "/Shared/nothing/etl"),
        (400, "relative"),
    ] {
        desk.refused(status, "POST", PATH, body(wrong)).await;
    }
    for (field, wrong) in [("url", "git@git.example:x"), ("url", ""), ("provider", "svn")] {
        let mut sent = body("/Shared/other");
        sent[field] = json!(wrong);
        desk.refused(400, "POST", PATH, sent).await;
    }
    mkdirs(&desk, "/Repos/admin@example.com").await;
    let made = desk.ok("POST", PATH, json!({"url": URL, "provider": "gitLab"})).await;
    assert_eq!(made["path"], "/Repos/admin@example.com/etl");
}

#[tokio::test]
async fn listings_have_pages_and_leave_out_what_is_elsewhere() {
    let desk = Desk::new();
    mkdirs(&desk, "/Repos/team").await;
    for number in 0..30 {
        desk.ok("POST", PATH, body(&format!("/Repos/team/{number}"))).await;
    }
    let home = desk.ok("POST", PATH, body("/Users/admin@example.com/own")).await;
    for everything in ["", "path_prefix=/", "path_prefix=/Workspace", "path_prefix=/Repos"] {
        let (paths, pages) = listed(&desk, everything).await;
        assert_eq!((paths.len(), pages), (30, 2), "{everything}");
    }
    let own = BTreeSet::from(["/Users/admin@example.com/own".to_owned()]);
    assert_eq!(listed(&desk, "path_prefix=/Workspace/Users").await.0, own);
    let id = home["id"].as_i64().unwrap();
    desk.workspace.with_state(|state| state.repos.folders.get_mut(&id).unwrap().git_cli = true);
    assert!(listed(&desk, "path_prefix=/Workspace/Users").await.0.is_empty());
    assert_eq!(desk.get(&format!("{PATH}/{id}")).await["git_cli_enabled"], true);
}

#[tokio::test]
async fn what_is_deleted_is_gone_with_everything_below() {
    let desk = Desk::new();
    for through in ["repos", "workspace"] {
        let made = desk.ok("POST", PATH, body("/Shared/etl")).await;
        let one = format!("{PATH}/{}", made["id"]);
        let rights = format!("/api/2.0/permissions/repos/{}", made["id"]);
        assert_eq!(desk.get(&rights).await["object_type"], "repo");
        if through == "repos" {
            desk.ok("DELETE", &one, Value::Null).await;
        } else {
            let body = json!({"path": "/Shared/etl", "recursive": true});
            desk.ok("POST", "/api/2.0/workspace/delete", body).await;
        }
        for gone in [&one, &rights] {
            desk.refused(404, "GET", gone, Value::Null).await;
        }
        desk.refused(404, "DELETE", &one, Value::Null).await;
        desk.refused(404, "PATCH", &one, json!({"branch": "main"})).await;
        assert!(listed(&desk, "path_prefix=/Workspace/Shared").await.0.is_empty());
    }
}

#[tokio::test]
async fn a_private_stand_in_wants_a_credential() {
    let desk = Desk::new();
    let files: Revision = [("a.txt".to_owned(), "a".to_owned())].into();
    let remote = Remote {
        default_branch: "trunk".to_owned(),
        branches: BTreeMap::from([("trunk".to_owned(), files.clone())]),
        tags: BTreeMap::from([("v1".to_owned(), files)]),
        private: true,
    };
    desk.workspace.with_state(|state| state.repos.remotes.insert(URL.to_owned(), remote));
    let message = desk.refused(403, "POST", PATH, body("/Shared/etl")).await;
    assert!(message.contains("Missing Git provider credentials"), "{message}");
    let credential = |provider: &str| json!({"git_provider": provider, "git_username": "ann", "personal_access_token": "t"});
    let make = |provider: &str| {
        let (desk, body) = (&desk, credential(provider));
        async move { desk.ok("POST", "/api/2.0/git-credentials", body).await }
    };
    let other = make("gitHub").await;
    desk.refused(403, "POST", PATH, body("/Shared/etl")).await;
    let named = |id: &Value| {
        let mut body = body("/Shared/etl");
        body["git_credential_id"] = id.clone();
        body
    };
    desk.refused(404, "POST", PATH, named(&other["credential_id"])).await;
    desk.refused(404, "POST", PATH, named(&json!(12))).await;
    let own = make("gitLab").await;
    desk.ok("POST", PATH, named(&own["credential_id"])).await;
    desk.ok("POST", "/api/2.0/workspace/delete", json!({"path": "/Shared/etl", "recursive": true}))
        .await;
    let made = desk.ok("POST", PATH, body("/Shared/etl")).await;
    assert_eq!(made["branch"], "trunk");
    let one = format!("{PATH}/{}", made["id"]);
    desk.refused(400, "PATCH", &one, json!({"branch": "main"})).await;
    desk.ok("PATCH", &one, json!({"tag": "v1"})).await;
    let got = desk.get(&one).await;
    assert_eq!((got.get("branch"), &got["head_commit_id"]), (None, &made["head_commit_id"]));
}
