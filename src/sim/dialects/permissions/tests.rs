//! Permissions, asked from outside, of types which are only there for tests.

use serde_json::{Value, json};

use super::grant_creator;
use crate::sim::dialects::scim::{self, caller};
use crate::sim::testing::Desk;

const BEAR: &str = "/api/2.0/permissions/toys/bear";
const HOME: &str = "/api/2.0/permissions/boxes/home";
const INNER: &str = "/api/2.0/permissions/boxes/inner";

/// A workspace with alice, the group `team` and a bear which the admin made.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.workspace.with_state(|state| {
        scim::seed_user(state, "Alice@x.com", false);
        scim::seed_account_group(state, "team", &[]);
        let admin = caller(state, "admin@example.com").unwrap();
        grant_creator(state, "toys", "bear", &admin, "IS_OWNER");
    });
    desk
}

fn list(entries: &[(&str, &str, &str)]) -> Value {
    let entry = |(field, name, level): &(&str, &str, &str)| json!({*field: name, "permission_level": level});
    json!({ "access_control_list": entries.iter().map(entry).collect::<Vec<_>>() })
}

/// The entries of an answer, sorted: who, level, inherited from where.
fn entries(answer: &Value) -> Vec<(String, String, String)> {
    let mut entries = Vec::new();
    for entry in answer["access_control_list"].as_array().unwrap() {
        let who = ["user_name", "group_name", "service_principal_name"];
        let who = who.into_iter().find_map(|field| entry.get(field)?.as_str()).unwrap();
        for permission in entry["all_permissions"].as_array().unwrap() {
            let from = permission["inherited_from_object"][0].as_str().unwrap_or_default();
            assert_eq!(permission["inherited"], !from.is_empty());
            let level = permission["permission_level"].as_str().unwrap();
            entries.push((who.to_owned(), level.to_owned(), from.to_owned()));
        }
    }
    entries.sort();
    entries
}

fn entry(who: &str, level: &str, from: &str) -> (String, String, String) {
    (who.to_owned(), level.to_owned(), from.to_owned())
}

#[tokio::test]
async fn the_creator_owns_and_admins_manage() {
    let answer = desk().get(BEAR).await;
    assert_eq!(
        (answer["object_id"].as_str(), answer["object_type"].as_str()),
        (Some("/toys/bear"), Some("toy"))
    );
    assert_eq!(
        entries(&answer),
        [entry("admin@example.com", "IS_OWNER", ""), entry("admins", "CAN_MANAGE", "/toys/")]
    );
    let named = |name: &str| {
        let list = answer["access_control_list"].as_array().unwrap();
        list.iter()
            .find(|entry| entry["user_name"] == name || entry["group_name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(named("admin@example.com")["display_name"], "admin@example.com");
}

#[tokio::test]
async fn put_replaces_and_patch_adds() {
    let desk = desk();
    let put = list(&[("user_name", "ALICE@x.com", "IS_OWNER"), ("group_name", "team", "CAN_VIEW")]);
    desk.ok("PUT", BEAR, put).await;
    let direct = |answer: &Value| {
        entries(answer).into_iter().filter(|entry| entry.2.is_empty()).collect::<Vec<_>>()
    };
    let owner = entry("alice@x.com", "IS_OWNER", "");
    assert_eq!(direct(&desk.get(BEAR).await), [owner.clone(), entry("team", "CAN_VIEW", "")]);
    let answer = desk.ok("PATCH", BEAR, list(&[("group_name", "team", "CAN_MANAGE")])).await;
    let expected = [owner, entry("team", "CAN_MANAGE", ""), entry("team", "CAN_VIEW", "")];
    assert_eq!(direct(&answer), expected);
}

#[tokio::test]
async fn there_is_exactly_one_owner_and_it_is_no_group() {
    let desk = desk();
    let none = desk.refused(400, "PUT", BEAR, json!({})).await;
    assert_eq!(none, "The toy must have exactly one owner.");
    let two = list(&[
        ("user_name", "alice@x.com", "IS_OWNER"),
        ("user_name", "admin@example.com", "IS_OWNER"),
    ]);
    desk.refused(400, "PUT", BEAR, two).await;
    desk.refused(400, "PATCH", BEAR, list(&[("user_name", "alice@x.com", "IS_OWNER")])).await;
    desk.refused(400, "PUT", BEAR, list(&[("group_name", "team", "IS_OWNER")])).await;
    assert_eq!(entries(&desk.get(BEAR).await).len(), 2);
}

#[tokio::test]
async fn what_is_unknown_is_refused() {
    let desk = desk();
    desk.refused(404, "PATCH", BEAR, list(&[("user_name", "nobody@x.com", "CAN_VIEW")])).await;
    desk.refused(400, "PATCH", BEAR, list(&[("user_name", "alice@x.com", "CAN_RUN")])).await;
    desk.refused(400, "PATCH", BEAR, list(&[("user_name", "alice@x.com", "CAN_FLY")])).await;
    let both =
        json!({"user_name": "alice@x.com", "group_name": "team", "permission_level": "CAN_VIEW"});
    desk.refused(400, "PATCH", BEAR, json!({ "access_control_list": [both] })).await;
    desk.refused(400, "PATCH", BEAR, list(&[("group_name", "admins", "CAN_VIEW")])).await;
    desk.refused(400, "GET", "/api/2.0/permissions/planets/1", Value::Null).await;
    desk.refused(404, "GET", "/api/2.0/permissions/toys/doll", Value::Null).await;
}

#[tokio::test]
async fn boxes_inherit_and_a_home_belongs_to_its_user() {
    let desk = desk();
    desk.ok("PUT", HOME, list(&[("group_name", "team", "CAN_VIEW")])).await;
    let expected = |user: &str| {
        vec![
            entry("admins", "CAN_MANAGE", "/boxes/"),
            entry("alice@x.com", "CAN_MANAGE", "/boxes/home"),
            entry("team", "CAN_VIEW", user),
        ]
    };
    assert_eq!(entries(&desk.get(HOME).await), expected(""));
    assert_eq!(entries(&desk.get(INNER).await), expected("/boxes/home"));
    let answer = desk.ok("PUT", INNER, list(&[("group_name", "team", "CAN_VIEW")])).await;
    assert_eq!(entries(&answer).iter().filter(|entry| entry.0 == "team").count(), 2);
}

#[tokio::test]
async fn only_managers_change_and_levels_are_listed() {
    let desk = desk();
    let alice = desk.as_user("alice@x.com");
    alice.refused(403, "PATCH", BEAR, list(&[("group_name", "team", "CAN_VIEW")])).await;
    alice.ok("PATCH", INNER, list(&[("group_name", "team", "CAN_VIEW")])).await;
    let levels = desk.get(&format!("{INNER}/permissionLevels")).await;
    let levels: Vec<_> = levels["permission_levels"].as_array().unwrap().iter().collect();
    assert_eq!(
        levels.iter().map(|level| &level["permission_level"]).collect::<Vec<_>>(),
        ["CAN_VIEW", "CAN_MANAGE"]
    );
}

#[tokio::test]
async fn grants_to_who_is_gone_are_gone() {
    let desk = desk();
    desk.ok("PATCH", BEAR, list(&[("user_name", "alice@x.com", "CAN_VIEW")])).await;
    desk.workspace.with_state(|state| {
        let alice = scim::find(state, scim::Sort::User, "alice@x.com").unwrap().to_owned();
        state.scim.remove(&alice);
    });
    assert_eq!(entries(&desk.get(BEAR).await).len(), 2);
}
