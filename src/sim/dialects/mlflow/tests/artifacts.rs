//! The files of runs.

use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};

use super::experiments::made;
use super::runs::run;
use crate::sim::testing::Desk;

async fn put(desk: &Desk, path: &str, bytes: &'static [u8]) -> u16 {
    let request = Request::builder()
        .method("PUT")
        .uri(format!("/api/2.0/mlflow-artifacts/artifacts/{path}"))
        .header(header::AUTHORIZATION, "Bearer dapi-simulated")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from_static(bytes))
        .unwrap();
    desk.workspace.call(request).await.status().as_u16()
}

#[tokio::test]
async fn files_that_the_server_carries_are_listed_folder_by_folder() {
    let desk = Desk::new();
    let body = json!({"name": "/Shared/churn", "artifact_location": "mlflow-artifacts:/churn"});
    let made = desk.ok("POST", "/api/2.0/mlflow/experiments/create", body).await;
    let id = run(&desk, json!({ "experiment_id": made["experiment_id"] })).await;
    let root = format!("churn/{id}/artifacts");
    let files: [(&str, &[u8]); 3] =
        [("model/MLmodel", b"{no json"), ("model/data/a%20b.bin", b"\x00\xff"), ("empty.txt", b"")];
    for (path, bytes) in files {
        assert_eq!(put(&desk, &format!("{root}/{path}"), bytes).await, 200, "{path}");
    }
    let list = format!("/api/2.0/mlflow/artifacts/list?run_id={id}");
    let answer = desk.get(&list).await;
    assert_eq!(answer["root_uri"], format!("mlflow-artifacts:/churn/{id}/artifacts"));
    let files = json!([{"path": "empty.txt", "is_dir": false}, {"path": "model", "is_dir": true}]);
    assert_eq!(answer["files"], files);
    let below = desk.get(&format!("{list}&path=model")).await;
    let files = json!([
        {"path": "model/MLmodel", "is_dir": false, "file_size": 8},
        {"path": "model/data", "is_dir": true},
    ]);
    assert_eq!(below["files"], files);
    for path in ["model/MLmodel", "none"] {
        assert!(desk.get(&format!("{list}&path={path}")).await.get("files").is_none(), "{path}");
    }
    desk.refused(400, "GET", &format!("{list}&path=../other"), Value::Null).await;
    let file = format!("/api/2.0/mlflow-artifacts/artifacts/{root}/model/MLmodel");
    assert_eq!(desk.get(&file).await, json!("{no json"));
    let folder = format!("/api/2.0/mlflow-artifacts/artifacts?path={root}/model/data");
    assert_eq!(desk.get(&folder).await["files"][0]["path"], "a b.bin");
    desk.ok("DELETE", &file, Value::Null).await;
    desk.refused(404, "DELETE", &file, Value::Null).await;
    desk.refused(404, "GET", &file, Value::Null).await;
}

#[tokio::test]
async fn a_run_without_files_has_an_empty_list() {
    let desk = Desk::new();
    let experiment = made(&desk, "/Shared/churn").await;
    let id = run(&desk, json!({ "experiment_id": experiment })).await;
    let answer = desk.get(&format!("/api/2.0/mlflow/artifacts/list?run_id={id}")).await;
    let root = format!("dbfs:/databricks/mlflow-tracking/{experiment}/{id}/artifacts");
    assert_eq!(answer, json!({ "root_uri": root }));
    desk.refused(404, "GET", "/api/2.0/mlflow/artifacts/list?run_id=none", Value::Null).await;
}
