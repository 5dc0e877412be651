//! Experiments: where they can be, what becomes of deleted ones, whose they are.

use serde_json::{Value, json};

use crate::sim::options::Options;
use crate::sim::testing::Desk;

const API: &str = "/api/2.0/mlflow/experiments";

/// Makes an experiment, and gives its identifier.
pub(super) async fn made(desk: &Desk, name: &str) -> String {
    let answer = desk.ok("POST", &format!("{API}/create"), json!({ "name": name })).await;
    answer["experiment_id"].as_str().unwrap().to_owned()
}

async fn folder(desk: &Desk, path: &str) {
    desk.ok("POST", "/api/2.0/workspace/mkdirs", json!({ "path": path })).await;
}

async fn got(desk: &Desk, id: &str) -> Value {
    desk.get(&format!("{API}/get?experiment_id={id}")).await["experiment"].clone()
}

#[tokio::test]
async fn an_experiment_lies_in_a_folder_that_is_there() {
    let desk = Desk::new();
    let create = format!("{API}/create");
    desk.refused(400, "POST", &create, json!({"name": "churn"})).await;
    desk.refused(404, "POST", &create, json!({"name": "/Shared/ml/churn"})).await;
    folder(&desk, "/Shared/ml").await;
    let id = made(&desk, "/Workspace/Shared/ml/churn").await;
    let found = got(&desk, &id).await;
    assert_eq!(found["name"], "/Shared/ml/churn");
    assert_eq!(found["artifact_location"], format!("dbfs:/databricks/mlflow-tracking/{id}"));
    let tags = found["tags"].as_array().unwrap();
    assert!(tags.contains(&json!({"key": "mlflow.experimentType", "value": "MLFLOW_EXPERIMENT"})));
    desk.refused(400, "POST", &create, json!({"name": "/Shared/ml/churn"})).await;
    desk.refused(400, "POST", &create, json!({"name": "/Shared/ml"})).await;
    let odd = json!({"name": "/Shared/ml/odd", "artifact_location": "somewhere"});
    desk.refused(400, "POST", &create, odd).await;
}

#[tokio::test]
async fn a_deleted_experiment_keeps_its_name_and_comes_back() {
    let desk = Desk::new();
    let id = made(&desk, "/Shared/churn").await;
    let one = json!({ "experiment_id": id });
    desk.ok("POST", &format!("{API}/delete"), one.clone()).await;
    desk.refused(404, "POST", &format!("{API}/delete"), one.clone()).await;
    desk.refused(400, "POST", &format!("{API}/create"), json!({"name": "/Shared/churn"})).await;
    let by_name = format!("{API}/get-by-name?experiment_name=/Shared/churn");
    assert_eq!(desk.get(&by_name).await["experiment"]["lifecycle_stage"], "deleted");
    let tag = json!({"experiment_id": id, "key": "a", "value": "b"});
    desk.refused(400, "POST", &format!("{API}/set-experiment-tag"), tag.clone()).await;
    desk.refused(404, "GET", &format!("/api/2.0/permissions/experiments/{id}"), Value::Null).await;
    desk.ok("POST", &format!("{API}/restore"), one.clone()).await;
    desk.refused(404, "POST", &format!("{API}/restore"), one).await;
    desk.ok("POST", &format!("{API}/set-experiment-tag"), tag).await;
    let tags = got(&desk, &id).await["tags"].clone();
    assert!(tags.as_array().unwrap().contains(&json!({"key": "a", "value": "b"})));
}

#[tokio::test]
async fn a_new_name_is_a_new_place() {
    let desk = Desk::new();
    let id = made(&desk, "/Shared/churn").await;
    made(&desk, "/Shared/other").await;
    let rename = |name: &str| json!({"experiment_id": id, "new_name": name});
    let update = format!("{API}/update");
    desk.refused(400, "POST", &update, rename("/Shared/other")).await;
    desk.refused(404, "POST", &update, rename("/Shared/none/churn")).await;
    desk.ok("POST", &update, rename("/Shared/churn 2")).await;
    desk.ok("POST", &update, rename("/Shared/churn 2")).await;
    let found = got(&desk, &id).await;
    assert_eq!(found["name"], "/Shared/churn 2");
    let source = json!({"key": "mlflow.experiment.sourceName", "value": "/Shared/churn 2"});
    assert!(found["tags"].as_array().unwrap().contains(&source));
}

