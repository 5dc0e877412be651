//! Which kind of server a snapshot is of, or a plan for.

use serde::{Deserialize, Serialize};

/// A Databricks workspace, or the open-source server that speaks a part of its API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Server {
    /// A Databricks workspace.
    #[default]
    Workspace,
    /// A plain MLflow server: experiments, runs and models, and neither people nor rights nor a tree.
    Mlflow,
}

impl Server {
    /// Whether it is a workspace; other servers are named in a snapshot.
    pub fn is_workspace(&self) -> bool {
        *self == Self::Workspace
    }

    /// Whether it answers calls below this path of the API.
    pub fn offers(self, path: &str) -> bool {
        self.is_workspace() || path.contains("/mlflow/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_server_offers_what_is_of_mlflow() {
        let (jobs, runs) = ("/api/2.2/jobs/list", "/api/2.0/mlflow/runs/search");
        assert!(Server::Workspace.offers(jobs) && Server::Workspace.offers(runs));
        assert!(!Server::Mlflow.offers(jobs) && Server::Mlflow.offers(runs));
    }
}
