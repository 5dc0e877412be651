//! What data science leaves: experiments with their runs, and the models that came of some.

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::{Site, group};
use super::datasets::MODELS;
use crate::sim::ids::Ids;

/// The evening of 3 March 2025, in milliseconds: some runs end on the next day.
const BEGIN: i64 = 1_741_035_600_000;
const HOUR: i64 = 3_600_000;

/// What the identifiers of runs follow from. They are their names wherever they go, and so the same in every
/// Acme.
const RUN_IDS: u64 = 0xac3e;

/// One run and where its files are.
struct Run {
    id: String,
    files: String,
}

/// Plants an experiment for each of some models, and registers what came of two.
pub(super) async fn plant(site: &Site) -> Result<(), SeedError> {
    let (mut best, mut ids) = (Vec::new(), Ids::seeded(RUN_IDS));
    for (model, _) in MODELS.iter().take(3) {
        best.push(experiment(site, &mut ids, model).await?);
    }
    abandoned(site).await?;
    churn(site, &best[0]).await?;
    let body = json!({"name": "demand", "tags": [{"key": "team", "value": "data-science"}]});
    call(site, "registered-models/create", body).await?;
    version(site, "demand", &best[1]).await.map(drop)
}

async fn call(site: &Site, call: &str, body: Value) -> Result<Value, SeedError> {
    site.post(&format!("/api/2.0/mlflow/{call}"), body).await
}

fn text(answer: &Value, at: &str, call: &'static str) -> Result<String, SeedError> {
    let found = answer.pointer(at).and_then(Value::as_str).map(str::to_owned);
    found.ok_or(SeedError::Answer { call, field: "id" })
}

/// An experiment with a search for parameters, its trials; gives the best of its trials.
async fn experiment(site: &Site, ids: &mut Ids, model: &str) -> Result<Run, SeedError> {
    const CALL: &str = "experiments/create";
    let name = format!("/Shared/ml/{model}/runs");
    let body = json!({"name": name, "tags": [{"key": "team", "value": "data-science"}]});
    let id = text(&call(site, CALL, body).await?, "/experiment_id", CALL)?;
    let grants = [group("data-science", "CAN_EDIT"), group("analytics", "CAN_READ")];
    site.grant("experiments", &id, &grants).await?;
    let search = run(site, ids, &id, "search", 0, None).await?;
    for trial in 0..4 {
        let done = run(site, ids, &id, &format!("trial {trial}"), trial, Some(&search.id)).await?;
        if trial == 3 {
            let log = format!("artifact_path: model\nflavors: {{lightgbm: {{model: {model}}}}}\n");
            site.artifact(&done.id, "model/MLmodel", log.as_bytes()).await?;
            return Ok(done);
        }
    }
    Ok(search)
}

/// A run with two parameters, and a metric of several steps.
async fn run(
    site: &Site,
    ids: &mut Ids,
    experiment: &str,
    name: &str,
    number: i64,
    parent: Option<&str>,
) -> Result<Run, SeedError> {
    const CALL: &str = "runs/create";
    let start = BEGIN + number * HOUR;
    let parents = parent.map(|run| json!({"key": "mlflow.parentRunId", "value": run}));
    let body = json!({
        "experiment_id": experiment, "run_name": name, "start_time": start,
        "tags": parents.into_iter().collect::<Vec<_>>(),
    });
    site.swap_ids(ids);
    let made = call(site, CALL, body).await;
    site.swap_ids(ids);
    let made = made?;
    let id = text(&made, "/run/info/run_id", CALL)?;
    let uri = text(&made, "/run/info/artifact_uri", CALL)?;
    let metrics: Vec<Value> = (0..8)
        .map(|step| {
            let value = 1.0 / (2.0 + step as f64 + number as f64);
            json!({"key": "loss", "value": value, "timestamp": start + step * 60_000, "step": step})
        })
        .collect();
    let depth = (3 + number).to_string();
    let params = [("depth", depth.as_str()), ("objective", "binary")];
    let params = params.map(|(key, value)| json!({"key": key, "value": value}));
    call(site, "runs/log-batch", json!({"run_id": id, "metrics": metrics, "params": params}))
        .await?;
    let body = json!({"run_id": id, "status": "FINISHED", "end_time": start + HOUR});
    call(site, "runs/update", body).await?;
    Ok(Run { id, files: uri.trim_start_matches("dbfs:").to_owned() })
}

/// An experiment that somebody deleted, and that keeps its name.
async fn abandoned(site: &Site) -> Result<(), SeedError> {
    const CALL: &str = "experiments/create";
    let made = call(site, CALL, json!({"name": "/Shared/ml/first try"})).await?;
    let id = text(&made, "/experiment_id", CALL)?;
    call(site, "experiments/delete", json!({"experiment_id": id})).await.map(drop)
}

/// A model with a gap in its versions, one of them in production, and somebody who is told of new ones.
async fn churn(site: &Site, run: &Run) -> Result<(), SeedError> {
    let body = json!({"name": "churn", "description": "Who is about to leave?"});
    call(site, "registered-models/create", body).await?;
    let mut last = String::new();
    for _ in 0..3 {
        last = version(site, "churn", run).await?;
    }
    let target = "/api/2.0/mlflow/model-versions/delete?name=churn&version=2";
    site.delete(target).await?;
    let body = json!({"name": "churn", "version": last, "stage": "Production", "archive_existing_versions": false});
    call(site, "databricks/model-versions/transition-stage", body).await?;
    let found = site.get("/api/2.0/mlflow/databricks/registered-models/get?name=churn").await?;
    let id = text(&found, "/registered_model_databricks/id", "registered-models/get")?;
    let grants =
        [group("data-science", "CAN_MANAGE_STAGING_VERSIONS"), group("analytics", "CAN_READ")];
    site.grant("registered-models", &id, &grants).await?;
    let body = json!({
        "model_name": "churn", "description": "Tells the team.", "events": ["MODEL_VERSION_TRANSITIONED_STAGE"],
        "http_url_spec": {"url": "https://chat.acme.example/hooks/models"},
    });
    site.post("/api/2.0/mlflow/registry-webhooks/create", body).await.map(drop)
}

async fn version(site: &Site, model: &str, run: &Run) -> Result<String, SeedError> {
    const CALL: &str = "model-versions/create";
    let body =
        json!({"name": model, "source": format!("dbfs:{}/model", run.files), "run_id": run.id});
    text(&call(site, CALL, body).await?, "/model_version/version", CALL)
}
