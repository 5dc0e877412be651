//! Jobs, asked over the calls which clients make.

use serde_json::{Value, json};

use crate::sim::testing::Desk;

const API: &str = "/api/2.2/jobs";

fn notebook(key: &str) -> Value {
    json!({"task_key": key, "notebook_task": {"notebook_path": "/Shared/etl"}})
}

fn job(tasks: Value) -> Value {
    json!({"name": "etl", "tasks": tasks})
}

fn with(mut body: Value, fields: Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

async fn post(desk: &Desk, call: &str, body: Value) -> Value {
    desk.ok("POST", &format!("{API}/{call}"), body).await
}

async fn refused(desk: &Desk, call: &str, body: Value) -> String {
    desk.refused(400, "POST", &format!("{API}/{call}"), body).await
}

async fn create(desk: &Desk, body: Value) -> i64 {
    post(desk, "create", body).await["job_id"].as_i64().unwrap()
}

async fn read(desk: &Desk, id: i64) -> Value {
    desk.get(&format!("{API}/get?job_id={id}")).await
}

async fn listed(desk: &Desk, query: &str) -> Vec<Value> {
    let listed = desk.get(&format!("{API}/list?{query}")).await;
    listed["jobs"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn the_server_fills_in_what_was_not_said() {
    let desk = Desk::new();
    let id = create(&desk, job(json!([notebook("a")]))).await;
    assert!(id > 1 << 53);
    let job = read(&desk, id).await;
    assert_eq!(
        job["settings"],
        json!({
            "name": "etl", "email_notifications": {}, "webhook_notifications": {},
            "timeout_seconds": 0, "max_concurrent_runs": 1, "format": "MULTI_TASK",
            "queue": {"enabled": true},
            "tasks": [{
                "task_key": "a", "run_if": "ALL_SUCCESS", "timeout_seconds": 0,
                "email_notifications": {}, "webhook_notifications": {},
                "notebook_task": {"notebook_path": "/Shared/etl", "source": "WORKSPACE"},
            }],
        })
    );
    assert_eq!(job["creator_user_name"], "admin@example.com");
    assert_eq!(job["run_as_user_name"], "admin@example.com");
    assert!(job["created_time"].is_i64() && job.get("has_more").is_none());
    let empty = read(&desk, create(&desk, json!({})).await).await;
    assert_eq!(empty["settings"]["name"], "Untitled");
}

#[tokio::test]
async fn a_job_queues_by_default_only_through_2_2() {
    let desk = Desk::new();
    let old = desk.ok("POST", "/api/2.1/jobs/create", job(json!([notebook("a")]))).await;
    let old = old["job_id"].as_i64().unwrap();
    assert!(read(&desk, old).await["settings"].get("queue").is_none());
    post(&desk, "update", json!({"job_id": old, "new_settings": {"name": "b"}})).await;
    assert!(read(&desk, old).await["settings"].get("queue").is_none());
    let new = create(&desk, with(job(json!([])), json!({"queue": {"enabled": false}}))).await;
    assert_eq!(read(&desk, new).await["settings"]["queue"], json!({"enabled": false}));
}

#[tokio::test]
async fn sources_and_pauses_are_filled_in() {
    let desk = Desk::new();
    let python = json!({
        "task_key": "p", "environment_key": "e", "spark_python_task": {"python_file": "a.py"},
    });
    let body = json!({
        "git_source": {"git_url": "https://git.example/x", "git_provider": "gitHub", "git_branch": "main"},
        "environments": [{"environment_key": "e", "spec": {"client": "2"}}],
        "schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC"},
        "tasks": [notebook("n"), python],
    });
    let settings = read(&desk, create(&desk, body).await).await["settings"].clone();
    assert_eq!(settings["tasks"][0]["notebook_task"]["source"], "GIT");
    assert_eq!(settings["tasks"][1]["spark_python_task"]["source"], "GIT");
    assert_eq!(settings["schedule"]["pause_status"], "UNPAUSED");
}

#[tokio::test]
async fn clusters_of_jobs_are_filled_in_and_never_say_what_is_only_written() {
    let desk = Desk::new();
    let cluster = json!({
        "spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1,
        "apply_policy_default_values": true,
    });
    let body = json!({
        "job_clusters": [{"job_cluster_key": "main", "new_cluster": cluster}],
        "tasks": [
            with(notebook("a"), json!({"job_cluster_key": "main"})),
            {"task_key": "b", "for_each_task": {
                "inputs": "[1]", "task": with(notebook("inner"), json!({"new_cluster": cluster})),
            }},
        ],
    });
    let settings = read(&desk, create(&desk, body).await).await["settings"].clone();
    let inner = &settings["tasks"][1]["for_each_task"]["task"];
    for filled in [&settings["job_clusters"][0]["new_cluster"], &inner["new_cluster"]] {
        assert_eq!(filled["aws_attributes"]["zone_id"], "auto");
        assert_eq!(filled["enable_elastic_disk"], true);
        assert_eq!(filled["data_security_mode"], "SINGLE_USER");
        assert!(filled.get("apply_policy_default_values").is_none());
        assert!(filled.get("single_user_name").is_none());
    }
    assert_eq!(inner["notebook_task"]["source"], "WORKSPACE");
    assert_eq!(inner["run_if"], "ALL_SUCCESS");
}

#[tokio::test]
async fn dependencies_come_back_sorted() {
    let desk = Desk::new();
    let on = json!({"depends_on": [{"task_key": "z"}, {"task_key": "b"}]});
    let body = job(json!([notebook("z"), notebook("b"), with(notebook("c"), on)]));
    let settings = read(&desk, create(&desk, body).await).await["settings"].clone();
    assert_eq!(settings["tasks"][2]["depends_on"], json!([{"task_key": "b"}, {"task_key": "z"}]));
}

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
async fn a_reset_replaces_everything_but_whom_the_job_runs_as() {
    let desk = Desk::new();
    let principal = json!({"displayName": "robot"});
    let principal = desk.ok("POST", "/api/2.0/preview/scim/v2/ServicePrincipals", principal).await;
    let run_as = json!({"service_principal_name": principal["applicationId"]});
    let fields = json!({"run_as": run_as, "tags": {"a": "1"}, "description": "x"});
    let id = create(&desk, with(job(json!([notebook("a")])), fields)).await;
    post(&desk, "reset", json!({"job_id": id, "new_settings": job(json!([notebook("b")]))})).await;
    let job = read(&desk, id).await;
    assert_eq!(job["settings"]["run_as"], run_as);
    assert_eq!(job["run_as_user_name"], principal["applicationId"]);
    assert_eq!(job["settings"]["tasks"][0]["task_key"], "b");
    assert_eq!(job["settings"]["queue"], json!({"enabled": true}));
    for gone in ["tags", "description"] {
        assert!(job["settings"].get(gone).is_none(), "{gone}");
    }
    let wrong = json!({"job_id": id, "new_settings": {"tasks": [{"task_key": "a"}]}});
    refused(&desk, "reset", wrong).await;
    assert_eq!(read(&desk, id).await, job);
}

#[tokio::test]
async fn an_update_merges() {
    let desk = Desk::new();
    let body = with(
        job(json!([notebook("a"), notebook("b")])),
        json!({"tags": {"x": "1"}, "description": "d"}),
    );
    let id = create(&desk, body).await;
    let update = json!({
        "job_id": id,
        "new_settings": {"name": "new", "tasks": [notebook("c"), with(notebook("a"), json!({"max_retries": 2}))]},
        "fields_to_remove": ["description", "tasks/b"],
    });
    post(&desk, "update", update).await;
    let settings = read(&desk, id).await["settings"].clone();
    let keys: Vec<_> =
        settings["tasks"].as_array().unwrap().iter().map(|task| task["task_key"].clone()).collect();
    assert_eq!(keys, ["a", "c"]);
    assert_eq!(settings["tasks"][0]["max_retries"], 2);
    assert_eq!((&settings["name"], &settings["tags"]), (&json!("new"), &json!({"x": "1"})));
    assert!(settings.get("description").is_none());
    refused(&desk, "update", json!({"job_id": id, "fields_to_remove": ["tags/x"]})).await;
}

#[tokio::test]
async fn an_update_leaves_the_clusters_of_pools_alone() {
    let desk = Desk::new();
    let pool = json!({"instance_pool_name": "warm", "node_type_id": "m5d.large"});
    let pool =
        desk.ok("POST", "/api/2.0/instance-pools/create", pool).await["instance_pool_id"].clone();
    let cluster =
        json!({"spark_version": "16.4.x-scala2.12", "instance_pool_id": pool, "num_workers": 1});
    let body =
        json!({"job_clusters": [{"job_cluster_key": "m", "new_cluster": cluster}], "tasks": []});
    let id = create(&desk, body).await;
    post(&desk, "update", json!({"job_id": id, "new_settings": {"timeout_seconds": 5}})).await;
    let settings = read(&desk, id).await["settings"].clone();
    assert_eq!(settings["timeout_seconds"], 5);
    assert_eq!(settings["job_clusters"][0]["new_cluster"]["node_type_id"], "m5d.large");
}

#[tokio::test]
async fn large_arrays_come_in_stretches() {
    let desk = Desk::new();
    let tasks: Vec<_> = (0..250).map(|n| notebook(&format!("t{n}"))).collect();
    let parameters = json!({"parameters": [{"name": "p", "default": "1"}]});
    let id = create(&desk, with(job(json!(tasks)), parameters)).await;
    let mut page = read(&desk, id).await;
    assert_eq!(page["settings"]["parameters"].as_array().unwrap().len(), 1);
    let mut seen = Vec::new();
    loop {
        let keys = page["settings"]["tasks"].as_array().unwrap().iter();
        seen.extend(keys.map(|task| task["task_key"].as_str().unwrap().to_owned()));
        let Some(token) = page.get("next_page_token").and_then(Value::as_str) else { break };
        page = desk.get(&format!("{API}/get?job_id={id}&page_token={token}")).await;
        assert_eq!(page["settings"]["parameters"], json!([]));
        assert_eq!(page["settings"]["name"], "etl");
    }
    assert_eq!(seen, (0..250).map(|n| format!("t{n}")).collect::<Vec<_>>());
    let old = desk.get(&format!("/api/2.1/jobs/get?job_id={id}")).await;
    assert_eq!(old["settings"]["tasks"].as_array().unwrap().len(), 100);
    assert!(old.get("next_page_token").is_none());
    desk.refused(400, "GET", &format!("{API}/get?job_id={id}&page_token=x"), Value::Null).await;
    let in_list = &listed(&desk, "expand_tasks=true").await[0];
    assert_eq!(in_list["has_more"], true);
    assert_eq!(in_list["settings"]["tasks"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn listings_are_paged_filtered_and_brief() {
    let desk = Desk::new();
    assert_eq!(desk.get(&format!("{API}/list")).await, json!({"has_more": false}));
    for n in 0..21 {
        create(&desk, with(job(json!([notebook("a")])), json!({"name": format!("Job {n}")}))).await;
    }
    let first = desk.get(&format!("{API}/list")).await;
    assert_eq!((first["jobs"].as_array().unwrap().len(), &first["has_more"]), (20, &json!(true)));
    let token = first["next_page_token"].as_str().unwrap();
    let next = desk.get(&format!("{API}/list?page_token={token}")).await;
    assert_eq!((next["jobs"].as_array().unwrap().len(), &next["has_more"]), (1, &json!(false)));
    assert!(first["jobs"][0]["settings"].get("tasks").is_none());
    assert!(first["jobs"][0].get("run_as_user_name").is_none());
    let found = listed(&desk, "name=jOB%203&expand_tasks=true").await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["settings"]["name"], &found[0]["has_more"]),
        (&json!("Job 3"), &json!(false))
    );
    for limit in ["0", "101"] {
        desk.refused(400, "GET", &format!("{API}/list?limit={limit}"), Value::Null).await;
    }
}

#[tokio::test]
async fn names_repeat() {
    let desk = Desk::new();
    let ids = [create(&desk, job(json!([]))).await, create(&desk, job(json!([]))).await];
    assert_ne!(ids[0], ids[1]);
    assert_eq!(listed(&desk, "name=etl").await.len(), 2);
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
async fn the_owner_is_whom_a_job_runs_as() {
    let desk = Desk::new();
    desk.ok("POST", "/api/2.0/preview/scim/v2/Users", json!({"userName": "ann@example.com"})).await;
    let ann = json!({"user_name": "ann@example.com", "permission_level": "IS_OWNER"});
    let list = json!({"access_control_list": [ann]});
    let id = create(&desk, with(job(json!([])), list.clone())).await;
    let made = read(&desk, id).await;
    assert_eq!(made["run_as_user_name"], "ann@example.com");
    assert_eq!(made["creator_user_name"], "admin@example.com");
    assert!(made["settings"].get("access_control_list").is_none());
    let viewer = json!({"group_name": "users", "permission_level": "CAN_VIEW"});
    let id = create(&desk, with(job(json!([])), json!({"access_control_list": [viewer]}))).await;
    assert_eq!(read(&desk, id).await["run_as_user_name"], "admin@example.com");
    desk.ok("PUT", &format!("/api/2.0/permissions/jobs/{id}"), list).await;
    assert_eq!(read(&desk, id).await["run_as_user_name"], "ann@example.com");
    let nobody = json!({"group_name": "nobody", "permission_level": "CAN_VIEW"});
    let body = with(job(json!([])), json!({"access_control_list": [nobody]}));
    desk.refused(404, "POST", &format!("{API}/create"), body).await;
    assert_eq!(listed(&desk, "").await.len(), 2);
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

#[tokio::test]
async fn jobs_of_bundles_say_so() {
    let desk = Desk::new();
    let deployment = json!({"kind": "BUNDLE", "metadata_file_path": "/x"});
    let fields = json!({"deployment": deployment, "edit_mode": "UI_LOCKED"});
    let id = create(&desk, with(job(json!([])), fields)).await;
    let settings = read(&desk, id).await["settings"].clone();
    assert_eq!(
        (&settings["deployment"], &settings["edit_mode"]),
        (&deployment, &json!("UI_LOCKED"))
    );
}
