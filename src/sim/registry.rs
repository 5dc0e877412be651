//! Every dialect, once.

use super::dialects::permissions::{self, Securable};
use super::dialects::{
    alerts, clusters, commands, dashboards, dbfs, git_credentials, global_init_scripts,
    instance_profiles, jobs, libraries, mlflow, notification_destinations, pipelines, policies,
    pools, queries, repos, scim, secrets, tree, warehouses,
};
use super::http::{Call, Route};
use super::state::State;

/// The calls of all dialects.
pub(crate) const ROUTES: &[&[Route]] = &[
    alerts::ROUTES,
    clusters::ROUTES,
    commands::ROUTES,
    dashboards::ROUTES,
    dbfs::ROUTES,
    global_init_scripts::ROUTES,
    git_credentials::ROUTES,
    instance_profiles::ROUTES,
    jobs::ROUTES,
    libraries::ROUTES,
    mlflow::ROUTES,
    mlflow::registry::ROUTES,
    notification_destinations::ROUTES,
    permissions::ROUTES,
    pipelines::ROUTES,
    policies::ROUTES,
    pools::ROUTES,
    queries::ROUTES,
    repos::ROUTES,
    scim::ROUTES,
    secrets::ROUTES,
    tree::ROUTES,
    warehouses::ROUTES,
];

/// What a call has to have fetched before it can be answered, by the beginning of its path.
pub(crate) const ERRANDS: &[(&str, Errand)] = &[("/api/2.0/repos", repos::errand)];

/// Says what a call has to have fetched, if anything.
pub(crate) type Errand = fn(&State, &Call<'_>) -> Option<repos::Errand>;

/// The types of object which have permissions.
pub(crate) const SECURABLES: &[&[Securable]] = &[
    alerts::SECURABLES,
    clusters::SECURABLES,
    dashboards::SECURABLES,
    jobs::SECURABLES,
    mlflow::SECURABLES,
    notification_destinations::SECURABLES,
    pipelines::SECURABLES,
    policies::SECURABLES,
    pools::SECURABLES,
    queries::SECURABLES,
    tree::SECURABLES,
    warehouses::SECURABLES,
    #[cfg(test)]
    super::testing::SECURABLES,
];
