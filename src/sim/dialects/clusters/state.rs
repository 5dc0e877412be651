//! The clusters of a workspace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::cloud::Cloud;
use super::lifecycle::{Life, Phase};
use crate::sim::http::Refusal;
use crate::sim::state::State as Workspace;

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Where the workspace runs.
    pub(crate) cloud: Cloud,
    /// How often a passing state, as `PENDING`, is seen before it is over.
    pub(crate) looks: u32,
    /// The clusters, by identifier.
    pub(crate) clusters: BTreeMap<String, Cluster>,
}

impl Default for State {
    fn default() -> Self {
        Self { cloud: Cloud::default(), looks: 1, clusters: BTreeMap::new() }
    }
}

/// One cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Cluster {
    /// What was asked for.
    pub(crate) spec: Map<String, Value>,
    /// What the server made of it.
    pub(crate) effective: Map<String, Value>,
    /// What made it: `API`, `UI`, `JOB`, `PIPELINE` and so on.
    pub(crate) source: String,
    /// Whom it belongs to.
    pub(crate) creator: String,
    /// What it is doing.
    pub(crate) phase: Phase,
    /// Whether it stays listed however long it is terminated.
    pub(crate) pinned: bool,
    /// When it was made, in milliseconds.
    pub(crate) started: i64,
    /// When it last started again.
    pub(crate) restarted: i64,
    /// When it was terminated, while it is.
    pub(crate) terminated: Option<i64>,
    /// Who terminated it.
    pub(crate) terminated_by: String,
    /// The token by which a second request to create it is known.
    pub(crate) token: Option<String>,
}

impl State {
    /// Whether there is such a cluster.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.clusters.contains_key(id)
    }

    /// A cluster which can still be reached.
    ///
    /// # Errors
    /// 400 when there is none, and when it was terminated more than 60 days ago and is not pinned.
    pub(crate) fn get(&mut self, id: &str, now: i64) -> Result<&mut Cluster, Refusal> {
        let cluster = self
            .clusters
            .get_mut(id)
            .ok_or_else(|| Refusal::invalid(format!("Cluster {id} does not exist")))?;
        if cluster.gone_since(60, now) {
            return Err(Refusal::invalid(format!(
                "Cannot access cluster {id} that was terminated or unpinned more than 30 days ago."
            )));
        }
        Ok(cluster)
    }
}

/// Whether programs can be sent to a cluster.
pub(crate) fn is_running(state: &Workspace, id: &str) -> bool {
    state.clusters.clusters.get(id).is_some_and(|cluster| cluster.life() == Life::Running)
}

impl Cluster {
    /// What the cluster is doing.
    pub(crate) fn life(&self) -> Life {
        self.phase.life()
    }

    /// Whether listings have it: pinned, active, or terminated within 30 days.
    pub(crate) fn listed(&self, now: i64) -> bool {
        !self.gone_since(30, now)
    }

    fn gone_since(&self, days: i64, now: i64) -> bool {
        !self.pinned && self.terminated.is_some_and(|at| now - at > days * DAY)
    }

    /// Begins to run, from the start or again.
    pub(super) fn launch(&mut self, life: Life, looks: u32, now: i64) {
        self.phase = Phase::begin(life, looks);
        self.terminated = None;
        self.restarted = now;
    }

    /// Begins to give its machines back.
    pub(super) fn terminate(&mut self, looks: u32, now: i64, by: &str) {
        self.phase = Phase::begin(Life::Terminating, looks);
        self.terminated = Some(now);
        self.terminated_by = by.to_owned();
    }
}
