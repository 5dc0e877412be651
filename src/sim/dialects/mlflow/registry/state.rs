//! What the registry keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sim::dialects::mlflow::tags;
use crate::sim::http::{Call, Refusal};
use crate::sim::state::State as Workspace;

/// The part of the workspace which the registry keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Whether the workspace is one without a registry of its own, which keeps models in Unity Catalog.
    pub(crate) disabled: bool,
    /// The models, by name.
    pub(super) models: BTreeMap<String, Model>,
    /// The webhooks, by identifier, as they are given back.
    pub(super) webhooks: BTreeMap<String, Map<String, Value>>,
}

/// A registered model.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Model {
    /// Its identifier, by which rights on it are granted.
    pub(super) id: String,
    pub(super) user: String,
    pub(super) description: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created: i64,
    pub(super) updated: i64,
    /// Its versions, by number.
    pub(super) versions: BTreeMap<u64, Version>,
    /// What was sent and nobody has heard of.
    pub(super) unknown: Map<String, Value>,
    /// The last number which was given: a number is given once, also after its version is deleted.
    pub(super) last: u64,
}

/// A version of a model.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    pub(super) source: String,
    pub(super) run: String,
    pub(super) run_link: String,
    pub(super) user: String,
    pub(super) description: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) stage: String,
    pub(super) created: i64,
    pub(super) updated: i64,
    /// What was sent and nobody has heard of.
    pub(super) unknown: Map<String, Value>,
}

/// What was sent beyond these fields: it is kept and given back as it came.
pub(super) fn unknown(call: &Call<'_>, known: &[&str]) -> Map<String, Value> {
    let sent = call.body.as_object().into_iter().flatten();
    sent.filter(|(name, _)| !known.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The registry, where there is one.
///
/// # Errors
/// 404 in a workspace without one.
pub(super) fn open(state: &mut Workspace) -> Result<&mut State, Refusal> {
    let registry = &mut state.mlflow.registry;
    if registry.disabled {
        return Err(Refusal::new(
            404,
            "FEATURE_DISABLED",
            "The workspace model registry is disabled in this workspace. Use models in Unity Catalog instead.",
        ));
    }
    Ok(registry)
}

impl State {
    /// A model.
    pub(super) fn model(&mut self, name: &str) -> Result<&mut Model, Refusal> {
        self.models.get_mut(name).ok_or_else(|| no_model(name))
    }

    /// A version of a model, by its number as text.
    pub(super) fn version(&mut self, name: &str, number: &str) -> Result<&mut Version, Refusal> {
        let parsed = number
            .parse::<u64>()
            .map_err(|_| Refusal::invalid("Model version must be an integer"))?;
        let found = self.models.get_mut(name).and_then(|model| model.versions.get_mut(&parsed));
        found.ok_or_else(|| {
            Refusal::not_found(format!("Model Version (name={name}, version={number}) not found"))
        })
    }
}

/// The refusal for a model which is not there.
pub(super) fn no_model(name: &str) -> Refusal {
    Refusal::not_found(format!("Registered Model with name={name} not found"))
}

impl Model {
    /// The model as answers show it; what is empty is left out.
    pub(super) fn answer(&self, name: &str) -> Value {
        let mut answer = json!({
            "name": name,
            "creation_timestamp": self.created,
            "last_updated_timestamp": self.updated,
            "user_id": self.user,
        });
        describe(&mut answer, &self.description, &self.tags, &self.unknown);
        let latest = self.latest(name, &[]);
        if !latest.is_empty() {
            answer["latest_versions"] = latest.into();
        }
        answer
    }

    /// The last version of each stage, or of some.
    pub(super) fn latest(&self, name: &str, stages: &[&str]) -> Vec<Value> {
        let mut latest: BTreeMap<&str, (u64, &Version)> = BTreeMap::new();
        for (number, version) in &self.versions {
            if stages.is_empty() || stages.contains(&version.stage.as_str()) {
                latest.insert(&version.stage, (*number, version));
            }
        }
        latest.into_values().map(|(number, version)| version.answer(name, number)).collect()
    }
}

impl Version {
    /// The version as answers show it, also where nothing describes it.
    pub(super) fn answer(&self, name: &str, number: u64) -> Value {
        let mut answer = json!({
            "name": name,
            "version": number.to_string(),
            "creation_timestamp": self.created,
            "last_updated_timestamp": self.updated,
            "user_id": self.user,
            "current_stage": self.stage,
            "source": self.source,
            "run_id": self.run,
            "run_link": self.run_link,
            "status": "READY",
            "description": "",
        });
        describe(&mut answer, &self.description, &self.tags, &self.unknown);
        answer
    }
}

fn describe(
    answer: &mut Value,
    description: &str,
    tags: &BTreeMap<String, String>,
    unknown: &Map<String, Value>,
) {
    for (name, value) in unknown {
        answer[name] = value.clone();
    }
    if !description.is_empty() {
        answer["description"] = json!(description);
    }
    if let Some(tags) = tags::list(tags) {
        answer["tags"] = tags;
    }
}
