//! Registered models.

use serde_json::{Value, json};

use super::state::{Model, no_model, open, unknown};
use crate::sim::dialects::mlflow::limits::{REGISTRY_TAG, check};
use crate::sim::dialects::mlflow::tags;
use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

/// How the paths of the permissions API call registered models.
const WORD: &str = "registered-models";

/// Who may do what with a model; it is known by its identifier there, not by its name.
pub(in crate::sim::dialects::mlflow) const SECURABLE: Securable = Securable {
    object_type: "registered-model",
    path: WORD,
    levels: &[
        ("CAN_READ", "Can view the model and its versions"),
        ("CAN_EDIT", "Can view the model and add versions"),
        ("CAN_MANAGE_STAGING_VERSIONS", "Can edit the model and manage its staging versions"),
        ("CAN_MANAGE_PRODUCTION_VERSIONS", "Can edit the model and manage all its versions"),
        ("CAN_MANAGE", "Can do everything with the model, also change its permissions"),
    ],
    exists: |state, id| state.mlflow.registry.models.values().any(|model| model.id == id),
    ..Securable::REGULAR
};

fn answered(model: &Model, name: &str) -> Answer {
    Answer::Json(json!({ "registered_model": model.answer(name) }))
}

fn free(state: &mut Workspace, name: &str) -> Result<(), Refusal> {
    if name.contains(['/', ':']) {
        return Err(Refusal::invalid(format!(
            "Invalid model name '{name}'. Names cannot contain '/' or ':'."
        )));
    }
    if open(state)?.models.contains_key(name) {
        let message = format!("Registered Model (name={name}) already exists.");
        return Err(Refusal::exists(message));
    }
    Ok(())
}

pub(super) fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("name")?;
    free(state, name)?;
    let tags = tags::sent(call, "tags", &REGISTRY_TAG)?;
    let id = state.ids.uuid().replace('-', "");
    let model = Model {
        id: id.clone(),
        user: call.caller.user_name.clone(),
        description: call.text("description").unwrap_or_default().to_owned(),
        tags,
        unknown: unknown(call, &["name", "description", "tags"]),
        created: call.now,
        updated: call.now,
        ..Model::default()
    };
    let answer = answered(&model, name);
    open(state)?.models.insert(name.to_owned(), model);
    permissions::grant_creator(state, WORD, &id, &call.caller, "CAN_MANAGE");
    Ok(answer)
}

/// The workspace's own form of `get`: it tells the identifier too, and what the caller may do.
pub(super) fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("name")?;
    let model = open(state)?.model(name)?;
    let mut answer = model.answer(name);
    answer["id"] = json!(model.id);
    answer["permission_level"] = json!("CAN_MANAGE");
    Ok(Answer::Json(json!({ "registered_model_databricks": answer })))
}

pub(super) fn update(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("name")?;
    let model = open(state)?.model(name)?;
    call.text("description").unwrap_or_default().clone_into(&mut model.description);
    model.updated = call.now;
    Ok(answered(model, name))
}

pub(super) fn rename(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, new) = (call.need("name")?, call.need("new_name")?);
    open(state)?.model(name)?;
    free(state, new)?;
    let registry = open(state)?;
    let mut model = registry.models.remove(name).ok_or_else(|| no_model(name))?;
    model.updated = call.now;
    let answer = answered(&model, new);
    registry.models.insert(new.to_owned(), model);
    for webhook in registry.webhooks.values_mut() {
        if webhook.get("model_name") == Some(&json!(name)) {
            webhook.insert("model_name".into(), json!(new));
        }
    }
    Ok(answer)
}

/// A model goes with its versions, if none of them is in use.
pub(super) fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("name")?;
    let registry = open(state)?;
    let model = registry.model(name)?;
    let in_use = |stage: &str| ["Staging", "Production"].contains(&stage);
    if model.versions.values().any(|version| in_use(&version.stage)) {
        return Err(Refusal::state(format!(
            "Registered Model {name} has versions in the stages Staging or Production: \
             transition them to None or Archived first"
        )));
    }
    let id = model.id.clone();
    registry.models.remove(name);
    registry.webhooks.retain(|_, webhook| webhook.get("model_name") != Some(&json!(name)));
    permissions::forget(state, WORD, &id);
    Ok(Answer::nothing())
}

pub(super) fn set_tag(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, key) = (call.need("name")?, call.need("key")?);
    let value = call.text("value").unwrap_or_default();
    check(&REGISTRY_TAG, key, value)?;
    open(state)?.model(name)?.tags.insert(key.to_owned(), value.to_owned());
    Ok(Answer::nothing())
}

/// A tag which is not there is deleted already.
pub(super) fn delete_tag(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, key) = (call.need("name")?, call.need("key")?);
    open(state)?.model(name)?.tags.remove(key);
    Ok(Answer::nothing())
}

/// The last version of each stage that is asked for.
pub(super) fn latest(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("name")?;
    let stages = call.body.get("stages").and_then(Value::as_array);
    let stages: Vec<&str> = stages.into_iter().flatten().filter_map(Value::as_str).collect();
    let latest = open(state)?.model(name)?.latest(name, &stages);
    Ok(Answer::Json(match latest.is_empty() {
        true => json!({}),
        false => json!({ "model_versions": latest }),
    }))
}
