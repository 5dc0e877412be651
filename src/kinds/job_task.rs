//! A task of a job; it occurs in jobs and inside `for_each` tasks.
//!
//! API: <https://docs.databricks.com/api/workspace/jobs/create>

use super::{
    alert, alert_v2, cluster, dashboard, job, notification_destination, parts, pipeline, query,
    sql_warehouse, user,
};
use crate::kind::rule::{self, Json};
use crate::kind::{Mount, Part, Ref};

/// One task, whatever its type.
pub(super) static TASK: Part = Part {
    refs: &[
        Ref::id("/existing_cluster_id", &[&cluster::KIND]),
        Ref::id("/run_job_task/job_id", &[&job::KIND]),
        Ref::id("/pipeline_task/pipeline_id", &[&pipeline::KIND]),
        Ref::id("/notebook_task/warehouse_id", &[&sql_warehouse::KIND]),
        Ref::id("/sql_task/warehouse_id", &[&sql_warehouse::KIND]),
        Ref::id("/sql_task/query/query_id", &[&query::KIND]),
        Ref::id("/sql_task/alert/alert_id", &[&alert::KIND]),
        Ref::id(
            "/sql_task/alert/subscriptions/*/destination_id",
            &[&notification_destination::KIND],
        ),
        Ref::id(
            "/sql_task/dashboard/subscriptions/*/destination_id",
            &[&notification_destination::KIND],
        ),
        Ref::id("/alert_task/alert_id", &[&alert_v2::KIND]),
        Ref::id("/alert_task/warehouse_id", &[&sql_warehouse::KIND]),
        Ref::id("/alert_task/subscribers/*/destination_id", &[&notification_destination::KIND]),
        Ref::id("/dashboard_task/dashboard_id", &[&dashboard::KIND]),
        Ref::id("/dashboard_task/warehouse_id", &[&sql_warehouse::KIND]),
        Ref::id(
            "/dashboard_task/subscription/subscribers/*/destination_id",
            &[&notification_destination::KIND],
        ),
        Ref::id("/dbt_task/warehouse_id", &[&sql_warehouse::KIND]),
        Ref::id("/power_bi_task/warehouse_id", &[&sql_warehouse::KIND]),
        Ref::principal("/sql_task/alert/subscriptions/*/user_name", &[&user::KIND]),
        Ref::principal("/sql_task/dashboard/subscriptions/*/user_name", &[&user::KIND]),
        Ref::principal("/alert_task/subscribers/*/user_name", &[&user::KIND]),
        Ref::principal("/dashboard_task/subscription/subscribers/*/user_name", &[&user::KIND]),
    ],
    rules: &[
        rule::path("/notebook_task/notebook_path", "a notebook in the workspace tree"),
        rule::file("/spark_python_task/python_file", "the task does not run without it"),
        rule::path("/sql_task/file/path", "may be a file in the workspace tree"),
        rule::path("/dbt_task/project_directory", "a folder in the workspace tree"),
        rule::path("/dbt_task/profiles_directory", "a folder in the workspace tree"),
        rule::path("/alert_task/workspace_path", "a place in the workspace tree"),
        rule::keyed("/depends_on", "task_key", "the server sorts them"),
        rule::default("/depends_on", Json::List, "empty is absent"),
        rule::default("/run_if", Json::Str("ALL_SUCCESS"), "the server's default"),
        rule::default("/timeout_seconds", Json::Int(0), "the server's default"),
        rule::default("/max_retries", Json::Int(0), "the server's default"),
        rule::default("/min_retry_interval_millis", Json::Int(0), "the server's default"),
        rule::default("/retry_on_timeout", Json::Bool(false), "the server's default"),
        rule::default("/disabled", Json::Bool(false), "the server's default"),
        rule::server_filled("/disable_auto_optimization", "depends on the compute"),
        rule::server_filled("/notebook_task/source", "follows from the job's git source"),
        rule::server_filled("/spark_python_task/source", "follows from the job's git source"),
        rule::server_filled("/sql_task/file/source", "follows from the job's git source"),
        rule::server_filled("/dbt_task/source", "follows from the job's git source"),
        rule::server_filled("/dbt_task/schema", "the server's default"),
    ],
    parts: &[
        Mount { at: "/new_cluster", part: &parts::CLUSTER_SPEC },
        Mount { at: "/libraries", part: &parts::LIBRARIES },
        Mount { at: "/email_notifications", part: &parts::EMAIL_NOTIFICATIONS },
        Mount { at: "/webhook_notifications", part: &parts::WEBHOOK_NOTIFICATIONS },
        Mount { at: "/notification_settings", part: &parts::NOTIFICATION_SETTINGS },
    ],
};
