//! The calls of secrets.

use super::{acls, scopes, values};
use crate::sim::http::Route;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/secrets/scopes/list", handler: scopes::list },
    Route { method: "POST", path: "/api/2.0/secrets/scopes/create", handler: scopes::create },
    Route { method: "POST", path: "/api/2.0/secrets/scopes/delete", handler: scopes::delete },
    Route { method: "GET", path: "/api/2.0/secrets/list", handler: values::list },
    Route { method: "GET", path: "/api/2.0/secrets/get", handler: values::get },
    Route { method: "POST", path: "/api/2.0/secrets/put", handler: values::put },
    Route { method: "POST", path: "/api/2.0/secrets/delete", handler: values::delete },
    Route { method: "GET", path: "/api/2.0/secrets/acls/list", handler: acls::list },
    Route { method: "GET", path: "/api/2.0/secrets/acls/get", handler: acls::get },
    Route { method: "POST", path: "/api/2.0/secrets/acls/put", handler: acls::put },
    Route { method: "POST", path: "/api/2.0/secrets/acls/delete", handler: acls::delete },
];
