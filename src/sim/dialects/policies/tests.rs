//! Policies, asked over the calls which clients make.

use serde_json::{Value, json};

use crate::sim::testing::Desk;

const CREATE: &str = "/api/2.0/policies/clusters/create";
const EDIT: &str = "/api/2.0/policies/clusters/edit";
const LIST: &str = "/api/2.0/policies/clusters/list";
const DELETE: &str = "/api/2.0/policies/clusters/delete";

fn small() -> Value {
    json!({
        "name": "small",
        "definition": r#"{ "num_workers": {"type": "range", "maxValue": 4} }"#,
        "max_clusters_per_user": 3,
        "libraries": [{"pypi": {"package": "pandas"}}],
    })
}

async fn create(desk: &Desk, body: Value) -> String {
    desk.ok("POST", CREATE, body).await["policy_id"].as_str().unwrap().to_owned()
}

async fn read(desk: &Desk, id: &str) -> Value {
    desk.get(&format!("/api/2.0/policies/clusters/get?policy_id={id}")).await
}

async fn named(desk: &Desk, name: &str) -> Value {
    let listed = desk.get(LIST).await;
    let mut all = listed["policies"].as_array().unwrap().iter();
    all.find(|policy| policy["name"] == name).unwrap().clone()
}

#[tokio::test]
async fn a_definition_comes_back_with_other_spacing() {
    let desk = Desk::new();
    let id = create(&desk, small()).await;
    let policy = read(&desk, &id).await;
    assert_eq!(policy["definition"], r#"{"num_workers":{"maxValue":4,"type":"range"}}"#);
    assert_eq!(policy["creator_user_name"], "admin@example.com");
    assert_eq!(policy["is_default"], false);
    assert!(policy["created_at_timestamp"].is_i64());
    assert_eq!(policy["libraries"], small()["libraries"]);
}

#[tokio::test]
async fn names_are_unique() {
    let desk = Desk::new();
    create(&desk, small()).await;
    let message = desk.refused(400, "POST", CREATE, small()).await;
    assert!(message.ends_with("already exists"), "{message}");
    let other = create(&desk, json!({"name": "other", "definition": "{}"})).await;
    let rename = json!({"policy_id": other, "name": "small", "definition": "{}"});
    desk.refused(400, "POST", EDIT, rename).await;
}

#[tokio::test]
async fn an_edit_replaces_everything() {
    let desk = Desk::new();
    let id = create(&desk, small()).await;
    desk.ok("POST", EDIT, json!({"policy_id": id, "name": "tiny", "definition": "{}"})).await;
    let policy = read(&desk, &id).await;
    assert_eq!((&policy["name"], &policy["definition"]), (&json!("tiny"), &json!("{}")));
    assert!(policy.get("libraries").is_none() && policy.get("max_clusters_per_user").is_none());
    desk.refused(400, "POST", EDIT, json!({"policy_id": id, "definition": "{}"})).await;
    desk.refused(400, "POST", EDIT, json!({"policy_id": id, "name": "tiny"})).await;
    desk.refused(404, "POST", EDIT, json!({"policy_id": "0", "name": "x", "definition": "{}"}))
        .await;
}

#[tokio::test]
async fn a_family_gives_rules_and_overrides_replace_them() {
    let desk = Desk::new();
    let overrides = json!({"autotermination_minutes": {"type": "fixed", "value": 30}}).to_string();
    let body = json!({
        "name": "mine", "policy_family_id": "personal-vm",
        "policy_family_definition_overrides": overrides,
    });
    let id = create(&desk, body).await;
    let policy = read(&desk, &id).await;
    let definition: Value = serde_json::from_str(policy["definition"].as_str().unwrap()).unwrap();
    assert_eq!(definition["autotermination_minutes"], json!({"type": "fixed", "value": 30}));
    assert_eq!(definition["num_workers"]["value"], 0);
    assert_eq!(policy["policy_family_id"], "personal-vm");
    let both = json!({"name": "x", "policy_family_id": "personal-vm", "definition": "{}"});
    desk.refused(400, "POST", CREATE, both).await;
    let none = json!({"name": "x", "policy_family_definition_overrides": "{}"});
    desk.refused(400, "POST", CREATE, none).await;
    desk.refused(400, "POST", CREATE, json!({"name": "x", "policy_family_id": "none"})).await;
}

#[tokio::test]
async fn every_workspace_has_policies_which_stay() {
    let desk = Desk::new();
    for name in ["Personal Compute", "Shared Compute", "Power User Compute", "Job Compute"] {
        let policy = named(&desk, name).await;
        assert_eq!(policy["is_default"], true);
        assert!(policy.get("creator_user_name").is_none());
        desk.refused(400, "POST", DELETE, json!({"policy_id": policy["policy_id"]})).await;
    }
    let job = named(&desk, "Job Compute").await;
    let rename =
        json!({"policy_id": job["policy_id"], "name": "Jobs", "policy_family_id": "job-cluster"});
    desk.refused(400, "POST", EDIT, rename).await;
    let families = desk.get("/api/2.0/policy-families?max_results=3").await;
    assert_eq!(families["policy_families"].as_array().unwrap().len(), 3);
    let token = families["next_page_token"].as_str().unwrap();
    let next =
        desk.get(&format!("/api/2.0/policy-families?max_results=3&page_token={token}")).await;
    assert_eq!(next["policy_families"].as_array().unwrap().len(), 1);
    let family = desk.get("/api/2.0/policy-families/job-cluster").await;
    assert_eq!(family["name"], "Job Compute");
    desk.refused(404, "GET", "/api/2.0/policy-families/none", Value::Null).await;
}

#[tokio::test]
async fn a_deleted_policy_is_gone_with_its_permissions() {
    let desk = Desk::new();
    let id = create(&desk, small()).await;
    let permissions = format!("/api/2.0/permissions/cluster-policies/{id}");
    let list =
        json!({"access_control_list": [{"group_name": "users", "permission_level": "CAN_USE"}]});
    desk.ok("PUT", &permissions, list).await;
    desk.ok("POST", DELETE, json!({"policy_id": id})).await;
    desk.refused(404, "GET", &permissions, Value::Null).await;
    let get = format!("/api/2.0/policies/clusters/get?policy_id={id}");
    desk.refused(404, "GET", &get, Value::Null).await;
    desk.refused(404, "POST", DELETE, json!({"policy_id": id})).await;
}

#[tokio::test]
async fn only_admins_write_policies() {
    let desk = Desk::new();
    let body = json!({"userName": "ann@example.com"});
    desk.ok("POST", "/api/2.0/preview/scim/v2/Users", body).await;
    desk.as_user("ann@example.com").refused(403, "POST", CREATE, small()).await;
}

#[tokio::test]
async fn listings_sort_when_asked() {
    let desk = Desk::new();
    create(&desk, small()).await;
    let listed = desk.get(&format!("{LIST}?sort_column=POLICY_NAME&sort_order=DESC")).await;
    let names: Vec<_> = listed["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    assert!(names.is_sorted_by(|one, next| one >= next), "{names:?}");
}
