//! Jobs for the sake of their tasks.

use serde_json::{Value, json};

use super::super::startup::LIBRARY;
use super::{Ground, notebook, small, with};

/// One task of every kind.
pub(super) fn one_of_each(ground: &Ground<'_>, other_job: i64) -> Value {
    let reporting = ground.reporting;
    let on_cluster = |key: &str, work: Value| {
        with(json!({"task_key": key, "existing_cluster_id": ground.compute.clusters[2]}), work)
    };
    let in_warehouse = |key: &str, mut work: Value| {
        work["warehouse_id"] = json!(reporting.warehouse);
        json!({"task_key": key, "sql_task": work})
    };
    let subscribers =
        json!([{"user_name": ground.members[25].user_name}, {"destination_id": reporting.mail}]);
    json!({
        "name": "one of each",
        "tasks": [
            on_cluster("notebook", json!({"notebook_task": {"notebook_path": "/Shared/ops/vacuum"}})),
            on_cluster("python", json!({"spark_python_task": {
                "python_file": "/Workspace/Shared/etl/src/entry.py", "parameters": ["--stage", "prod"],
            }})),
            on_cluster("jar", json!({
                "spark_jar_task": {"main_class_name": "example.acme.Load", "parameters": ["orders"]},
                "libraries": [
                    {"jar": "/Workspace/Shared/lib/legacy-etl-1.2.jar"},
                    {"jar": LIBRARY},
                    {"maven": {"coordinates": "com.databricks:spark-xml_2.12:0.18.0", "exclusions": ["org.slf4j:slf4j-api"]}},
                ],
            })),
            {
                "task_key": "submit", "new_cluster": small(),
                "spark_submit_task": {"parameters": ["--class", "example.acme.Load", "s3://acme-jars/load.jar"]},
            },
            on_cluster("wheel", json!({
                "python_wheel_task": {"package_name": "acme_etl", "entry_point": "main", "named_parameters": {"stage": "prod"}},
                "libraries": [{"whl": "s3://acme-wheels/acme_etl-3.1-py3-none-any.whl"}, {"pypi": {"package": "pyyaml>=6"}}],
            })),
            on_cluster("dbt", json!({"dbt_task": {
                "commands": ["dbt deps", "dbt run"], "project_directory": "/Shared/etl/src",
                "schema": "gold", "warehouse_id": reporting.warehouse,
            }})),
            in_warehouse("sql_query", json!({"query": {"query_id": reporting.query}})),
            in_warehouse("sql_alert", json!({"alert": {"alert_id": reporting.alert, "subscriptions": subscribers}})),
            in_warehouse("sql_file", json!({"file": {"path": "/Workspace/Shared/etl/src/query.sql"}, "parameters": {"day": "today"}})),
            {"task_key": "pipeline", "pipeline_task": {"pipeline_id": reporting.pipeline, "full_refresh": false}},
            {"task_key": "dashboard", "dashboard_task": {
                "dashboard_id": reporting.dashboard, "warehouse_id": reporting.warehouse,
                "subscription": {"subscribers": subscribers, "custom_subject": "Orders"},
            }},
            {"task_key": "other_job", "run_job_task": {"job_id": other_job, "job_parameters": {"since": "2024-01-01"}}},
            {"task_key": "enough", "condition_task": {
                "op": "GREATER_THAN", "left": "{{tasks.notebook.values.rows}}", "right": "1000",
            }, "depends_on": [{"task_key": "notebook"}]},
            {
                "task_key": "after", "depends_on": [{"task_key": "enough", "outcome": "true"}, {"task_key": "dbt"}],
                "notebook_task": {"notebook_path": "/Shared/ops/usage", "warehouse_id": reporting.warehouse},
            },
            {
                "task_key": "serverless", "environment_key": "default",
                "spark_python_task": {"python_file": "/Workspace/Shared/etl/src/helpers.py"},
            },
        ],
        "environments": [{"environment_key": "default", "spec": {
            "environment_version": "2", "dependencies": ["pyyaml>=6", "/Workspace/Shared/etl/src/requirements.txt"],
        }}],
        "trigger": {"file_arrival": {"url": "s3://acme-raw/shop/orders/", "min_time_between_triggers_seconds": 600}},
    })
}

/// More tasks than one page of an answer holds, in ten rows.
pub(super) fn many() -> Value {
    let tasks: Vec<Value> = (0..130)
        .map(|index| {
            let before = format!("part_{:03}", index - 10_i32.min(index));
            let after: &[&str] = if index < 10 { &[] } else { &[&before] };
            let task = notebook(&format!("part_{index:03}"), "/Shared/ops/retention", after);
            with(task, json!({"job_cluster_key": "backfill", "description": format!("Days {} and {}", index * 2, index * 2 + 1)}))
        })
        .collect();
    json!({
        "name": "backfill",
        "tasks": tasks,
        "job_clusters": [{"job_cluster_key": "backfill", "new_cluster": small()}],
        "max_concurrent_runs": 5,
    })
}

/// A task for each of several inputs.
pub(super) fn for_each(ground: &Ground<'_>) -> Value {
    let each = notebook("report_each", "/Shared/reports/orders/daily", &[]);
    let each = with(
        each,
        json!({
            "notebook_task": {
                "notebook_path": "/Shared/reports/orders/daily",
                "base_parameters": {"country": "{{input}}"},
                "warehouse_id": ground.reporting.warehouse,
            },
            "max_retries": 1,
        }),
    );
    json!({
        "name": "reports by country",
        "tasks": [
            {"task_key": "reports", "for_each_task": {"inputs": "[\"DE\", \"FR\", \"CZ\"]", "concurrency": 2, "task": each}},
        ],
        "schedule": {"quartz_cron_expression": "0 30 6 ? * MON-FRI", "timezone_id": "UTC"},
        "email_notifications": {"on_success": [ground.members[25].user_name]},
    })
}
