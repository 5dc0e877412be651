//! What is kept, filled in, changed and listed.

use serde_json::{Value, json};

use super::ask::*;
use crate::sim::options::Options;
use crate::sim::testing::Desk;

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

#[tokio::test]
async fn fields_which_are_new_to_the_server_are_kept() {
    let desk = Desk::with(Options { future_fields: true, ..Options::default() });
    let cluster = json!({
        "spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1, "future_c": [1],
    });
    let task = with(notebook("a"), json!({"new_cluster": cluster, "future_t": {"x": 1}}));
    let id = create(&desk, with(job(json!([task])), json!({"future_j": "y"}))).await;
    let settings = read(&desk, id).await["settings"].clone();
    assert_eq!(settings["future_j"], "y");
    assert_eq!(settings["tasks"][0]["future_t"], json!({"x": 1}));
    assert_eq!(settings["tasks"][0]["new_cluster"]["future_c"], json!([1]));
}
