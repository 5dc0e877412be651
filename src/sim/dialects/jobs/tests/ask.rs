//! Short ways to ask.

use serde_json::{Value, json};

use crate::sim::testing::Desk;

pub(super) const API: &str = "/api/2.2/jobs";

pub(super) fn notebook(key: &str) -> Value {
    json!({"task_key": key, "notebook_task": {"notebook_path": "/Shared/etl"}})
}

pub(super) fn job(tasks: Value) -> Value {
    json!({"name": "etl", "tasks": tasks})
}

pub(super) fn with(mut body: Value, fields: Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

pub(super) async fn post(desk: &Desk, call: &str, body: Value) -> Value {
    desk.ok("POST", &format!("{API}/{call}"), body).await
}

pub(super) async fn refused(desk: &Desk, call: &str, body: Value) -> String {
    desk.refused(400, "POST", &format!("{API}/{call}"), body).await
}

pub(super) async fn create(desk: &Desk, body: Value) -> i64 {
    post(desk, "create", body).await["job_id"].as_i64().unwrap()
}

pub(super) async fn read(desk: &Desk, id: i64) -> Value {
    desk.get(&format!("{API}/get?job_id={id}")).await
}

pub(super) async fn listed(desk: &Desk, query: &str) -> Vec<Value> {
    let listed = desk.get(&format!("{API}/list?{query}")).await;
    listed["jobs"].as_array().cloned().unwrap_or_default()
}
