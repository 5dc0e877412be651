//! Versions of models: numbered by the server, each number once.

use serde_json::json;

use super::state::{State, Version, open, unknown};
use crate::sim::dialects::mlflow::limits::{REGISTRY_TAG, check};
use crate::sim::dialects::mlflow::tags;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

/// What a create takes.
const KNOWN: [&str; 6] = ["name", "source", "run_id", "run_link", "description", "tags"];

/// The stages of a version, in the spelling of answers.
const STAGES: [&str; 4] = ["None", "Staging", "Production", "Archived"];

fn answered(registry: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, number) = (call.need("name")?, call.need("version")?);
    let version = registry.version(name, number)?;
    let number = number.parse().unwrap_or_default();
    Ok(Answer::Json(json!({ "model_version": version.answer(name, number) })))
}

/// Makes the next version. A run that is named must be there, and one that the source names by its own
/// address or lies in must be named.
pub(super) fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, source) = (call.need("name")?, call.need("source")?);
    open(state)?.model(name)?;
    let run = call.text("run_id").unwrap_or_default();
    if !run.is_empty() {
        state.mlflow.run(run)?;
    }
    if !source.contains(":/") || is_of_some_run(source) && !is_of(state, run, source) {
        return Err(Refusal::invalid(format!(
            "Invalid model version source: '{source}'. The run_id request parameter must identify \
             the resource that contains the source."
        )));
    }
    let version = Version {
        source: source.to_owned(),
        run: run.to_owned(),
        run_link: call.text("run_link").unwrap_or_default().to_owned(),
        user: call.caller.user_name.clone(),
        description: call.text("description").unwrap_or_default().to_owned(),
        tags: tags::sent(call, "tags", &REGISTRY_TAG)?,
        stage: STAGES[0].to_owned(),
        created: call.now,
        updated: call.now,
        unknown: unknown(call, &KNOWN),
    };
    let model = open(state)?.model(name)?;
    model.last += 1;
    let answer = version.answer(name, model.last);
    model.versions.insert(model.last, version);
    Ok(Answer::Json(json!({ "model_version": answer })))
}

fn is_of_some_run(source: &str) -> bool {
    ["runs:/", "mlflow-artifacts:/"].iter().any(|scheme| source.starts_with(scheme))
}

fn is_of(state: &Workspace, id: &str, source: &str) -> bool {
    let Ok(run) = state.mlflow.run(id) else { return false };
    let places = [state.mlflow.artifact_uri(id, run), format!("runs:/{id}")];
    let below = |place: &String| {
        source.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    places.iter().any(below)
}

pub(super) fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    answered(open(state)?, call)
}

pub(super) fn update(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let registry = open(state)?;
    let version = registry.version(call.need("name")?, call.need("version")?)?;
    call.text("description").unwrap_or_default().clone_into(&mut version.description);
    version.updated = call.now;
    answered(registry, call)
}

/// A version goes if it is not in use; its number is not given again.
pub(super) fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, number) = (call.need("name")?, call.need("version")?);
    let registry = open(state)?;
    let stage = &registry.version(name, number)?.stage;
    if ["Staging", "Production"].contains(&stage.as_str()) {
        return Err(Refusal::state(format!(
            "Model Version (name={name}, version={number}) is in the stage {stage}: \
             transition it to None or Archived first"
        )));
    }
    registry.model(name)?.versions.remove(&number.parse().unwrap_or_default());
    Ok(Answer::nothing())
}

pub(super) fn set_tag(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (key, value) = (call.need("key")?, call.text("value").unwrap_or_default());
    check(&REGISTRY_TAG, key, value)?;
    let version = open(state)?.version(call.need("name")?, call.need("version")?)?;
    version.tags.insert(key.to_owned(), value.to_owned());
    Ok(Answer::nothing())
}

/// A tag which is not there is deleted already.
pub(super) fn delete_tag(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let version = open(state)?.version(call.need("name")?, call.need("version")?)?;
    version.tags.remove(call.need("key")?);
    Ok(Answer::nothing())
}

pub(super) fn download_uri(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let version = open(state)?.version(call.need("name")?, call.need("version")?)?;
    Ok(Answer::Json(json!({ "artifact_uri": version.source })))
}

/// Moves a version to a stage, and if that is wanted those that are there to `Archived`.
pub(super) fn transition(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, number) = (call.need("name")?, call.need("version")?);
    let asked = call.need("stage")?;
    let stage = STAGES.into_iter().find(|stage| *stage == asked).ok_or_else(|| {
        Refusal::invalid(format!(
            "Invalid Model Version stage: {asked}. Value must be one of {}.",
            STAGES.join(", ")
        ))
    })?;
    let registry = open(state)?;
    registry.version(name, number)?;
    if call.body["archive_existing_versions"] == true {
        for version in registry.model(name)?.versions.values_mut().filter(|one| one.stage == stage)
        {
            "Archived".clone_into(&mut version.stage);
        }
    }
    let version = registry.version(name, number)?;
    stage.clone_into(&mut version.stage);
    version.updated = call.now;
    let answer = version.answer(name, number.parse().unwrap_or_default());
    Ok(Answer::Json(json!({ "model_version_databricks": answer })))
}
