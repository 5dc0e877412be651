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
        // Webhooks have another API there.
        let is_plain = path.contains("/mlflow/") && !path.contains("/registry-webhooks/");
        self.is_workspace() || is_plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_server_offers_what_is_of_mlflow() {
        for (path, is_plain) in [
            ("/api/2.2/jobs/list", false),
            ("/api/2.0/mlflow/runs/search", true),
            ("/api/2.0/mlflow/registry-webhooks/list", false),
        ] {
            assert!(Server::Workspace.offers(path));
            assert_eq!(Server::Mlflow.offers(path), is_plain, "{path}");
        }
    }
}
