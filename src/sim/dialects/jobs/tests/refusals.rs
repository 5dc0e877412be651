//! What is refused.

use serde_json::{Value, json};

use super::ask::*;
use crate::sim::testing::Desk;

#[tokio::test]
async fn tasks_which_contradict_themselves_are_refused() {
    let desk = Desk::new();
    let after =
        |key: &str, on: &str| with(notebook(key), json!({"depends_on": [{"task_key": on}]}));
    let wheel = json!({"package_name": "p", "entry_point": "main"});
    for tasks in [
        json!([notebook("a"), notebook("a")]),
        json!([notebook("")]),
        json!([notebook("a b")]),
        json!([{"task_key": "a"}]),
        json!([with(notebook("a"), json!({"python_wheel_task": wheel}))]),
        json!([{"task_key": "a", "python_wheel_task": wheel}]),
        json!([after("a", "missing")]),
        json!([after("a", "a")]),
        json!([after("a", "b"), after("b", "c"), after("c", "a")]),
        json!([with(notebook("a"), json!({"job_cluster_key": "missing"}))]),
        json!([with(notebook("a"), json!({"environment_key": "missing"}))]),
        json!([
            notebook("a"),
            with(notebook("b"), json!({"depends_on": [{"task_key": "a", "outcome": "true"}]}))
        ]),
        json!([notebook("a"), {"task_key": "b", "for_each_task": {"inputs": "[]", "task": notebook("a")}}]),
        json!([{"task_key": "b", "for_each_task": {"inputs": "[]", "task": {"task_key": "c",
            "for_each_task": {"inputs": "[]", "task": notebook("d")}}}}]),
    ] {
        refused(&desk, "create", job(tasks)).await;
    }
    let many: Vec<_> = (0..1001).map(|n| notebook(&format!("t{n}"))).collect();
    assert!(refused(&desk, "create", job(json!(many))).await.contains("1000"));
    let old = "/api/2.1/jobs/create";
    desk.refused(400, "POST", old, job(json!(many[..101]))).await;
    assert!(listed(&desk, "").await.is_empty());
}

#[tokio::test]
async fn settings_which_contradict_themselves_are_refused() {
    let desk = Desk::new();
    let schedule = json!({"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC"});
    let git = |at: Value| json!({"git_source": with(json!({"git_url": "https://x", "git_provider": "gitHub"}), at)});
    for fields in [
        json!({"schedule": schedule, "continuous": {}}),
        json!({"schedule": schedule, "trigger": {"periodic": {"interval": 1, "unit": "DAYS"}}}),
        json!({"schedule": schedule, "triggers": [{"periodic": {"interval": 1, "unit": "DAYS"}}]}),
        json!({"schedule": {"quartz_cron_expression": "daily", "timezone_id": "UTC"}}),
        json!({"continuous": {}, "max_concurrent_runs": 2}),
        json!({"max_concurrent_runs": 1001}),
        json!({"parameters": [{"name": "a", "default": ""}, {"name": "a", "default": ""}]}),
        json!({"tags": (0..26).map(|n| (format!("t{n}"), json!(""))).collect::<Value>()}),
        json!({"run_as": {}}),
        json!({"run_as": {"user_name": "nobody@example.com"}}),
        json!({"run_as": {"user_name": "admin@example.com", "service_principal_name": "x"}}),
        git(json!({"git_branch": "a", "git_tag": "b"})),
    ] {
        refused(&desk, "create", with(job(json!([notebook("a")])), fields)).await;
    }
}

#[tokio::test]
async fn references_to_what_is_not_there_are_refused() {
    let desk = Desk::new();
    let none = "00000000-0000-0000-0000-000000000000";
    let cluster = |fields: Value| {
        let base = json!({"spark_version": "16.4.x-scala2.12", "num_workers": 1});
        json!([with(notebook("a"), json!({"new_cluster": with(base, fields)}))])
    };
    for tasks in [
        json!([with(notebook("a"), json!({"existing_cluster_id": "0101-000000-none0000"}))]),
        cluster(json!({"node_type_id": "i3.xlarge", "policy_id": "ABCDEF0123456789"})),
        cluster(json!({"instance_pool_id": "none"})),
        cluster(json!({"node_type_id": "none"})),
        json!([{"task_key": "a", "pipeline_task": {"pipeline_id": none}}]),
        json!([{"task_key": "a", "run_job_task": {"job_id": 9_007_199_254_740_993_i64}}]),
        json!([{"task_key": "a", "sql_task": {"warehouse_id": "none", "file": {"path": "/a.sql"}}}]),
        json!([{"task_key": "a", "notebook_task": {"notebook_path": "/a", "warehouse_id": "none"}}]),
        json!([{"task_key": "a", "dashboard_task": {"dashboard_id": "none"}}]),
        json!([with(
            notebook("a"),
            json!({"webhook_notifications": {"on_start": [{"id": none}]}})
        )]),
    ] {
        refused(&desk, "create", job(tasks)).await;
    }
    let body = json!({"webhook_notifications": {"on_failure": [{"id": none}]}});
    refused(&desk, "create", with(job(json!([])), body)).await;
}

