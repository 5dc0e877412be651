//! SCIM, asked from outside.

use serde_json::{Value, json};

use crate::sim::options::Options;
use crate::sim::testing::Desk;

const USERS: &str = "/api/2.0/preview/scim/v2/Users";
const GROUPS: &str = "/api/2.0/preview/scim/v2/Groups";
const PRINCIPALS: &str = "/api/2.0/preview/scim/v2/ServicePrincipals";

async fn user(desk: &Desk, name: &str) -> String {
    let made = desk.ok("POST", USERS, json!({ "userName": name })).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn group(desk: &Desk, name: &str, members: &[&str]) -> String {
    let members: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
    let made = desk.ok("POST", GROUPS, json!({ "displayName": name, "members": members })).await;
    made["id"].as_str().unwrap().to_owned()
}

fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

fn filtered(base: &str, filter: &str) -> String {
    format!("{base}?filter={}", filter.replace(' ', "+").replace('"', "%22").replace('@', "%40"))
}

#[tokio::test]
async fn a_user_gets_what_the_server_adds() {
    let desk = Desk::new();
    let (status, made) = desk.send("POST", USERS, json!({ "userName": "Alice@x.com" })).await;
    assert_eq!(status, 201);
    assert_eq!(made["displayName"], "Alice@x.com");
    assert_eq!(made["emails"][0]["value"], "Alice@x.com");
    assert_eq!(made["active"], true);
    assert_eq!(made["groups"][0]["display"], "users");
    let (status, error) = desk.send("POST", USERS, json!({ "userName": "alice@X.com" })).await;
    assert_eq!(status, 409);
    assert_eq!(error["status"], "409");
    assert_eq!(error["detail"], "User with username alice@X.com already exists.");
    assert_eq!(error.get("error_code"), None);
    desk.refused(400, "POST", USERS, json!({ "userName": "alice" })).await;
}

#[tokio::test]
async fn listings_are_filtered_and_paged() {
    let desk = Desk::with(Options { scim_page_size: 4, ..Options::default() });
    for number in 0..9 {
        user(&desk, &format!("u{number}@x.com")).await;
    }
    let mut names = std::collections::BTreeSet::new();
    let mut start = 1;
    loop {
        let page =
            desk.get(&format!("{USERS}?startIndex={start}&count=10000&attributes=userName")).await;
        assert_eq!(page["totalResults"], 10);
        let Some(resources) = page.get("Resources").and_then(Value::as_array) else { break };
        assert!(resources.len() <= 4);
        assert!(
            resources
                .iter()
                .all(|user| user.get("displayName").is_none() && user["id"].is_string())
        );
        names.extend(resources.iter().map(|user| user["userName"].as_str().unwrap().to_owned()));
        start += resources.len();
    }
    assert_eq!(names.len(), 10);
    let found = desk.get(&filtered(USERS, r#"username eq "U3@x.com""#)).await;
    assert_eq!(found["totalResults"], 1);
    assert_eq!(found["Resources"][0]["userName"], "u3@x.com");
    desk.refused(400, "GET", &filtered(USERS, "userName is x"), Value::Null).await;
    let sorted = desk.get(&format!("{USERS}?sortBy=userName&sortOrder=descending")).await;
    assert_eq!(sorted["Resources"][0]["userName"], "u8@x.com");
}

#[tokio::test]
async fn members_refer_to_their_sort_and_groups_nest() {
    let desk = Desk::new();
    let alice = user(&desk, "alice@x.com").await;
    let robot = desk.ok("POST", PRINCIPALS, json!({ "displayName": "robot" })).await;
    let inner = group(&desk, "inner", &[&alice, robot["id"].as_str().unwrap()]).await;
    let outer = group(&desk, "outer", &[&inner]).await;
    let seen = desk.get(&format!("{GROUPS}/{outer}")).await;
    assert_eq!(
        seen["members"],
        json!([{"value": inner, "display": "inner", "$ref": format!("Groups/{inner}")}])
    );
    assert_eq!(seen["meta"]["resourceType"], "WorkspaceGroup");
    let alice_view = desk.get(&format!("{USERS}/{alice}")).await;
    let kind = |name: &str| {
        let groups = alice_view["groups"].as_array().unwrap();
        groups.iter().find(|group| group["display"] == name).map(|group| group["type"].clone())
    };
    assert_eq!(kind("inner"), Some("direct".into()));
    assert_eq!(kind("outer"), Some("indirect".into()));
    let cycle = patch(json!([{"op": "add", "path": "members", "value": [{"value": outer}]}]));
    desk.refused(400, "PATCH", &format!("{GROUPS}/{inner}"), cycle).await;
}

#[tokio::test]
async fn patches_add_remove_and_refuse_as_one() {
    let desk = Desk::new();
    let (alice, bob) = (user(&desk, "alice@x.com").await, user(&desk, "bob@x.com").await);
    let team = group(&desk, "team", &[&alice]).await;
    let target = format!("{GROUPS}/{team}");
    let swap = patch(json!([
        {"op": "add", "path": "members", "value": [{"value": bob}]},
        {"op": "remove", "path": format!("members[value eq \"{alice}\"]")},
    ]));
    assert_eq!(desk.send("PATCH", &target, swap).await.0, 204);
    let members = desk.get(&target).await["members"].clone();
    assert_eq!(members.as_array().unwrap().len(), 1);
    assert_eq!(members[0]["$ref"], format!("Users/{bob}"));
    let half = patch(json!([
        {"op": "replace", "path": "displayName", "value": "renamed"},
        {"op": "add", "path": "members", "value": [{"value": "404"}]},
    ]));
    desk.refused(404, "PATCH", &target, half).await;
    assert_eq!(desk.get(&target).await["displayName"], "team");
    let no_path =
        patch(json!([{"op": "replace", "value": {"displayName": "renamed", "members": []}}]));
    desk.ok("PATCH", &target, no_path).await;
    let seen = desk.get(&target).await;
    assert_eq!((seen["displayName"].as_str(), seen.get("members")), (Some("renamed"), None));
    let bare = json!({"Operations": [{"op": "replace", "path": "displayName", "value": "x"}]});
    desk.refused(400, "PATCH", &target, bare).await;
}

#[tokio::test]
async fn entitlements_and_roles_are_checked_and_put_drops_them() {
    let desk = Desk::new();
    let alice = format!("{USERS}/{}", user(&desk, "alice@x.com").await);
    let gone =
        patch(json!([{"op": "remove", "path": "entitlements[value eq \"workspace-access\"]"}]));
    assert!(desk.refused(400, "PATCH", &alice, gone).await.starts_with("invalidPath"));
    let add = |path: &str, value: &str| {
        patch(json!([{"op": "add", "path": path, "value": [{"value": value}]}]))
    };
    desk.refused(400, "PATCH", &alice, add("entitlements", "fly")).await;
    desk.refused(400, "PATCH", &alice, add("roles", "writer")).await;
    desk.ok("PATCH", &alice, add("entitlements", "allow-cluster-create")).await;
    let arn = "arn:aws:iam::123456789012:instance-profile/x";
    desk.ok("PATCH", &alice, add("roles", arn)).await;
    let seen = desk.get(&alice).await;
    assert_eq!(seen["entitlements"], json!([{"value": "allow-cluster-create"}]));
    assert_eq!(seen["roles"], json!([{"value": arn, "type": "direct"}]));
    desk.ok("PUT", &alice, json!({"userName": "other@x.com", "displayName": "Alice"})).await;
    let seen = desk.get(&alice).await;
    assert_eq!((seen.get("roles"), seen.get("entitlements")), (None, None));
    assert_eq!(
        (seen["userName"].as_str(), seen["displayName"].as_str()),
        (Some("alice@x.com"), Some("Alice"))
    );
}

#[tokio::test]
async fn roles_of_a_group_are_indirect_roles_of_its_members() {
    let desk = Desk::new();
    let alice = user(&desk, "alice@x.com").await;
    let arn = "arn:aws:iam::123456789012:instance-profile/x";
    let team =
        json!({"displayName": "team", "members": [{"value": alice}], "roles": [{"value": arn}]});
    desk.ok("POST", GROUPS, team).await;
    let seen = desk.get(&format!("{USERS}/{alice}")).await;
    assert_eq!(seen["roles"], json!([{"value": arn, "type": "indirect"}]));
}

#[tokio::test]
async fn what_belongs_to_server_or_account_stays() {
    let desk = Desk::new();
    let alice = user(&desk, "alice@x.com").await;
    let account = desk.workspace.seed_account_group("everyone", &["alice@x.com"]).unwrap();
    let seen = desk.get(&format!("{GROUPS}/{account}")).await;
    assert_eq!(seen["meta"]["resourceType"], "Group");
    assert_eq!(seen["members"][0]["value"], alice);
    let empty = patch(json!([{"op": "remove", "path": "members"}]));
    desk.refused(403, "PATCH", &format!("{GROUPS}/{account}"), empty.clone()).await;
    let admins =
        desk.get(&filtered(GROUPS, r#"displayName eq "admins""#)).await["Resources"][0]["id"]
            .clone();
    let admins = format!("{GROUPS}/{}", admins.as_str().unwrap());
    desk.refused(403, "DELETE", &admins, Value::Null).await;
    desk.refused(403, "PATCH", &admins, empty).await;
    let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": alice}]}]));
    desk.ok("PATCH", &admins, add).await;
    desk.as_user("alice@x.com").ok("POST", GROUPS, json!({"displayName": "hers"})).await;
}

#[tokio::test]
async fn only_admins_change_and_everybody_knows_who_they_are() {
    let desk = Desk::new();
    let me = desk.get("/api/2.0/preview/scim/v2/Me").await;
    assert_eq!(me["userName"], "admin@example.com");
    assert!(me["groups"].as_array().unwrap().iter().any(|group| group["display"] == "admins"));
    desk.refused(403, "DELETE", &format!("{USERS}/{}", me["id"].as_str().unwrap()), Value::Null)
        .await;
    user(&desk, "alice@x.com").await;
    let alice = desk.as_user("alice@x.com");
    assert_eq!(alice.get("/api/2.0/preview/scim/v2/Me").await["userName"], "alice@x.com");
    alice.refused(403, "POST", USERS, json!({"userName": "eve@x.com"})).await;
}

#[tokio::test]
async fn a_deleted_user_leaves_groups() {
    let desk = Desk::new();
    let alice = user(&desk, "alice@x.com").await;
    let team = group(&desk, "team", &[&alice]).await;
    desk.ok("DELETE", &format!("{USERS}/{alice}"), Value::Null).await;
    assert_eq!(desk.get(&format!("{GROUPS}/{team}")).await.get("members"), None);
    desk.refused(404, "GET", &format!("{USERS}/{alice}"), Value::Null).await;
    desk.refused(404, "DELETE", &format!("{USERS}/{alice}"), Value::Null).await;
}

#[tokio::test]
async fn service_principals_get_an_application_id() {
    let desk = Desk::new();
    let made = desk.ok("POST", PRINCIPALS, json!({"displayName": "robot"})).await;
    assert_eq!(made["applicationId"].as_str().map(str::len), Some(36));
    assert_eq!(made["displayName"], "robot");
    let own = json!({"applicationId": "11111111-2222-4333-8444-555555555555"});
    desk.ok("POST", PRINCIPALS, own.clone()).await;
    desk.refused(409, "POST", PRINCIPALS, own).await;
}

#[tokio::test]
async fn fields_of_the_future_are_kept() {
    let desk = Desk::with(Options { future_fields: true, ..Options::default() });
    let sent = json!({"userName": "alice@x.com", "future_badge": {"colour": "red"}});
    let made = desk.ok("POST", USERS, sent.clone()).await;
    let seen = desk.get(&format!("{USERS}/{}", made["id"].as_str().unwrap())).await;
    assert_eq!(seen["future_badge"]["colour"], "red");
    Desk::new().refused(400, "POST", USERS, sent).await;
}
