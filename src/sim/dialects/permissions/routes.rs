//! The calls of permissions.

use super::{read, write};
use crate::sim::http::Route;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/api/2.0/permissions/{request_object_type}/{request_object_id}",
        handler: read::get,
    },
    Route {
        method: "PUT",
        path: "/api/2.0/permissions/{request_object_type}/{request_object_id}",
        handler: write::replace,
    },
    Route {
        method: "PATCH",
        path: "/api/2.0/permissions/{request_object_type}/{request_object_id}",
        handler: write::merge,
    },
    Route {
        method: "GET",
        path: "/api/2.0/permissions/{request_object_type}/{request_object_id}/permissionLevels",
        handler: read::levels,
    },
];
