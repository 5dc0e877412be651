//! The model registry: numbers that are given once, stages, webhooks that keep their secrets.

use serde_json::{Value, json};

use super::experiments::made;
use super::runs::run;
use crate::sim::options::Options;
use crate::sim::testing::Desk;

const MODELS: &str = "/api/2.0/mlflow/registered-models";
const VERSIONS: &str = "/api/2.0/mlflow/model-versions";
const WEBHOOKS: &str = "/api/2.0/mlflow/registry-webhooks";
const TRANSITION: &str = "/api/2.0/mlflow/databricks/model-versions/transition-stage";

async fn model(desk: &Desk, name: &str) {
    desk.ok("POST", &format!("{MODELS}/create"), json!({ "name": name })).await;
}

/// Makes a version, and gives its number.
async fn version(desk: &Desk, body: Value) -> String {
    let answer = desk.ok("POST", &format!("{VERSIONS}/create"), body).await;
    answer["model_version"]["version"].as_str().unwrap().to_owned()
}

async fn numbers(desk: &Desk, filter: &str) -> Vec<String> {
    let target = format!("{VERSIONS}/search?filter={filter}&order_by=version_number%20ASC");
    let answer = desk.get(&target).await;
    let found = answer["model_versions"].as_array().cloned().unwrap_or_default();
    found.iter().map(|version| version["version"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_model_is_known_by_its_name_and_granted_by_its_identifier() {
    let desk = Desk::new();
    let create = format!("{MODELS}/create");
    let body =
        json!({"name": "churn", "description": "who goes", "tags": [{"key": "a", "value": "b"}]});
    desk.ok("POST", &create, body).await;
    desk.refused(400, "POST", &create, json!({"name": "churn"})).await;
    desk.refused(400, "POST", &create, json!({"name": "a/b"})).await;
    let get = "/api/2.0/mlflow/databricks/registered-models/get?name=";
    let found = desk.get(&format!("{get}churn")).await["registered_model_databricks"].clone();
    assert_eq!(
        (&found["description"], &found["tags"]),
        (&json!("who goes"), &json!([{"key": "a", "value": "b"}]))
    );
    let rights = |id: &str| format!("/api/2.0/permissions/registered-models/{id}");
    let answer = desk.get(&rights(found["id"].as_str().unwrap())).await;
    assert_eq!(answer["object_type"], "registered-model");
    desk.refused(404, "GET", &rights("churn"), Value::Null).await;
    let update = json!({"name": "churn", "description": ""});
    let answer = desk.ok("PATCH", &format!("{MODELS}/update"), update).await;
    assert!(answer["registered_model"].get("description").is_none());
    let tag = |key: &str| json!({"name": "churn", "key": key, "value": "v"});
    desk.ok("POST", &format!("{MODELS}/set-tag"), tag("x")).await;
    for _ in 0..2 {
        desk.ok("DELETE", &format!("{MODELS}/delete-tag?name=churn&key=x"), Value::Null).await;
    }
    let rename = json!({"name": "churn", "new_name": "leavers"});
    desk.ok("POST", &format!("{MODELS}/rename"), rename).await;
    desk.refused(404, "GET", &format!("{get}churn"), Value::Null).await;
    let listed = desk.get(&format!("{MODELS}/search?filter=name%20ILIKE%20'LEAV%25'")).await;
    assert_eq!(listed["registered_models"][0]["name"], "leavers");
    assert_eq!(
        desk.get(&format!("{MODELS}/list")).await["registered_models"],
        listed["registered_models"]
    );
    desk.ok("DELETE", &format!("{MODELS}/delete?name=leavers"), Value::Null).await;
    desk.refused(404, "DELETE", &format!("{MODELS}/delete?name=leavers"), Value::Null).await;
    assert_eq!(desk.get(&format!("{MODELS}/list")).await, json!({}));
}

#[tokio::test]
async fn a_number_is_given_once() {
    let desk = Desk::new();
    model(&desk, "churn").await;
    let body = json!({"name": "churn", "source": "dbfs:/models/churn"});
    for number in ["1", "2", "3"] {
        assert_eq!(version(&desk, body.clone()).await, number);
    }
    for number in [2, 3] {
        let one = format!("{VERSIONS}/delete?name=churn&version={number}");
        desk.ok("DELETE", &one, Value::Null).await;
        desk.refused(404, "DELETE", &one, Value::Null).await;
    }
    assert_eq!(version(&desk, body).await, "4");
    assert_eq!(numbers(&desk, "name='churn'").await, ["1", "4"]);
    assert!(numbers(&desk, "name='other'").await.is_empty());
    desk.refused(400, "GET", &format!("{VERSIONS}/get?name=churn&version=x"), Value::Null).await;
}

#[tokio::test]
async fn a_source_within_a_run_names_the_run() {
    let desk = Desk::new();
    model(&desk, "churn").await;
    let experiment = made(&desk, "/Shared/churn").await;
    let id = run(&desk, json!({ "experiment_id": experiment })).await;
    let create = format!("{VERSIONS}/create");
    let source = format!("runs:/{id}/model");
    desk.refused(400, "POST", &create, json!({"name": "churn", "source": source})).await;
    desk.refused(400, "POST", &create, json!({"name": "churn", "source": "/tmp/model"})).await;
    let lost = json!({"name": "churn", "source": "dbfs:/models/churn", "run_id": "none"});
    desk.refused(404, "POST", &create, lost).await;
    desk.refused(404, "POST", &create, json!({"name": "none", "source": "dbfs:/x"})).await;
    version(&desk, json!({"name": "churn", "source": source, "run_id": id})).await;
    assert_eq!(numbers(&desk, &format!("run_id='{id}'")).await, ["1"]);
    let uri = desk.get(&format!("{VERSIONS}/get-download-uri?name=churn&version=1")).await;
    assert_eq!(uri["artifact_uri"], source);
}

#[tokio::test]
async fn versions_move_through_stages_and_are_not_deleted_while_in_use() {
    let desk = Desk::new();
    model(&desk, "churn").await;
    for _ in 0..2 {
        version(&desk, json!({"name": "churn", "source": "dbfs:/models/churn"})).await;
    }
    let to = |number: &str, stage: &str, archive: bool| json!({"name": "churn", "version": number, "stage": stage, "archive_existing_versions": archive});
    desk.refused(400, "POST", TRANSITION, to("1", "Live", false)).await;
    let answer = desk.ok("POST", TRANSITION, to("1", "Production", false)).await;
    assert_eq!(answer["model_version_databricks"]["current_stage"], "Production");
    desk.refused(400, "DELETE", &format!("{VERSIONS}/delete?name=churn&version=1"), Value::Null)
        .await;
    desk.refused(400, "DELETE", &format!("{MODELS}/delete?name=churn"), Value::Null).await;
    desk.ok("POST", TRANSITION, to("2", "Production", true)).await;
    let one = desk.get(&format!("{VERSIONS}/get?name=churn&version=1")).await;
    assert_eq!(one["model_version"]["current_stage"], "Archived");
    let latest = desk
        .ok(
            "POST",
            &format!("{MODELS}/get-latest-versions"),
            json!({"name": "churn", "stages": ["Production"]}),
        )
        .await;
    assert_eq!(latest["model_versions"][0]["version"], "2");
    let described = json!({"name": "churn", "version": "2", "description": "good"});
    desk.ok("PATCH", &format!("{VERSIONS}/update"), described).await;
    let tag = json!({"name": "churn", "version": "2", "key": "k", "value": "v"});
    desk.ok("POST", &format!("{VERSIONS}/set-tag"), tag).await;
    let two =
        desk.get(&format!("{VERSIONS}/get?name=churn&version=2")).await["model_version"].clone();
    assert_eq!(
        (&two["description"], &two["tags"]),
        (&json!("good"), &json!([{"key": "k", "value": "v"}]))
    );
    desk.ok("DELETE", &format!("{VERSIONS}/delete-tag?name=churn&version=2&key=k"), Value::Null)
        .await;
    // A number which is a name of no column, and an alias, are things of other registries.
    desk.refused(
        404,
        "POST",
        &format!("{MODELS}/alias"),
        json!({"name": "churn", "alias": "a", "version": "1"}),
    )
    .await;
}

#[tokio::test]
async fn a_webhook_never_shows_its_secrets() {
    let desk = Desk::new();
    model(&desk, "churn").await;
    let job = desk.ok("POST", "/api/2.2/jobs/create", json!({"name": "retrain"})).await;
    let create = format!("{WEBHOOKS}/create");
    let job = json!({"job_id": job["job_id"].to_string(), "access_token": "hush"});
    let events = json!(["MODEL_VERSION_CREATED"]);
    desk.ok("POST", &create, json!({"model_name": "churn", "events": events, "job_spec": job}))
        .await;
    let http =
        json!({"url": "https://hooks.example.com/x", "authorization": "hush", "secret": "hush"});
    let any = json!({"events": ["REGISTERED_MODEL_CREATED"], "http_url_spec": http, "status": "TEST_MODE"});
    let made = desk.ok("POST", &create, any).await["webhook"].clone();
    let listed = desk.get(&format!("{WEBHOOKS}/list")).await;
    assert_eq!(listed["webhooks"].as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains("hush"));
    let shown = json!({"url": "https://hooks.example.com/x", "enable_ssl_verification": true});
    assert_eq!((&made["http_url_spec"], &made["status"]), (&shown, &json!("TEST_MODE")));
    let of_model = desk.get(&format!("{WEBHOOKS}/list?model_name=churn")).await;
    assert_eq!(of_model["webhooks"][0]["job_spec"], json!({"job_id": job["job_id"]}));
    let update = json!({"id": made["id"], "status": "DISABLED"});
    let answer = desk.ok("PATCH", &format!("{WEBHOOKS}/update"), update).await;
    assert_eq!(answer["webhook"]["status"], "DISABLED");
    let one = format!("{WEBHOOKS}/delete?id={}", made["id"].as_str().unwrap());
    desk.ok("DELETE", &one, Value::Null).await;
    desk.refused(404, "DELETE", &one, Value::Null).await;
    for wrong in [
        json!({"events": ["MODEL_VERSION_CREATED"]}),
        json!({"events": [], "http_url_spec": {"url": "https://x"}}),
        json!({"events": ["MODEL_VERSION_CREATED"], "http_url_spec": {"url": "http://x"}}),
        json!({"events": ["MODEL_VERSION_CREATED"], "job_spec": {"job_id": "1", "access_token": "t"}}),
        json!({"events": ["MODEL_VERSION_CREATED"], "job_spec": job, "http_url_spec": {"url": "https://x"}}),
        json!({"events": ["REGISTERED_MODEL_CREATED"], "model_name": "churn", "job_spec": job}),
    ] {
        desk.refused(400, "POST", &create, wrong).await;
    }
}

#[tokio::test]
async fn a_workspace_may_have_no_registry() {
    let desk = Desk::with(Options { workspace_registry: false, ..Options::default() });
    for target in
        [format!("{MODELS}/search"), format!("{VERSIONS}/search"), format!("{WEBHOOKS}/list")]
    {
        let (status, answer) = desk.send("GET", &target, Value::Null).await;
        assert_eq!((status, &answer["error_code"]), (404, &json!("FEATURE_DISABLED")));
    }
}
