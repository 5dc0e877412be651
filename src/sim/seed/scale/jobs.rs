//! Jobs.

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::{Site, user};
use super::super::spec::ScaleSpec;
use super::compute::Compute;
use super::people::People;

const CREATE: &str = "/api/2.2/jobs/create";

/// Plants jobs which run the notebooks on the clusters, each with one to five tasks in a row.
pub(super) async fn plant(
    site: &Site,
    spec: &ScaleSpec,
    people: &People,
    notebooks: &[String],
    compute: &Compute,
) -> Result<(), SeedError> {
    for index in 0..spec.jobs {
        let tasks: Vec<Value> =
            (0..1 + index % 5).map(|task| self::task(index, task, notebooks, compute)).collect();
        let body = json!({
            "name": format!("job-{index:05}"),
            "tasks": tasks,
            "job_clusters": [{"job_cluster_key": "main", "new_cluster": compute.spec(index)}],
            "schedule": {
                "quartz_cron_expression": format!("0 {} {} * * ?", index % 60, index % 24),
                "timezone_id": "UTC",
                "pause_status": "PAUSED",
            },
            "tags": {"team": format!("team-{}", index % 17)},
            "queue": {"enabled": true},
        });
        let answer = site.post(CREATE, body).await?;
        let id = answer
            .get("job_id")
            .ok_or(SeedError::Answer { call: CREATE, field: "job_id" })?
            .to_string();
        let grants =
            [user(people.owner(index), "IS_OWNER"), people.grant(index + 1, "CAN_MANAGE_RUN")];
        let distinct = if grants[0]["user_name"] == grants[1]["user_name"] {
            &grants[..1]
        } else {
            &grants[..]
        };
        site.grant("jobs", &id, distinct).await?;
    }
    Ok(())
}

fn task(job: usize, task: usize, notebooks: &[String], compute: &Compute) -> Value {
    let mut settings = json!({"task_key": format!("step_{task}"), "max_retries": task % 3});
    if task > 0 {
        settings["depends_on"] = json!([{"task_key": format!("step_{}", task - 1)}]);
    }
    match notebooks.get((job * 5 + task) % notebooks.len().max(1)) {
        Some(path) => settings["notebook_task"] = json!({"notebook_path": path}),
        None => {
            settings["python_wheel_task"] =
                json!({"package_name": "pipeline", "entry_point": format!("step_{task}")});
            settings["libraries"] = json!([{"pypi": {"package": "pipeline"}}]);
        }
    }
    match compute.cluster(job + task).filter(|_| task % 2 == 1) {
        Some(cluster) => settings["existing_cluster_id"] = json!(cluster),
        None => settings["job_cluster_key"] = json!("main"),
    }
    settings
}
