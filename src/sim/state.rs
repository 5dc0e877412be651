//! Everything a workspace holds.

use serde::{Deserialize, Serialize};

use super::dialects::{
    alerts, clusters, commands, dashboards, dbfs, git_credentials, global_init_scripts,
    instance_profiles, jobs, libraries, mlflow, notification_destinations, permissions, pipelines,
    policies, pools, queries, repos, scim, secrets, tree, warehouses,
};
use super::ids::Ids;
use super::storage;

/// The content of a workspace: each dialect owns one part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Milliseconds since the workspace was made: every request takes one.
    pub(crate) clock: i64,
    /// Identifiers to come.
    pub(crate) ids: Ids,
    /// Users, service principals and groups.
    pub(crate) scim: scim::State,
    /// Who may do what with which object.
    pub(crate) permissions: permissions::State,
    /// Cluster policies.
    pub(crate) policies: policies::State,
    /// Instance pools.
    pub(crate) pools: pools::State,
    /// Global init scripts.
    pub(crate) global_init_scripts: global_init_scripts::State,
    /// Instance profiles.
    pub(crate) instance_profiles: instance_profiles::State,
    /// Clusters.
    pub(crate) clusters: clusters::State,
    /// Commands on clusters.
    pub(crate) commands: commands::State,
    /// Libraries on clusters.
    pub(crate) libraries: libraries::State,
    /// Jobs.
    pub(crate) jobs: jobs::State,
    /// Pipelines.
    pub(crate) pipelines: pipelines::State,
    /// SQL warehouses.
    pub(crate) warehouses: warehouses::State,
    /// Where notifications go.
    pub(crate) notification_destinations: notification_destinations::State,
    /// SQL queries.
    pub(crate) queries: queries::State,
    /// SQL alerts.
    pub(crate) alerts: alerts::State,
    /// Dashboards.
    pub(crate) dashboards: dashboards::State,
    /// Who people are to git providers.
    pub(crate) git_credentials: git_credentials::State,
    /// What the cloud's storage keeps.
    pub(crate) storage: storage::State,
    /// What is checked out in git folders.
    pub(crate) repos: repos::State,
    /// Experiments and their runs.
    pub(crate) mlflow: mlflow::State,
    /// Scopes and their secrets.
    pub(crate) secrets: secrets::State,
    /// Directories, notebooks and files.
    pub(crate) tree: tree::State,
    /// Files of DBFS.
    pub(crate) dbfs: dbfs::State,
}