#[tokio::test]
async fn references_to_what_is_there_are_taken() {
    let desk = Desk::new();
    let made =
        async |path: &str, body: Value, id: &str| desk.ok("POST", path, body).await[id].clone();
    let warehouse = json!({"name": "w", "cluster_size": "Small"});
    let warehouse = made("/api/2.0/sql/warehouses", warehouse, "id").await;
    let query = json!({"query": {"display_name": "q", "warehouse_id": warehouse, "query_text": "SELECT 1"}});
    let query = made("/api/2.0/sql/queries", query, "id").await;
    let alert = json!({"alert": {"display_name": "a", "query_id": query, "condition": {"op": "GREATER_THAN"}}});
    let alert = made("/api/2.0/sql/alerts", alert, "id").await;
    let board =
        made("/api/2.0/lakeview/dashboards", json!({"display_name": "d"}), "dashboard_id").await;
    let mail = json!({"display_name": "m", "config": {"email": {"addresses": ["a@example.com"]}}});
    let mail = made("/api/2.0/notification-destinations", mail, "id").await;
    let pipeline = json!({"name": "p", "libraries": [{"notebook": {"path": "/a"}}]});
    let pipeline = made("/api/2.0/pipelines", pipeline, "pipeline_id").await;
    let cluster =
        json!({"spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1});
    let cluster = made("/api/2.1/clusters/create", cluster, "cluster_id").await;
    let other = create(&desk, job(json!([]))).await;
    let tasks = json!([
        with(notebook("n"), json!({"existing_cluster_id": cluster})),
        {"task_key": "q", "sql_task": {"warehouse_id": warehouse, "query": {"query_id": query}}},
        {"task_key": "a", "sql_task": {"warehouse_id": warehouse, "alert": {
            "alert_id": alert, "subscriptions": [{"destination_id": mail}]}}},
        {"task_key": "d", "dashboard_task": {"dashboard_id": board, "warehouse_id": warehouse}},
        {"task_key": "p", "pipeline_task": {"pipeline_id": pipeline}},
        {"task_key": "j", "run_job_task": {"job_id": other}},
    ]);
    let webhooks = json!({"webhook_notifications": {"on_failure": [{"id": mail}]}});
    let id = create(&desk, with(job(tasks), webhooks.clone())).await;
    assert_eq!(read(&desk, id).await["settings"]["tasks"].as_array().unwrap().len(), 6);
    let four = json!({"webhook_notifications": {"on_failure": vec![json!({"id": mail}); 4]}});
    refused(&desk, "create", with(job(json!([])), four)).await;
}

#[tokio::test]
async fn what_is_not_there_is_an_invalid_parameter() {
    let desk = Desk::new();
    let (status, answer) = desk.send("GET", &format!("{API}/get?job_id=7"), Value::Null).await;
    assert_eq!((status, &answer["error_code"]), (400, &json!("INVALID_PARAMETER_VALUE")));
    assert_eq!(answer["message"], "Job 7 does not exist.");
    refused(&desk, "reset", json!({"job_id": 7, "new_settings": {}})).await;
    let id = create(&desk, job(json!([]))).await;
    post(&desk, "delete", json!({"job_id": id})).await;
    refused(&desk, "delete", json!({"job_id": id})).await;
    desk.refused(400, "GET", &format!("/api/2.0/permissions/jobs/{id}"), Value::Null).await;
}

#[tokio::test]
async fn only_admins_let_a_job_run_as_somebody_else() {
    let desk = Desk::new();
    desk.ok("POST", "/api/2.0/preview/scim/v2/Users", json!({"userName": "ann@example.com"})).await;
    let ann = desk.as_user("ann@example.com");
    let run_as = |name: &str| with(job(json!([])), json!({"run_as": {"user_name": name}}));
    ann.ok("POST", &format!("{API}/create"), run_as("Ann@example.com")).await;
    ann.refused(403, "POST", &format!("{API}/create"), run_as("admin@example.com")).await;
}
