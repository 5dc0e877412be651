//! The jobs of a workspace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sim::dialects::scim;
use crate::sim::http::Refusal;
use crate::sim::state::State as Workspace;

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The jobs, by identifier.
    pub(crate) jobs: BTreeMap<i64, Job>,
}

/// One job.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Job {
    /// The settings, with what the server filled in, but with clusters as they were asked for.
    pub(super) asked: Map<String, Value>,
    /// The settings as they are given back.
    pub(super) settings: Map<String, Value>,
    /// Who made it.
    pub(super) creator: String,
    /// When it was made, in milliseconds.
    pub(super) created: i64,
}

impl State {
    /// Whether there is such a job.
    pub(crate) fn exists(&self, id: &str) -> bool {
        id.parse().is_ok_and(|id| self.jobs.contains_key(&id))
    }

    /// A job.
    ///
    /// # Errors
    /// 400, as servers answer here, when there is none.
    pub(super) fn get(&self, id: i64) -> Result<&Job, Refusal> {
        self.jobs.get(&id).ok_or_else(|| Refusal::invalid(format!("Job {id} does not exist.")))
    }
}

impl Job {
    /// What the API gives besides the settings; a creator who was deleted is not named.
    pub(super) fn envelope(&self, state: &Workspace, id: i64) -> Value {
        let mut answer = json!({ "job_id": id, "created_time": self.created });
        if scim::caller(state, &self.creator).is_some() {
            answer["creator_user_name"] = json!(self.creator);
        }
        for (effective, set) in [
            ("effective_budget_policy_id", "budget_policy_id"),
            ("effective_usage_policy_id", "usage_policy_id"),
        ] {
            if let Some(policy) = self.settings.get(set) {
                answer[effective] = policy.clone();
            }
        }
        answer
    }
}
