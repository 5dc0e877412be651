//! Runs: what is logged once, what is appended, and how they are found again.

use serde_json::{Value, json};

use super::experiments::made;
use crate::sim::options::Options;
use crate::sim::testing::Desk;

const API: &str = "/api/2.0/mlflow/runs";

/// Makes a run, and gives its identifier.
pub(super) async fn run(desk: &Desk, body: Value) -> String {
    let answer = desk.ok("POST", &format!("{API}/create"), body).await;
    answer["run"]["info"]["run_id"].as_str().unwrap().to_owned()
}

async fn post(desk: &Desk, call: &str, body: Value) -> Value {
    desk.ok("POST", &format!("{API}/{call}"), body).await
}

async fn refused(desk: &Desk, call: &str, body: Value) -> String {
    desk.refused(400, "POST", &format!("{API}/{call}"), body).await
}

async fn got(desk: &Desk, id: &str) -> Value {
    desk.get(&format!("{API}/get?run_id={id}")).await["run"].clone()
}

#[tokio::test]
async fn a_run_lives_from_create_to_restore() {
    let desk = Desk::new();
    let experiment = made(&desk, "/Shared/churn").await;
    let body = json!({"experiment_id": experiment, "start_time": 5, "run_name": "one",
        "tags": [{"key": "a", "value": "b"}]});
    let id = run(&desk, body).await;
    let info = got(&desk, &id).await["info"].clone();
    assert_eq!((&info["status"], &info["start_time"]), (&json!("RUNNING"), &json!(5)));
    assert!(info.get("end_time").is_none() && info["run_name"] == "one");
    let location = format!("dbfs:/databricks/mlflow-tracking/{experiment}/{id}/artifacts");
    assert_eq!(info["artifact_uri"], location);
    let end = json!({"run_id": id, "status": "FINISHED", "end_time": 9, "run_name": "two"});
    let info = post(&desk, "update", end).await["run_info"].clone();
    assert_eq!((&info["status"], &info["end_time"]), (&json!("FINISHED"), &json!(9)));
    let name = json!({"key": "mlflow.runName", "value": "two"});
    assert!(got(&desk, &id).await["data"]["tags"].as_array().unwrap().contains(&name));
    refused(&desk, "update", json!({"run_id": id, "status": "DONE"})).await;
    let one = json!({ "run_id": id });
    post(&desk, "delete", one.clone()).await;
    post(&desk, "delete", one.clone()).await;
    refused(&desk, "set-tag", json!({"run_id": id, "key": "a", "value": "c"})).await;
    let search = json!({ "experiment_ids": [experiment] });
    assert_eq!(post(&desk, "search", search.clone()).await, json!({}));
    post(&desk, "restore", one).await;
    assert_eq!(post(&desk, "search", search).await["runs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_a_run_is_refused() {
    let desk = Desk::new();
    let experiment = made(&desk, "/Shared/churn").await;
    let create = format!("{API}/create");
    desk.refused(404, "POST", &create, json!({"experiment_id": "17"})).await;
    let two = json!({"experiment_id": experiment, "run_name": "one",
        "tags": [{"key": "mlflow.runName", "value": "two"}]});
    desk.refused(400, "POST", &create, two).await;
    desk.ok("POST", "/api/2.0/mlflow/experiments/delete", json!({ "experiment_id": experiment }))
        .await;
    desk.refused(400, "POST", &create, json!({ "experiment_id": experiment })).await;
    desk.refused(404, "GET", &format!("{API}/get?run_id=none"), Value::Null).await;
}

#[tokio::test]
async fn a_parameter_is_written_once_and_a_metric_appended() {
    let desk = Desk::new();
    let experiment = made(&desk, "/Shared/churn").await;
    let id = run(&desk, json!({ "experiment_id": experiment })).await;
    let param = |value: &str| json!({"run_id": id, "key": "depth", "value": value});
    post(&desk, "log-parameter", param("3")).await;
    post(&desk, "log-parameter", param("3")).await;
    refused(&desk, "log-parameter", param("5")).await;
    let batch = json!({"run_id": id, "params": [{"key": "new", "value": "1"}, {"key": "depth", "value": "5"}]});
    refused(&desk, "log-batch", batch).await;
    let twice = json!([{"key": "new", "value": "1"}, {"key": "new", "value": "2"}]);
    refused(&desk, "log-batch", json!({"run_id": id, "params": twice})).await;
    let params = got(&desk, &id).await["data"]["params"].clone();
    assert_eq!(params, json!([{"key": "depth", "value": "3"}]), "all of a batch or nothing");
    let loss = |value: Value, step: i64| json!({"key": "loss", "value": value, "timestamp": 7, "step": step});
    let values = json!([loss(json!(0.5), 2), loss(json!(0.5), 2), loss(json!("NaN"), 1)]);
    post(&desk, "log-batch", json!({"run_id": id, "metrics": values})).await;
    let mut last = loss(json!("-Infinity"), 3);
    last["run_id"] = json!(id);
    post(&desk, "log-metric", last).await;
    let history = format!("/api/2.0/mlflow/metrics/get-history?run_id={id}&metric_key=loss");
    let mut found: Vec<String> = desk.get(&history).await["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| format!("{} {}", point["step"], point["value"]))
        .collect();
    found.sort();
    assert_eq!(found, ["1 \"NaN\"", "2 0.5", "2 0.5", "3 \"-Infinity\""]);
    let metrics = got(&desk, &id).await["data"]["metrics"].clone();
    assert_eq!(metrics, json!([loss(json!("-Infinity"), 3)]));
    let none = format!("/api/2.0/mlflow/metrics/get-history?run_id={id}&metric_key=none");
    assert_eq!(desk.get(&none).await, json!({}));
    desk.refused(400, "GET", &format!("{history}&max_results=25001"), Value::Null).await;
}

#[tokio::test]
async fn a_batch_keeps_to_its_limits() {
    let desk = Desk::new();
    let experiment = made(&desk, "/Shared/churn").await;
    let id = run(&desk, json!({ "experiment_id": experiment })).await;
    let pairs = |count: usize| -> Vec<Value> {
        (0..count).map(|at| json!({"key": format!("k{at}"), "value": "v"})).collect()
    };
    let metrics = |count: usize| -> Vec<Value> {
        (0..count).map(|at| json!({"key": "m", "value": 1.0, "timestamp": 1, "step": at})).collect()
    };
    let batch = |metrics: Vec<Value>, params: Vec<Value>, tags: Vec<Value>| json!({"run_id": id, "metrics": metrics, "params": params, "tags": tags});
    post(&desk, "log-batch", batch(metrics(900), pairs(50), pairs(50))).await;
    refused(&desk, "log-batch", batch(metrics(900), pairs(50), pairs(51))).await;
    refused(&desk, "log-batch", batch(metrics(1_001), vec![], vec![])).await;
    refused(&desk, "log-batch", batch(vec![], pairs(101), vec![])).await;
    refused(&desk, "log-batch", batch(vec![], vec![], pairs(101))).await;
    let long = |length: usize| vec![json!({"key": "long", "value": "x".repeat(length)})];
    refused(&desk, "log-batch", batch(vec![], long(6_001), vec![])).await;
    refused(&desk, "log-batch", batch(vec![], vec![], long(8_001))).await;
    let large: Vec<Value> = (0..100)
        .map(|at| json!({"key": format!("{at:0250}"), "value": "x".repeat(5_999)}))
        .chain([json!({"key": "last", "value": "x"})])
        .collect();
    let tags = large[..100].iter().cloned().map(|mut tag| {
        tag["value"] = json!("y".repeat(7_999));
        tag
    });
    let heavy = batch(vec![], large[..50].to_vec(), tags.collect());
    assert!(heavy.to_string().len() > 1_000_000);
    refused(&desk, "log-batch", heavy).await;
    refused(&desk, "log-batch", json!({"run_id": id, "metrics": [{"key": "m", "value": 1.0}]}))
        .await;
    let named = |key: &str| json!({"run_id": id, "tags": [{"key": key, "value": "v"}]});
    refused(&desk, "log-batch", named("../up")).await;
}

#[tokio::test]
async fn tags_are_deleted_and_datasets_noted_once() {
    let desk = Desk::new();
    let experiment = made(&desk, "/Shared/churn").await;
    let id = run(&desk, json!({ "experiment_id": experiment })).await;
    post(&desk, "set-tag", json!({"run_id": id, "key": "a", "value": "1"})).await;
    post(&desk, "set-tag", json!({"run_uuid": id, "key": "a", "value": "2"})).await;
    let tag = json!({"run_id": id, "key": "a"});
    post(&desk, "delete-tag", tag.clone()).await;
    desk.refused(404, "POST", &format!("{API}/delete-tag"), tag).await;
    let dataset = |source: &str| {
        json!({"dataset": {"name": "d", "digest": "9", "source_type": "s", "source": source},
            "tags": [{"key": "mlflow.data.context", "value": "training"}]})
    };
    for source in ["one", "two"] {
        let body = json!({"run_id": id, "datasets": [dataset(source)]});
        post(&desk, "log-inputs", body).await;
    }
    let inputs = got(&desk, &id).await["inputs"]["dataset_inputs"].clone();
    assert_eq!(inputs, json!([dataset("one")]));
    let model = json!({"run_id": id, "models": [{"model_id": "m-1"}]});
    desk.refused(404, "POST", &format!("{API}/log-inputs"), model).await;
}

#[tokio::test]
async fn runs_are_searched_page_by_page() {
    let desk = Desk::with(Options { page_size: 3, ..Options::default() });
    let experiment = made(&desk, "/Shared/churn").await;
    for start in 0..8 {
        let tags = json!([{"key": "source.id", "value": start.to_string()}]);
        run(&desk, json!({"experiment_id": experiment, "start_time": start, "tags": tags})).await;
    }
    let starts = async |mut body: Value| {
        let mut starts = Vec::new();
        loop {
            let answer = post(&desk, "search", body.clone()).await;
            let runs = answer["runs"].as_array().cloned().unwrap_or_default();
            starts.extend(runs.iter().map(|run| run["info"]["start_time"].as_i64().unwrap()));
            match answer.get("next_page_token") {
                Some(token) => body["page_token"] = token.clone(),
                None => return starts,
            }
        }
    };
    let all = json!({ "experiment_ids": [experiment, "none"] });
    assert_eq!(starts(all).await, [7, 6, 5, 4, 3, 2, 1, 0]);
    let upwards = json!({"experiment_ids": [experiment], "order_by": ["attributes.start_time ASC"],
        "filter": "attributes.start_time >= 3 and start_time < 6"});
    assert_eq!(starts(upwards).await, [3, 4, 5]);
    let tagged = json!({"experiment_ids": [experiment], "filter": "tags.`source.id` = '4'"});
    assert_eq!(starts(tagged).await, [4]);
    let most = json!({"experiment_ids": [experiment], "max_results": 50_001});
    refused(&desk, "search", most).await;
    assert_eq!(post(&desk, "search", json!({})).await, json!({}));
}
