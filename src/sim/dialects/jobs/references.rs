//! Refuses settings which refer to what is not there.

use serde_json::Value;

use super::tasks::{Fields, entries, tasks, text};
use crate::sim::http::Refusal;
use crate::sim::state::State;

/// How many webhooks one event can have.
const WEBHOOKS: usize = 3;

/// Checks every identifier in the settings of a job.
///
/// Legacy dashboards and the newer alerts are no part of this workspace: their identifiers are taken as
/// they are. So are paths: a job may name a notebook which does not exist yet.
///
/// # Errors
/// 400 naming the first one which is unknown.
pub(super) fn check(state: &State, settings: &Fields) -> Result<(), Refusal> {
    webhooks(state, settings)?;
    for task in tasks(settings) {
        webhooks(state, task)?;
        let cluster = text(task, "existing_cluster_id");
        if !cluster.is_empty() && !state.clusters.exists(cluster) {
            return Err(Refusal::invalid(format!("Cluster {cluster} does not exist")));
        }
        work(state, task)?;
    }
    for when in ["schedule", "trigger"] {
        condition(state, settings.get(when))?;
    }
    for trigger in settings.get("triggers").and_then(Value::as_array).into_iter().flatten() {
        condition(state, Some(trigger))?;
    }
    Ok(())
}

fn work(state: &State, task: &Fields) -> Result<(), Refusal> {
    let part = |work: &str| task.get(work).unwrap_or(&Value::Null);
    for work in
        ["notebook_task", "sql_task", "dbt_task", "dashboard_task", "alert_task", "power_bi_task"]
    {
        known("SQL warehouse", &part(work)["warehouse_id"], |id| state.warehouses.exists(id))?;
    }
    known("Pipeline", &part("pipeline_task")["pipeline_id"], |id| state.pipelines.exists(id))?;
    let job = &part("run_job_task")["job_id"];
    known("Job", &Value::String(job.to_string()), |id| job.is_null() || state.jobs.exists(id))?;
    let sql = part("sql_task");
    known("Query", &sql["query"]["query_id"], |id| state.queries.exists(id))?;
    known("Alert", &sql["alert"]["alert_id"], |id| state.alerts.exists(id))?;
    known("Dashboard", &part("dashboard_task")["dashboard_id"], |id| state.dashboards.exists(id))?;
    for subscribers in [
        &sql["alert"]["subscriptions"],
        &sql["dashboard"]["subscriptions"],
        &part("alert_task")["subscribers"],
        &part("dashboard_task")["subscription"]["subscribers"],
    ] {
        for subscriber in subscribers.as_array().into_iter().flatten() {
            destination(state, &subscriber["destination_id"])?;
        }
    }
    Ok(())
}

fn condition(state: &State, when: Option<&Value>) -> Result<(), Refusal> {
    let Some(condition) = when.and_then(|when| when.get("sql_condition")) else { return Ok(()) };
    known("SQL warehouse", &condition["warehouse_id"], |id| state.warehouses.exists(id))?;
    known("Query", &condition["sql_query_id"], |id| state.queries.exists(id))
}

fn webhooks(state: &State, of: &Fields) -> Result<(), Refusal> {
    let Some(Value::Object(events)) = of.get("webhook_notifications") else { return Ok(()) };
    for event in events.keys() {
        if entries(events, event).count() > WEBHOOKS {
            return Err(Refusal::invalid(format!(
                "At most {WEBHOOKS} webhooks can be set for {event}"
            )));
        }
        for webhook in entries(events, event) {
            destination(state, webhook.get("id").unwrap_or(&Value::Null))?;
        }
    }
    Ok(())
}

fn destination(state: &State, id: &Value) -> Result<(), Refusal> {
    known("Notification destination", id, |id| state.notification_destinations.exists(id))
}

fn known(what: &str, id: &Value, exists: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    match id.as_str() {
        Some(id) if !id.is_empty() && !exists(id) => {
            Err(Refusal::invalid(format!("{what} {id} does not exist.")))
        }
        _ => Ok(()),
    }
}