#[tokio::test]
async fn searches_show_all_pages_and_only_what_is_asked_for() {
    let desk = Desk::with(Options { page_size: 2, ..Options::default() });
    for name in ["/Shared/a", "/Shared/b", "/Shared/c", "/Shared/d", "/Shared/e"] {
        made(&desk, name).await;
    }
    let gone = made(&desk, "/Shared/gone").await;
    desk.ok("POST", &format!("{API}/delete"), json!({ "experiment_id": gone })).await;
    let search = format!("{API}/search");
    let mut body = json!({"order_by": ["name DESC"], "filter": "name LIKE '/Shared/%'"});
    let mut names = Vec::new();
    loop {
        let answer = desk.ok("POST", &search, body.clone()).await;
        let found = answer["experiments"].as_array().unwrap();
        names.extend(found.iter().map(|one| one["name"].as_str().unwrap().to_owned()));
        match answer.get("next_page_token") {
            Some(token) => body["page_token"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(names, ["/Shared/e", "/Shared/d", "/Shared/c", "/Shared/b", "/Shared/a"]);
    let deleted = desk.ok("POST", &search, json!({"view_type": "DELETED_ONLY"})).await;
    assert_eq!(deleted["experiments"].as_array().unwrap().len(), 1);
    assert_eq!(
        desk.ok("POST", &search, json!({"filter": "name = 'none'"})).await,
        json!({}),
        "an empty list is left out"
    );
    desk.refused(400, "POST", &search, json!({"max_results": 3_001})).await;
    desk.refused(400, "POST", &search, json!({"order_by": ["colour"]})).await;
    let listed = desk.get(&format!("{API}/list?max_results=5000")).await;
    assert_eq!(listed["experiments"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_notebook_has_an_experiment_once_it_logs() {
    let desk = Desk::new();
    let body = json!({"path": "/Shared/train", "format": "SOURCE", "language": "PYTHON", "content": "MQ=="});
    desk.ok("POST", "/api/2.0/workspace/import", body).await;
    let status = desk.get("/api/2.0/workspace/get-status?path=/Shared/train").await;
    let id = status["object_id"].to_string();
    desk.refused(404, "GET", &format!("{API}/get?experiment_id={id}"), Value::Null).await;
    desk.refused(400, "POST", &format!("{API}/create"), json!({"name": "/Shared/train"})).await;
    let run = json!({ "experiment_id": id });
    desk.ok("POST", "/api/2.0/mlflow/runs/create", run.clone()).await;
    desk.ok("POST", "/api/2.0/mlflow/runs/create", run).await;
    let found = got(&desk, &id).await;
    assert_eq!(found["name"], "/Shared/train");
    let sort = json!({"key": "mlflow.experimentType", "value": "NOTEBOOK"});
    assert!(found["tags"].as_array().unwrap().contains(&sort));
    desk.refused(404, "GET", &format!("/api/2.0/permissions/experiments/{id}"), Value::Null).await;
    let rename = json!({"experiment_id": id, "new_name": "/Shared/train 2"});
    desk.refused(400, "POST", &format!("{API}/update"), rename).await;
}

#[tokio::test]
async fn rights_come_from_the_folder_and_are_granted() {
    let desk = Desk::new();
    desk.ok("POST", "/api/2.0/preview/scim/v2/Users", json!({"userName": "ann@example.com"})).await;
    folder(&desk, "/Shared/ml").await;
    let status = desk.get("/api/2.0/workspace/get-status?path=/Shared/ml").await;
    let grant = |level: &str| {
        let entry = json!({"user_name": "ann@example.com", "permission_level": level});
        json!({ "access_control_list": [entry] })
    };
    let of_folder = format!("/api/2.0/permissions/directories/{}", status["object_id"]);
    desk.ok("PUT", &of_folder, grant("CAN_RUN")).await;
    let id = made(&desk, "/Shared/ml/churn").await;
    let rights = format!("/api/2.0/permissions/experiments/{id}");
    let of_ann = |answer: &Value| {
        let list = answer["access_control_list"].as_array().unwrap().clone();
        let entry = list.into_iter().find(|entry| entry["user_name"] == "ann@example.com");
        entry.unwrap()["all_permissions"][0].clone()
    };
    let inherited = of_ann(&desk.get(&rights).await);
    assert_eq!(
        (&inherited["permission_level"], &inherited["inherited"]),
        (&json!("CAN_READ"), &json!(true))
    );
    let answer = desk.ok("PUT", &rights, grant("CAN_EDIT")).await;
    assert_eq!(answer["object_type"], "mlflowExperiment");
    desk.refused(400, "PUT", &rights, grant("CAN_RUN")).await;
}
