//! What the server fills into the settings of a job.

use serde_json::{Value, json};

use super::tasks::{Fields, each_task};

/// Fills in everything except the attributes of clusters.
///
/// A job queues unless it says otherwise if `queues`.
pub(super) fn fill(settings: &mut Fields, queues: bool) {
    settings.retain(|_, value| !value.is_null());
    settings.insert("format".into(), json!("MULTI_TASK"));
    for (field, value) in [
        ("name", json!("Untitled")),
        ("email_notifications", json!({})),
        ("webhook_notifications", json!({})),
        ("timeout_seconds", json!(0)),
        ("max_concurrent_runs", json!(1)),
    ] {
        settings.entry(field).or_insert(value);
    }
    if queues {
        settings.entry("queue").or_insert(json!({"enabled": true}));
    }
    for field in ["schedule", "trigger", "continuous"] {
        if let Some(Value::Object(when)) = settings.get_mut(field) {
            when.entry("pause_status").or_insert(json!("UNPAUSED"));
        }
    }
    if let Some(Value::Array(triggers)) = settings.get_mut("triggers") {
        for trigger in triggers.iter_mut().filter_map(Value::as_object_mut) {
            trigger.entry("pause_status").or_insert(json!("UNPAUSED"));
        }
    }
    let source = if settings.contains_key("git_source") { "GIT" } else { "WORKSPACE" };
    each_task(settings, &mut |task| fill_task(task, source));
}

fn fill_task(task: &mut Fields, source: &str) {
    for (field, value) in [
        ("run_if", json!("ALL_SUCCESS")),
        ("timeout_seconds", json!(0)),
        ("email_notifications", json!({})),
        ("webhook_notifications", json!({})),
    ] {
        task.entry(field).or_insert(value);
    }
    for work in ["notebook_task", "spark_python_task", "dbt_task"] {
        if let Some(Value::Object(work)) = task.get_mut(work) {
            work.entry("source").or_insert(json!(source));
        }
    }
    if let Some(Value::Object(dbt)) = task.get_mut("dbt_task") {
        dbt.entry("schema").or_insert(json!("default"));
    }
    if let Some(Value::Object(file)) = task.get_mut("sql_task").and_then(|sql| sql.get_mut("file"))
    {
        file.entry("source").or_insert(json!(source));
    }
    if let Some(Value::Array(on)) = task.get_mut("depends_on") {
        on.sort_by_key(|dependency| dependency["task_key"].to_string());
    }
}
