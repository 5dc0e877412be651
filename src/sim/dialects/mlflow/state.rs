//! What tracking keeps.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::metrics::Point;
use super::registry;
use crate::sim::dialects::content;
use crate::sim::http::Refusal;

/// The part of the workspace which tracking keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The experiments, deleted ones too, by identifier.
    pub(super) experiments: BTreeMap<String, Experiment>,
    /// The runs, deleted ones too, by identifier.
    pub(super) runs: BTreeMap<String, Run>,
    /// What was uploaded through the tracking server itself, by path.
    pub(super) artifacts: BTreeMap<String, Artifact>,
    /// Models, their versions, and their webhooks.
    pub(crate) registry: registry::State,
}

/// Where something is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// It can be read and changed.
    #[default]
    Active,
    /// It can be read and restored.
    Deleted,
}

/// An experiment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Experiment {
    /// Its path in the workspace.
    pub(super) name: String,
    /// Where its runs' artifacts go.
    pub(super) artifact_location: String,
    /// Where it is in its life.
    pub(super) stage: Stage,
    /// What people tagged it with.
    pub(super) tags: BTreeMap<String, String>,
    /// What the server tags it with.
    pub(super) own_tags: BTreeMap<String, String>,
    /// Where its traces go, as it was sent.
    pub(super) trace_location: Option<Value>,
    /// Whether it is a notebook's, which nobody creates.
    pub(super) of_notebook: bool,
    /// When it was made, in milliseconds.
    pub(super) created: i64,
    /// When it was last changed, in milliseconds.
    pub(super) updated: i64,
}

/// A run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Run {
    /// Its experiment's identifier.
    pub(super) experiment: String,
    /// Who made it.
    pub(super) user: String,
    /// `RUNNING` and so on.
    pub(super) status: String,
    /// When it began, as the client says.
    pub(super) start: i64,
    /// When it ended, as the client says.
    pub(super) end: Option<i64>,
    /// Where it is in its life.
    pub(super) stage: Stage,
    /// Its tags; `mlflow.runName` is its name.
    pub(super) tags: BTreeMap<String, String>,
    /// Its parameters.
    pub(super) params: BTreeMap<String, String>,
    /// Every value of each metric, in the order of arrival.
    pub(super) metrics: BTreeMap<String, Vec<Point>>,
    /// The datasets it read, as they are given back.
    pub(super) inputs: Vec<Value>,
}

/// One uploaded file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Artifact {
    /// Its bytes.
    #[serde(with = "content")]
    pub(super) bytes: Bytes,
}

impl Stage {
    /// The API's word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deleted => "deleted",
        }
    }

    /// Whether a `view_type` shows it; without one only what is active is shown.
    pub(super) fn is_in(self, view: Option<&str>) -> bool {
        match view {
            Some("ALL") => true,
            Some("DELETED_ONLY") => self == Self::Deleted,
            _ => self == Self::Active,
        }
    }

    /// Refuses what only an active one allows.
    pub(super) fn active(self, what: &str, id: &str) -> Result<(), Refusal> {
        if self == Self::Active {
            return Ok(());
        }
        let state = self.word();
        Err(Refusal::invalid(format!(
            "The {what} {id} must be in the 'active' state. Current state is {state}."
        )))
    }
}

impl State {
    /// An experiment, deleted or not.
    pub(super) fn experiment(&self, id: &str) -> Result<&Experiment, Refusal> {
        self.experiments.get(id).ok_or_else(|| no_experiment(id))
    }

    /// An experiment which may be changed.
    pub(super) fn active_experiment(&mut self, id: &str) -> Result<&mut Experiment, Refusal> {
        let found = self.experiments.get_mut(id).ok_or_else(|| no_experiment(id))?;
        found.stage.active("experiment", id)?;
        Ok(found)
    }

    /// A run, deleted or not.
    pub(super) fn run(&self, id: &str) -> Result<&Run, Refusal> {
        self.runs.get(id).ok_or_else(|| no_run(id))
    }

    /// A run which may be changed.
    pub(super) fn active_run(&mut self, id: &str) -> Result<&mut Run, Refusal> {
        let found = self.runs.get_mut(id).ok_or_else(|| no_run(id))?;
        found.stage.active("run", id)?;
        Ok(found)
    }

    /// Where a run's artifacts are.
    pub(super) fn artifact_uri(&self, id: &str, run: &Run) -> String {
        let location =
            self.experiments.get(&run.experiment).map_or("", |found| &found.artifact_location);
        format!("{}/{id}/artifacts", location.trim_end_matches('/'))
    }
}

/// The refusal for an experiment which is not there.
pub(super) fn no_experiment(id: &str) -> Refusal {
    Refusal::not_found(format!("No Experiment with id={id} exists"))
}

/// The refusal for a run which is not there.
pub(super) fn no_run(id: &str) -> Refusal {
    Refusal::not_found(format!("Run with id={id} not found"))
}
