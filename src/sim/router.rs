//! Finds which dialect answers a request.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::http::{Refusal, Route};
use super::options::Versions;
use super::registry;
use super::template::{Template, segments};

static TABLE: LazyLock<Vec<(Template, &'static Route)>> = LazyLock::new(|| {
    registry::ROUTES
        .iter()
        .copied()
        .flatten()
        .map(|route| (Template::parse(route.path), route))
        .collect()
});

/// API versions which mean the same to the dialects: older prefix, newest prefix.
const OLDER: [(&str, &str); 6] = [
    ("/api/2.1/jobs/", "/api/2.2/jobs/"),
    ("/api/2.0/clusters/", "/api/2.1/clusters/"),
    ("/api/2.0/permissions/sql/warehouses/", "/api/2.0/permissions/warehouses/"),
    ("/api/2.0/permissions/sql/queries/", "/api/2.0/permissions/queries/"),
    ("/api/2.0/permissions/sql/alerts/", "/api/2.0/permissions/alerts/"),
    ("/api/2.0/permissions/sql/dashboards/", "/api/2.0/permissions/dbsql-dashboards/"),
];

/// A request with its destination.
pub(super) struct Found {
    /// The route.
    pub(super) route: &'static Route,
    /// The segments of the path in its newest version.
    pub(super) segments: Vec<String>,
    /// What stands in the placeholders.
    pub(super) params: BTreeMap<&'static str, String>,
}

/// Finds the route of a request.
///
/// # Errors
/// 404 for a path which nobody serves, 405 for a method which the path does not take.
pub(super) fn find(method: &str, path: &str, versions: Versions) -> Result<Found, Refusal> {
    if !versions.serve(path) {
        return Err(Refusal::no_endpoint(path));
    }
    let segments = segments(&newest(path));
    let best = |method: Option<&str>| {
        TABLE
            .iter()
            .filter(|(template, route)| {
                method.is_none_or(|method| route.method == method) && template.matches(&segments)
            })
            .min_by_key(|(template, _)| template.placeholders())
    };
    let Some((template, route)) = best(Some(method)) else {
        return Err(match best(None) {
            Some(_) => Refusal::new(
                405,
                "METHOD_NOT_ALLOWED",
                format!("The method {method} is not allowed for '{path}'"),
            ),
            None => Refusal::no_endpoint(path),
        });
    };
    let params =
        template.values(&segments).map(|(name, value)| (name, value.into_owned())).collect();
    Ok(Found { route, params, segments })
}

/// The path in the newest version of its API.
pub(super) fn newest(path: &str) -> String {
    OLDER
        .iter()
        .find_map(|(older, newest)| path.strip_prefix(older).map(|rest| format!("{newest}{rest}")))
        .unwrap_or_else(|| path.to_owned())
}

impl Versions {
    fn serve(self, path: &str) -> bool {
        (self.jobs_2_2 || !path.starts_with("/api/2.2/jobs/"))
            && (self.clusters_2_1 || !path.starts_with("/api/2.1/clusters/"))
    }
}
