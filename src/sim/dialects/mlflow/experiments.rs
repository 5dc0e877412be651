//! The calls of experiments.

use std::collections::BTreeMap;

use serde_json::json;

use super::limits::EXPERIMENT_TAG;
use super::state::{Experiment, Stage, no_experiment};
use super::{limits, place, rights, tags, view};
use crate::sim::dialects::permissions;
use crate::sim::http::{Answer, Call, Caller, Refusal};
use crate::sim::state::State as Workspace;

pub(super) fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = place::free(state, call.need("name")?)?;
    let tags = tags::sent(call, "tags", &EXPERIMENT_TAG)?;
    let id = state.ids.object().to_string();
    let location = call.text("artifact_location").filter(|location| !location.is_empty());
    if location.is_some_and(|location| !location.contains(":/")) {
        return Err(Refusal::invalid("artifact_location must be a URI"));
    }
    let experiment = Experiment {
        artifact_location: location.map_or_else(|| default_location(&id), str::to_owned),
        own_tags: own_tags(&name, "MLFLOW_EXPERIMENT", &call.caller),
        name,
        tags,
        trace_location: call.body.get("trace_location").filter(|sent| !sent.is_null()).cloned(),
        created: call.now,
        updated: call.now,
        ..Experiment::default()
    };
    state.mlflow.experiments.insert(id.clone(), experiment);
    permissions::grant_creator(state, rights::WORD, &id, &call.caller, "CAN_MANAGE");
    Ok(Answer::Json(json!({ "experiment_id": id })))
}

/// Makes the experiment of a notebook, as it arises when the notebook logs its first run.
pub(super) fn arise(state: &mut Workspace, call: &Call<'_>, id: &str) {
    let Some(name) = place::notebook(state, id) else { return };
    state.mlflow.experiments.entry(id.to_owned()).or_insert_with(|| Experiment {
        artifact_location: default_location(id),
        own_tags: own_tags(&name, "NOTEBOOK", &call.caller),
        name,
        of_notebook: true,
        created: call.now,
        updated: call.now,
        ..Experiment::default()
    });
}

fn default_location(id: &str) -> String {
    format!("dbfs:/databricks/mlflow-tracking/{id}")
}

/// The tags which the server writes.
fn own_tags(name: &str, sort: &str, caller: &Caller) -> BTreeMap<String, String> {
    let tags = [
        ("mlflow.experiment.sourceName", name),
        ("mlflow.experimentType", sort),
        ("mlflow.ownerEmail", &caller.user_name),
        ("mlflow.ownerId", &caller.id),
    ];
    tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// Gives deleted ones too.
pub(super) fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("experiment_id")?;
    let found = state.mlflow.experiment(id)?;
    Ok(Answer::Json(json!({ "experiment": view::experiment(id, found) })))
}

/// Gives deleted ones too.
pub(super) fn by_name(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("experiment_name")?;
    let found = state.mlflow.experiments.iter().find(|(_, experiment)| experiment.name == name);
    let (id, found) =
        found.ok_or_else(|| Refusal::not_found(format!("Node {name} does not exist.")))?;
    Ok(Answer::Json(json!({ "experiment": view::experiment(id, found) })))
}

/// Renames, and with the name moves within the workspace.
pub(super) fn update(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("experiment_id")?;
    let found = state.mlflow.active_experiment(id)?;
    let Some(wanted) = call.text("new_name").filter(|name| *name != found.name) else {
        return Ok(Answer::nothing());
    };
    if found.of_notebook {
        return Err(Refusal::invalid(format!(
            "Experiment {id} belongs to a notebook and is renamed with it"
        )));
    }
    let name = place::free(state, wanted)?;
    let found = state.mlflow.active_experiment(id)?;
    found.own_tags.insert("mlflow.experiment.sourceName".to_owned(), name.clone());
    found.name = name;
    found.updated = call.now;
    Ok(Answer::nothing())
}

pub(super) fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    turn(state, call, Stage::Active, Stage::Deleted)
}

pub(super) fn restore(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    turn(state, call, Stage::Deleted, Stage::Active)
}

/// Deletes or restores an experiment with its runs; one which is so already is not found.
fn turn(state: &mut Workspace, call: &Call<'_>, from: Stage, to: Stage) -> Result<Answer, Refusal> {
    let id = call.need("experiment_id")?;
    let found = state.mlflow.experiments.get_mut(id).filter(|found| found.stage == from);
    let found = found.ok_or_else(|| no_experiment(id))?;
    found.stage = to;
    found.updated = call.now;
    for run in state.mlflow.runs.values_mut().filter(|run| run.experiment == id) {
        run.stage = to;
    }
    Ok(Answer::nothing())
}

pub(super) fn set_tag(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, key) = (call.need("experiment_id")?, call.need("key")?);
    let value = call.text("value").unwrap_or_default();
    limits::check(&EXPERIMENT_TAG, key, value)?;
    let found = state.mlflow.active_experiment(id)?;
    found.tags.insert(key.to_owned(), value.to_owned());
    Ok(Answer::nothing())
}
