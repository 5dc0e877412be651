//! Jobs: nightly pipelines, one of every kind of task, and what grows over years.

mod nightly;
mod oddities;
mod tasks;

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::Site;
use super::compute::Compute;
use super::groups::ServicePrincipals;
use super::people::Member;
use super::reporting::Reporting;

const CREATE: &str = "/api/2.2/jobs/create";

/// What jobs refer to.
pub(super) struct Ground<'a> {
    pub(super) members: &'a [Member],
    pub(super) principals: &'a ServicePrincipals,
    pub(super) compute: &'a Compute,
    pub(super) reporting: &'a Reporting,
}

/// Plants all jobs, and gives their identifiers.
pub(super) async fn plant(site: &Site, ground: &Ground<'_>) -> Result<Vec<i64>, SeedError> {
    let mut ids = nightly::plant(site, ground).await?;
    ids.push(create(site, site.admin(), tasks::one_of_each(ground, ids[0])).await?);
    ids.push(create(site, site.admin(), tasks::many()).await?);
    ids.push(create(site, site.admin(), tasks::for_each(ground)).await?);
    ids.extend(oddities::plant(site, ground, &ids).await?);
    Ok(ids)
}

async fn create(site: &Site, who: &str, settings: Value) -> Result<i64, SeedError> {
    let answer = site.post_as(who, CREATE, settings).await?;
    answer["job_id"].as_i64().ok_or(SeedError::Answer { call: CREATE, field: "job_id" })
}

/// A task which runs a notebook.
fn notebook(key: &str, path: &str, after: &[&str]) -> Value {
    let depends_on: Vec<Value> = after.iter().map(|key| json!({"task_key": key})).collect();
    json!({"task_key": key, "depends_on": depends_on, "notebook_task": {"notebook_path": path}})
}

/// The same settings with some replaced or added.
fn with(mut settings: Value, more: Value) -> Value {
    if let (Some(settings), Value::Object(more)) = (settings.as_object_mut(), more) {
        settings.extend(more);
    }
    settings
}

/// A small cluster of its own.
fn small() -> Value {
    json!({"spark_version": "15.4.x-scala2.12", "node_type_id": "m5d.large", "num_workers": 1})
}
