//! Experiments and runs.

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::Site;
use super::super::spec::ScaleSpec;
use super::people::People;

const CREATE: &str = "/api/2.0/mlflow/runs/create";
const EXPERIMENT: &str = "/api/2.0/mlflow/experiments/create";
const LEVELS: [&str; 3] = ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"];

/// When the first run began: midnight of 1 May 2025 in UTC, in milliseconds.
const BEGINNING: usize = 1_746_057_600_000;
const DAY: usize = 86_400_000;

/// How many runs of an experiment begin on one day.
const A_DAY: usize = 50;

/// How many values one call logs; parameters and tags count too.
const VALUES: usize = 900;

/// Plants experiments, and deals out runs to one after the other.
pub(super) async fn plant(site: &Site, spec: &ScaleSpec, people: &People) -> Result<(), SeedError> {
    let mut experiments = Vec::new();
    for index in 0..spec.experiments {
        let body = json!({"name": format!("/Shared/experiment-{index:04}")});
        let answer = site.post(EXPERIMENT, body).await?;
        let missing = SeedError::Answer { call: EXPERIMENT, field: "experiment_id" };
        let id = answer["experiment_id"].as_str().ok_or(missing)?.to_owned();
        site.grant("experiments", &id, &[people.grant(index, LEVELS[index % 3])]).await?;
        experiments.push(id);
    }
    for index in 0..spec.runs {
        let turn = index / experiments.len();
        let start = BEGINNING + turn / A_DAY * DAY + turn % A_DAY * (DAY / A_DAY);
        run(site, spec, &experiments[index % experiments.len()], index, start).await?;
    }
    Ok(())
}

/// Logs one run as a training does.
async fn run(
    site: &Site,
    spec: &ScaleSpec,
    experiment: &str,
    index: usize,
    start: usize,
) -> Result<(), SeedError> {
    let body = json!({
        "experiment_id": experiment,
        "start_time": start,
        "run_name": format!("run-{index:06}"),
        "tags": [{"key": "mlflow.source.name", "value": "train.py"}],
    });
    let answer = site.post(CREATE, body).await?;
    let missing = SeedError::Answer { call: CREATE, field: "/run/info/run_id" };
    let run = answer["run"]["info"]["run_id"].as_str().ok_or(missing)?;
    let params = [("depth", index % 12), ("rounds", 100 + index % 50)]
        .map(|(key, value)| json!({"key": key, "value": value.to_string()}));
    site.post("/api/2.0/mlflow/runs/log-batch", json!({"run_id": run, "params": params})).await?;
    let values: Vec<Value> = (0..spec.metrics * spec.steps)
        .map(|n| value(index, n % spec.metrics, n / spec.metrics, start))
        .collect();
    for some in values.chunks(VALUES) {
        let body = json!({"run_id": run, "metrics": some});
        site.post("/api/2.0/mlflow/runs/log-batch", body).await?;
    }
    let end =
        json!({"run_id": run, "status": "FINISHED", "end_time": start + 1_000 * (1 + spec.steps)});
    site.post("/api/2.0/mlflow/runs/update", end).await.map(drop)
}

/// A value that falls from step to step.
fn value(run: usize, metric: usize, step: usize, start: usize) -> Value {
    let spread = u32::try_from(run * 31 + metric * 17).unwrap_or(u32::MAX);
    let fallen = 1 + u32::try_from(step).unwrap_or(u32::MAX - 1);
    json!({
        "key": format!("metric-{metric:02}"),
        "value": f64::from(spread % 1_009) / f64::from(fallen),
        "timestamp": start + 1_000 * step,
        "step": step,
    })
}
