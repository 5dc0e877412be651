//! What grows over years: jobs of one name, cycles, what belongs to tools, what points nowhere.

use serde_json::{Value, json};

use super::super::super::SeedError;
use super::super::super::site::Site;
use super::super::datasets::MODELS;
use super::{Ground, create, notebook, small, with};

/// Plants the jobs; `nightly` are the ones which some of them run.
pub(super) async fn plant(
    site: &Site,
    ground: &Ground<'_>,
    nightly: &[i64],
) -> Result<Vec<i64>, SeedError> {
    let mut ids = Vec::new();
    for (model, _) in MODELS {
        ids.push(create(site, &ground.members[18].user_name, scoring(ground, model)).await?);
    }
    for (owner, path) in
        [(25, "/Shared/reports/orders/trend"), (26, "/Shared/reports/shipments/trend")]
    {
        let task = with(
            notebook("report", path, &[]),
            json!({"existing_cluster_id": ground.compute.clusters[owner - 25]}),
        );
        let settings = json!({"name": "weekly report", "tasks": [task], "schedule": weekly()});
        ids.push(create(site, &ground.members[owner].user_name, settings).await?);
    }
    for settings in
        [all_nightly(nightly), from_git(), of_bundle(), continuous(), by_table(), unnamed(ground)]
    {
        ids.push(create(site, site.admin(), settings).await?);
    }
    ids.push(dangling(site, ground).await?);
    ids.extend(cycle(site).await?);
    Ok(ids)
}

/// Scores a model, as a service principal; a home's notebook is named with its long path.
fn scoring(ground: &Ground<'_>, model: &str) -> Value {
    let folder = format!("/Workspace/Shared/ml/{model}");
    let principals = ground.principals;
    let who = match model {
        "fraud" => &principals.old_scorer,
        "churn" => &principals.etl,
        _ => &principals.scorer,
    };
    let cluster = json!({
        "spark_version": "16.4.x-cpu-ml-scala2.12",
        "instance_pool_id": ground.compute.pools[2],
        "num_workers": 2,
        "spark_env_vars": {"MODEL": model},
    });
    let on_it = |task: Value| with(task, json!({"job_cluster_key": "ml"}));
    json!({
        "name": format!("score {model}"),
        "tasks": [
            on_it(notebook("features", &format!("{folder}/features"), &[])),
            on_it(notebook("score", &format!("{folder}/score"), &["features"])),
        ],
        "job_clusters": [{"job_cluster_key": "ml", "new_cluster": cluster}],
        "run_as": {"service_principal_name": who},
        "trigger": {"periodic": {"interval": 1, "unit": "DAYS"}, "pause_status": "PAUSED"},
        "tags": {"team": "data-science"},
    })
}

fn weekly() -> Value {
    json!({"quartz_cron_expression": "0 0 7 ? * MON", "timezone_id": "Europe/Lisbon", "pause_status": "UNPAUSED"})
}

fn all_nightly(nightly: &[i64]) -> Value {
    let tasks: Vec<Value> = nightly
        .iter()
        .take(6)
        .enumerate()
        .map(|(index, id)| json!({"task_key": format!("run_{index}"), "run_job_task": {"job_id": id}}))
        .collect();
    json!({"name": "everything, once more", "tasks": tasks})
}

fn from_git() -> Value {
    let task = with(notebook("main", "jobs/main", &[]), json!({"new_cluster": small()}));
    json!({
        "name": "from git",
        "git_source": {
            "git_url": "https://git.acme.example/data/pipelines.git", "git_provider": "gitLab", "git_branch": "main",
        },
        "tasks": [task],
    })
}

fn of_bundle() -> Value {
    let task = notebook("main", "/Workspace/Users/bundle/files/src/main", &[]);
    json!({
        "name": "[prod] sales bundle",
        "tasks": [task],
        "deployment": {"kind": "BUNDLE", "metadata_file_path": "/Workspace/Users/bundle/state/metadata.json"},
        "edit_mode": "UI_LOCKED",
    })
}

fn continuous() -> Value {
    let task = with(
        notebook("stream", "/Shared/streaming/sessions", &[]),
        json!({"new_cluster": small()}),
    );
    json!({"name": "sessions", "tasks": [task], "continuous": {"pause_status": "PAUSED"}, "max_concurrent_runs": 1})
}

fn by_table() -> Value {
    let task = notebook("months", "/Shared/reports/orders/months", &[]);
    json!({
        "name": "when orders change",
        "tasks": [task],
        "trigger": {"table_update": {"table_names": ["main.silver.orders"], "condition": "ANY_UPDATED"}},
    })
}

fn unnamed(ground: &Ground<'_>) -> Value {
    let path = format!("/Users/{}/look at orders", ground.members[10].user_name);
    json!({"tasks": [with(notebook("only", &path, &[]), json!({"new_cluster": small()}))]})
}

/// A job whose cluster is gone.
async fn dangling(site: &Site, ground: &Ground<'_>) -> Result<i64, SeedError> {
    let doomed = &ground.compute.doomed;
    let task =
        with(notebook("old", "/Shared/ops/optimize", &[]), json!({"existing_cluster_id": doomed}));
    let id =
        create(site, site.admin(), json!({"name": "nobody dares to delete this", "tasks": [task]}))
            .await?;
    site.post("/api/2.1/clusters/permanent-delete", json!({"cluster_id": doomed})).await?;
    Ok(id)
}

/// Two jobs which run one another.
async fn cycle(site: &Site) -> Result<[i64; 2], SeedError> {
    let first = json!({"name": "ping", "tasks": [notebook("wait", "/Shared/ops/vacuum", &[])]});
    let ping = create(site, site.admin(), first).await?;
    let runs = |id: i64| json!([{"task_key": "next", "run_job_task": {"job_id": id}}]);
    let pong = create(site, site.admin(), json!({"name": "pong", "tasks": runs(ping)})).await?;
    let body = json!({"job_id": ping, "new_settings": {"tasks": runs(pong)}});
    site.post("/api/2.2/jobs/update", body).await?;
    Ok([ping, pong])
}
