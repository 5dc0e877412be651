//! The nightly pipelines: one job for each kind of data, each on a cluster under a policy.

use serde_json::{Value, json};

use super::super::super::SeedError;
use super::super::super::site::Site;
use super::super::datasets::DATASETS;
use super::{Ground, create, notebook, with};

/// Plants the jobs.
pub(super) async fn plant(site: &Site, ground: &Ground<'_>) -> Result<Vec<i64>, SeedError> {
    let mut ids = Vec::new();
    for (index, dataset) in DATASETS.iter().enumerate().take(6) {
        let owner = &ground.members[5 + index].user_name;
        ids.push(create(site, owner, settings(ground, index, dataset.name, owner)).await?);
    }
    Ok(ids)
}

fn settings(ground: &Ground<'_>, index: usize, dataset: &str, owner: &str) -> Value {
    let folder = format!("/Shared/etl/{dataset}");
    let path = |name: &str| format!("{folder}/{name}");
    let shared = |task: Value| with(task, json!({"job_cluster_key": "etl"}));
    let ingest = shared(notebook("ingest", &path("ingest"), &[]));
    let quality = shared(notebook("quality", &path("quality"), &["clean"]));
    let cluster = json!({
        "spark_version": "15.4.x-scala2.12",
        "instance_pool_id": ground.compute.pools[0],
        "driver_instance_pool_id": ground.compute.pools[1],
        "policy_id": ground.compute.policies[0],
        "autoscale": {"min_workers": 1, "max_workers": 4 + index},
        "custom_tags": {"Team": "data-engineering"},
        "spark_conf": {"spark.databricks.delta.optimizeWrite.enabled": "true"},
    });
    json!({
        "name": format!("nightly-{dataset}"),
        "description": format!("Brings {dataset} from files to tables."),
        "tasks": [
            with(ingest, json!({
                "notebook_task": {"notebook_path": path("ingest"), "base_parameters": {"since": "{{job.parameters.since}}"}},
                "max_retries": 2, "min_retry_interval_millis": 60000, "retry_on_timeout": true, "timeout_seconds": 7200,
            })),
            shared(notebook("clean", &path("clean"), &["ingest"])),
            with(quality, json!({"email_notifications": {"on_failure": ["data-oncall@acme.example"]}})),
            with(shared(notebook("history", &path("history"), &["quality", "clean"])), json!({"run_if": "NONE_FAILED"})),
        ],
        "job_clusters": [{"job_cluster_key": "etl", "new_cluster": cluster}],
        "parameters": [{"name": "since", "default": ""}],
        "schedule": {
            "quartz_cron_expression": format!("0 {} 2 * * ?", index * 7),
            "timezone_id": "Europe/Berlin",
            "pause_status": if index == 5 { "PAUSED" } else { "UNPAUSED" },
        },
        "email_notifications": {"on_failure": ["data-oncall@acme.example", owner], "no_alert_for_skipped_runs": true},
        "webhook_notifications": {"on_failure": [{"id": ground.reporting.pager}]},
        "notification_settings": {"no_alert_for_canceled_runs": true},
        "health": {"rules": [{"metric": "RUN_DURATION_SECONDS", "op": "GREATER_THAN", "value": 10800}]},
        "max_concurrent_runs": 1,
        "timeout_seconds": 14400,
        "tags": {"team": "data-engineering", "layer": "silver"},
        "queue": {"enabled": index.is_multiple_of(2)},
    })
}
