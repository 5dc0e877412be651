//! Secrets, asked over the calls which clients make.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sim::testing::Desk;

const CREATE: &str = "/api/2.0/secrets/scopes/create";
const SCOPES: &str = "/api/2.0/secrets/scopes/list";
const PUT: &str = "/api/2.0/secrets/put";
const PUT_ACL: &str = "/api/2.0/secrets/acls/put";
const DELETE_ACL: &str = "/api/2.0/secrets/acls/delete";

async fn with_scope() -> Desk {
    let desk = Desk::new();
    desk.ok("POST", CREATE, json!({"scope": "prod"})).await;
    desk
}

async fn value(desk: &Desk, key: &str) -> Vec<u8> {
    let answer = desk.get(&format!("/api/2.0/secrets/get?scope=prod&key={key}")).await;
    STANDARD.decode(answer["value"].as_str().unwrap()).unwrap()
}

async fn user(desk: &Desk, name: &str) {
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
    desk.ok("POST", "/api/2.0/preview/scim/v2/Users", body).await;
}

#[tokio::test]
async fn values_come_back_as_the_bytes_that_were_put() {
    let desk = with_scope().await;
    for (key, sent, bytes) in [
        ("text", json!({"string_value": "pässwörd\n"}), "pässwörd\n".as_bytes().to_vec()),
        ("bytes", json!({"bytes_value": "AP8B"}), vec![0, 255, 1]),
        ("empty", json!({"string_value": ""}), Vec::new()),
        ("large", json!({"string_value": "x".repeat(128 * 1024)}), vec![b'x'; 128 * 1024]),
    ] {
        let mut body = json!({"scope": "prod", "key": key});
        body.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
        desk.ok("POST", PUT, body).await;
        assert!(value(&desk, key).await == bytes, "{key}");
    }
    let listed = desk.get("/api/2.0/secrets/list?scope=prod").await;
    assert_eq!(listed["secrets"].as_array().unwrap().len(), 4);
    assert!(listed["secrets"][0]["last_updated_timestamp"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn what_is_no_value_is_refused() {
    let desk = with_scope().await;
    let put = |more: Value| {
        let mut body = json!({"scope": "prod", "key": "k"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let large = json!({"string_value": "x".repeat(128 * 1024 + 1)});
    for body in [
        put(json!({})),
        put(json!({"string_value": "a", "bytes_value": "YQ=="})),
        put(json!({"bytes_value": "not base64"})),
        put(large),
        put(json!({"key": "a/b", "string_value": "x"})),
    ] {
        desk.refused(400, "POST", PUT, body).await;
    }
    desk.refused(404, "POST", PUT, json!({"scope": "no", "key": "k", "string_value": "x"})).await;
    desk.refused(404, "GET", "/api/2.0/secrets/get?scope=prod&key=no", Value::Null).await;
    desk.refused(404, "POST", "/api/2.0/secrets/delete", json!({"scope": "prod", "key": "no"}))
        .await;
}

#[tokio::test]
async fn names_of_scopes_ignore_case_and_have_few_letters() {
    let desk = with_scope().await;
    desk.refused(400, "POST", CREATE, json!({"scope": "Prod"})).await;
    desk.refused(400, "POST", CREATE, json!({"scope": "a/b"})).await;
    desk.refused(400, "POST", CREATE, json!({"scope": "x".repeat(129)})).await;
    assert_eq!(
        desk.get(SCOPES).await,
        json!({"scopes": [{"name": "prod", "backend_type": "DATABRICKS"}]})
    );
    desk.ok("POST", "/api/2.0/secrets/scopes/delete", json!({"scope": "prod"})).await;
    desk.refused(404, "POST", "/api/2.0/secrets/scopes/delete", json!({"scope": "prod"})).await;
    assert_eq!(desk.get(SCOPES).await, json!({}));
}

#[tokio::test]
async fn the_creator_manages_a_scope_and_admins_manage_all() {
    let desk = Desk::new();
    user(&desk, "ana@x.com").await;
    let ana = desk.as_user("ana@x.com");
    ana.ok("POST", CREATE, json!({"scope": "hers"})).await;
    let list = "/api/2.0/secrets/acls/list?scope=hers";
    let entry = json!({"items": [{"principal": "ana@x.com", "permission": "MANAGE"}]});
    assert_eq!(desk.get(list).await, entry);
    ana.ok("POST", DELETE_ACL, json!({"scope": "hers", "principal": "ana@x.com"})).await;
    ana.refused(403, "GET", list, Value::Null).await;
    assert_eq!(desk.get(list).await, json!({}));
    desk.refused(404, "POST", DELETE_ACL, json!({"scope": "hers", "principal": "ana@x.com"})).await;
}

#[tokio::test]
async fn a_level_includes_those_below_it() {
    let desk = with_scope().await;
    user(&desk, "ana@x.com").await;
    let ana = desk.as_user("ana@x.com");
    desk.ok("POST", PUT, json!({"scope": "prod", "key": "k", "string_value": "v"})).await;
    let may = async |level: &str, status: [u16; 3]| {
        let entry = json!({"scope": "prod", "principal": "ANA@x.com", "permission": level});
        desk.ok("POST", PUT_ACL, entry).await;
        let put = json!({"scope": "prod", "key": "k", "string_value": "v"});
        let found = [
            ana.send("GET", "/api/2.0/secrets/get?scope=prod&key=k", Value::Null).await.0,
            ana.send("POST", PUT, put).await.0,
            ana.send("GET", "/api/2.0/secrets/acls/list?scope=prod", Value::Null).await.0,
        ];
        assert_eq!(found, status, "{level}");
    };
    ana.refused(403, "GET", "/api/2.0/secrets/list?scope=prod", Value::Null).await;
    may("READ", [200, 403, 403]).await;
    may("WRITE", [200, 200, 403]).await;
    may("MANAGE", [200, 200, 200]).await;
    let nobody = json!({"scope": "prod", "principal": "nobody", "permission": "READ"});
    desk.refused(400, "POST", PUT_ACL, nobody).await;
}

#[tokio::test]
async fn a_key_vault_is_listed_and_not_written() {
    let desk = Desk::new();
    let vault =
        json!({"resource_id": "/subscriptions/1", "dns_name": "https://v.vault.azure.net/"});
    let body = json!({"scope": "kv", "scope_backend_type": "AZURE_KEYVAULT", "backend_azure_keyvault": vault});
    let message = desk.refused(400, "POST", CREATE, body).await;
    assert!(message.contains("userAADToken"), "{message}");
    desk.workspace.seed_key_vault("kv", "/subscriptions/1", "https://v.vault.azure.net/", &["key"]);
    let scope = &desk.get(SCOPES).await["scopes"][0];
    assert_eq!(
        (&scope["backend_type"], &scope["keyvault_metadata"]),
        (&json!("AZURE_KEYVAULT"), &vault)
    );
    assert_eq!(desk.get("/api/2.0/secrets/list?scope=kv").await["secrets"][0]["key"], json!("key"));
    desk.refused(400, "POST", PUT, json!({"scope": "kv", "key": "k", "string_value": "v"})).await;
    desk.refused(400, "POST", "/api/2.0/secrets/delete", json!({"scope": "kv", "key": "key"}))
        .await;
}

#[tokio::test]
async fn values_may_be_refused_to_whoever_is_outside_of_a_cluster() {
    let desk = with_scope().await;
    desk.ok("POST", PUT, json!({"scope": "prod", "key": "k", "string_value": "v"})).await;
    desk.workspace.refuse_secret_reads();
    let path = "/api/2.0/secrets/get?scope=prod&key=k";
    let (status, answer) = desk.send("GET", path, Value::Null).await;
    assert_eq!((status, &answer["error_code"]), (400, &json!("BAD_REQUEST")));
}
