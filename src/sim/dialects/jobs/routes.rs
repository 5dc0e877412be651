//! The calls of jobs.

use serde_json::{Value, json};

use super::checks::settings;
use super::state::Job;
use super::tasks::Fields;
use super::{grants, listing, merge};
use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::state::State;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.2/jobs/list", handler: listing::list },
    Route { method: "GET", path: "/api/2.2/jobs/get", handler: listing::get },
    Route { method: "POST", path: "/api/2.2/jobs/create", handler: create },
    Route { method: "POST", path: "/api/2.2/jobs/reset", handler: reset },
    Route { method: "POST", path: "/api/2.2/jobs/update", handler: update },
    Route { method: "POST", path: "/api/2.2/jobs/delete", handler: delete },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[Securable {
    object_type: "job",
    path: "jobs",
    levels: &[
        ("CAN_VIEW", "Can view the job"),
        ("CAN_MANAGE_RUN", "Can view the job and manage its runs"),
        ("CAN_MANAGE", "Can manage the job"),
        ("IS_OWNER", "Is the owner of the job"),
    ],
    owner: true,
    exists: |state, id| state.jobs.exists(id),
    absent: |id| Refusal::invalid(format!("Job {id} does not exist.")),
    ..Securable::REGULAR
}];

/// How many jobs a workspace can have.
const JOBS: usize = 10_000;

fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    if state.jobs.jobs.len() >= JOBS {
        return Err(Refusal::new(
            400,
            "QUOTA_EXCEEDED",
            format!("The workspace already has {JOBS} jobs"),
        ));
    }
    let (asked, settings) = settings(state, fields(&call.body), true, call)?;
    let id = i64::try_from(state.ids.job()).unwrap_or_default();
    let job = Job { asked, settings, creator: call.caller.user_name.clone(), created: call.now };
    state.jobs.jobs.insert(id, job);
    permissions::grant_creator(state, "jobs", &id.to_string(), &call.caller, "IS_OWNER");
    if let Some(Value::Array(list)) = call.body.get("access_control_list")
        && let Err(refusal) = grants::grant(state, call, id, list)
    {
        state.jobs.jobs.remove(&id);
        permissions::forget(state, "jobs", &id.to_string());
        return Err(refusal);
    }
    Ok(Answer::Json(json!({ "job_id": id })))
}

/// Replaces all settings; whom the job runs as stays unless it is named.
fn reset(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need_int("job_id")?;
    let old = state.jobs.get(id)?;
    let mut new = fields(call.body.get("new_settings").unwrap_or(&Value::Null));
    if let Some(run_as) = old.asked.get("run_as") {
        new.entry("run_as").or_insert_with(|| run_as.clone());
    }
    replace(state, id, new, true, call)
}

fn update(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need_int("job_id")?;
    let mut new = state.jobs.get(id)?.asked.clone();
    for path in call.body.get("fields_to_remove").and_then(Value::as_array).into_iter().flatten() {
        merge::remove(&mut new, path.as_str().unwrap_or_default())?;
    }
    if let Some(Value::Object(settings)) = call.body.get("new_settings") {
        merge::merge(&mut new, settings);
    }
    replace(state, id, new, false, call)
}

fn replace(
    state: &mut State,
    id: i64,
    new: Fields,
    whole: bool,
    call: &Call<'_>,
) -> Result<Answer, Refusal> {
    let (asked, settings) = settings(state, new, whole, call)?;
    if let Some(job) = state.jobs.jobs.get_mut(&id) {
        job.asked = asked;
        job.settings = settings;
    }
    Ok(Answer::nothing())
}

fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need_int("job_id")?;
    state.jobs.get(id)?;
    state.jobs.jobs.remove(&id);
    permissions::forget(state, "jobs", &id.to_string());
    Ok(Answer::nothing())
}

fn fields(body: &Value) -> Fields {
    body.as_object().cloned().unwrap_or_default()
}
