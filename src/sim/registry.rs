//! Every dialect, once.

use super::dialects::permissions::{self, Securable};
use super::dialects::{
    alerts, clusters, dashboards, instance_profiles, jobs, libraries, mlflow,
    notification_destinations, pipelines, policies, pools, queries, scim, tree, warehouses,
};
use super::http::Route;

/// The calls of all dialects.
pub(crate) const ROUTES: &[&[Route]] = &[
    alerts::ROUTES,
    clusters::ROUTES,
    dashboards::ROUTES,
    instance_profiles::ROUTES,
    jobs::ROUTES,
    libraries::ROUTES,
    mlflow::ROUTES,
    notification_destinations::ROUTES,
    permissions::ROUTES,
    pipelines::ROUTES,
    policies::ROUTES,
    pools::ROUTES,
    queries::ROUTES,
    scim::ROUTES,
    tree::ROUTES,
    warehouses::ROUTES,
];

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
