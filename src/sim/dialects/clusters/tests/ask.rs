//! Short ways to ask.

use serde_json::{Value, json};

use crate::sim::testing::Desk;

pub(super) const API: &str = "/api/2.1/clusters";

pub(super) fn small() -> Value {
    json!({
        "cluster_name": "small", "spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge",
        "num_workers": 2, "spark_conf": {"spark.speculation": "true"},
    })
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

pub(super) async fn create(desk: &Desk, body: Value) -> String {
    post(desk, "create", body).await["cluster_id"].as_str().unwrap().to_owned()
}

pub(super) async fn read(desk: &Desk, id: &str) -> Value {
    desk.get(&format!("{API}/get?cluster_id={id}")).await
}

pub(super) async fn listed(desk: &Desk, query: &str) -> Vec<Value> {
    let listed = desk.get(&format!("{API}/list?{query}")).await;
    listed["clusters"].as_array().cloned().unwrap_or_default()
}

pub(super) async fn terminated(desk: &Desk, body: Value) -> String {
    let id = create(desk, body).await;
    post(desk, "delete", json!({"cluster_id": id})).await;
    read(desk, &id).await;
    assert_eq!(read(desk, &id).await["state"], "TERMINATED");
    id
}
