//! The life of a run: made, changed, deleted, restored.

use serde_json::json;

use super::limits::RUN_TAG;
use super::state::{Run, Stage, no_run};
use super::view::{self, RUN_NAME};
use super::{experiments, tags};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

/// The run a call is about: `run_uuid` is the older word.
pub(super) fn id_of<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    call.need("run_id").or_else(|missing| call.need("run_uuid").map_err(|_| missing))
}

/// Makes a run. Whom it belongs to is whoever calls; its start is what the client says.
pub(super) fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let experiment = call.need("experiment_id")?;
    let mut tags = tags::sent(call, "tags", &RUN_TAG)?;
    if let Some(name) = call.text("run_name").filter(|name| !name.is_empty()) {
        if tags.get(RUN_NAME).is_some_and(|tag| tag != name) {
            return Err(Refusal::invalid(format!(
                "Both 'run_name' argument and '{RUN_NAME}' tag are specified, but with different values"
            )));
        }
        tags.insert(RUN_NAME.to_owned(), name.to_owned());
    }
    experiments::arise(state, call, experiment);
    state.mlflow.active_experiment(experiment)?;
    let id = state.ids.uuid().replace('-', "");
    let any_name = || format!("amazing-run-{}", &id[..3]);
    tags.entry(RUN_NAME.to_owned()).or_insert_with(any_name);
    let run = Run {
        experiment: experiment.to_owned(),
        user: call.caller.id.clone(),
        status: "RUNNING".to_owned(),
        start: call.body.get("start_time").and_then(serde_json::Value::as_i64).unwrap_or(0),
        tags,
        ..Run::default()
    };
    let answer = view::run(&state.mlflow, &id, &run);
    state.mlflow.runs.insert(id, run);
    Ok(Answer::Json(json!({ "run": answer })))
}

/// Gives deleted ones too.
pub(super) fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(call)?;
    let run = state.mlflow.run(id)?;
    Ok(Answer::Json(json!({ "run": view::run(&state.mlflow, id, run) })))
}

pub(super) fn update(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(call)?;
    let run = state.mlflow.active_run(id)?;
    if let Some(status) = call.text("status") {
        status.clone_into(&mut run.status);
    }
    if let Some(end) = call.body.get("end_time").and_then(serde_json::Value::as_i64) {
        run.end = Some(end);
    }
    if let Some(name) = call.text("run_name").filter(|name| !name.is_empty()) {
        run.tags.insert(RUN_NAME.to_owned(), name.to_owned());
    }
    let run = state.mlflow.run(id)?;
    Ok(Answer::Json(json!({ "run_info": view::info(&state.mlflow, id, run) })))
}

pub(super) fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    turn(state, call, Stage::Deleted)
}

pub(super) fn restore(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    turn(state, call, Stage::Active)
}

/// Deletes or restores a run; one which is so already stays so.
fn turn(state: &mut Workspace, call: &Call<'_>, to: Stage) -> Result<Answer, Refusal> {
    let id = call.need("run_id")?;
    state.mlflow.runs.get_mut(id).ok_or_else(|| no_run(id))?.stage = to;
    Ok(Answer::nothing())
}
