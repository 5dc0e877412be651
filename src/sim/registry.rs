//! Every dialect, once.

use super::dialects::permissions::{self, Securable};
use super::dialects::{
    clusters, jobs, notification_destinations, pipelines, policies, pools, scim, tree, warehouses,
};
use super::http::Route;

/// The calls of all dialects.
pub(crate) const ROUTES: &[&[Route]] = &[
    clusters::ROUTES,
    jobs::ROUTES,
    notification_destinations::ROUTES,
    permissions::ROUTES,
    pipelines::ROUTES,
    policies::ROUTES,
    pools::ROUTES,
    scim::ROUTES,
    tree::ROUTES,
    warehouses::ROUTES,
];

/// The types of object which have permissions.
pub(crate) const SECURABLES: &[&[Securable]] = &[
    clusters::SECURABLES,
    jobs::SECURABLES,
    notification_destinations::SECURABLES,
    pipelines::SECURABLES,
    policies::SECURABLES,
    pools::SECURABLES,
    tree::SECURABLES,
    warehouses::SECURABLES,
    #[cfg(test)]
    super::testing::SECURABLES,
];
