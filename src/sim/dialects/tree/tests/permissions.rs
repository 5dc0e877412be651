//! What the permissions of an object stand on.

use serde_json::{Value, json};

use super::service::Service;
use crate::sim::dialects::tree::SECURABLES;
use crate::sim::testing::Desk;

fn id(service: &mut Service, path: &str) -> String {
    service.status(path).unwrap()["object_id"].to_string()
}

#[test]
fn an_object_inherits_from_every_folder_above_it() {
    let mut service = Service::new();
    service.mkdirs("/Users/ada@acme.example/etl").unwrap();
    service
        .import("/Users/ada@acme.example/etl/n", "SOURCE", b"1", json!({"language": "SQL"}))
        .unwrap();
    let notebook = id(&mut service, "/Users/ada@acme.example/etl/n");
    let (home, etl, users) = (
        id(&mut service, "/Users/ada@acme.example"),
        id(&mut service, "/Users/ada@acme.example/etl"),
        id(&mut service, "/Users"),
    );
    let notebooks = SECURABLES.iter().find(|securable| securable.path == "notebooks").unwrap();
    let parents = (notebooks.parents)(&service.state, &notebook);
    let folders = [etl, home.clone(), users, "0".into()].map(|id| ("directories".to_owned(), id));
    assert_eq!(parents, folders);
    assert_eq!((notebooks.home_of)(&service.state, &home).as_deref(), Some("ada@acme.example"));
    assert_eq!((notebooks.home_of)(&service.state, &notebook), None);
}

#[test]
fn each_type_answers_only_for_its_own() {
    let mut service = Service::new();
    service.import("/Shared/f", "RAW", b"1", json!({})).unwrap();
    let file = id(&mut service, "/Shared/f");
    let found: Vec<_> = SECURABLES
        .iter()
        .filter(|securable| (securable.exists)(&service.state, &file))
        .map(|s| s.path)
        .collect();
    assert_eq!(found, ["files"]);
    assert!(!SECURABLES.iter().any(|securable| (securable.exists)(&service.state, "no number")));
}

async fn made(desk: &Desk, path: &str) -> String {
    desk.ok("POST", "/api/2.0/workspace/mkdirs", json!({"path": path})).await;
    let status = desk.get(&format!("/api/2.0/workspace/get-status?path={path}")).await;
    format!("/api/2.0/permissions/directories/{}", status["object_id"])
}

/// Who has which level, and whether by inheritance.
fn entries(answer: &Value) -> Vec<(String, String, bool)> {
    let mut all = Vec::new();
    for entry in answer["access_control_list"].as_array().unwrap() {
        let who =
            ["user_name", "group_name"].into_iter().find_map(|name| entry[name].as_str()).unwrap();
        for right in entry["all_permissions"].as_array().unwrap() {
            let level = right["permission_level"].as_str().unwrap();
            all.push((who.to_owned(), level.to_owned(), right["inherited"] == true));
        }
    }
    all.sort();
    all
}

fn right(who: &str, level: &str, inherited: bool) -> (String, String, bool) {
    (who.to_owned(), level.to_owned(), inherited)
}

#[tokio::test]
async fn a_home_is_its_user_s_and_a_grant_reaches_what_lies_below() {
    let desk = Desk::new();
    let folder = made(&desk, "/Users/admin@example.com/etl").await;
    let below = made(&desk, "/Users/admin@example.com/etl/deep").await;
    let grant =
        json!({"access_control_list": [{"group_name": "users", "permission_level": "CAN_RUN"}]});
    desk.ok("PUT", &folder, grant).await;
    let found = entries(&desk.get(&below).await);
    assert!(found.contains(&right("users", "CAN_RUN", true)), "{found:?}");
    assert!(found.contains(&right("admin@example.com", "CAN_MANAGE", true)), "{found:?}");
    assert!(entries(&desk.get(&folder).await).contains(&right("users", "CAN_RUN", false)));
}

#[tokio::test]
async fn grants_end_with_their_object() {
    let desk = Desk::new();
    let before =
        serde_json::to_value(desk.workspace.with_state(|state| state.permissions.clone())).unwrap();
    let folder = made(&desk, "/Shared/a/b").await;
    let grant =
        json!({"access_control_list": [{"group_name": "users", "permission_level": "CAN_READ"}]});
    desk.ok("PUT", &folder, grant).await;
    desk.ok("POST", "/api/2.0/workspace/delete", json!({"path": "/Shared/a", "recursive": true}))
        .await;
    desk.refused(404, "GET", &folder, Value::Null).await;
    let after =
        serde_json::to_value(desk.workspace.with_state(|state| state.permissions.clone())).unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_grant_for_the_creator_is_a_habit() {
    let desk = Desk::new();
    let direct = right("admin@example.com", "CAN_MANAGE", false);
    let folder = made(&desk, "/Shared/a").await;
    assert!(!entries(&desk.get(&folder).await).contains(&direct));
    desk.workspace.with_state(|state| state.tree.habits.grants_creator = true);
    let folder = made(&desk, "/Shared/b").await;
    assert!(entries(&desk.get(&folder).await).contains(&direct));
}
