//! The calls of SCIM.

use super::directory::Sort;
use super::{patch, read, write};
use crate::sim::http::Route;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/preview/scim/v2/Me", handler: read::me },
    Route {
        method: "GET",
        path: "/api/2.0/preview/scim/v2/Users",
        handler: |state, call| read::list(state, call, Sort::User),
    },
    Route {
        method: "POST",
        path: "/api/2.0/preview/scim/v2/Users",
        handler: |state, call| write::create(state, call, Sort::User),
    },
    Route {
        method: "GET",
        path: "/api/2.0/preview/scim/v2/Users/{id}",
        handler: |state, call| read::get(state, call, Sort::User),
    },
    Route {
        method: "PUT",
        path: "/api/2.0/preview/scim/v2/Users/{id}",
        handler: |state, call| write::replace(state, call, Sort::User),
    },
    Route {
        method: "PATCH",
        path: "/api/2.0/preview/scim/v2/Users/{id}",
        handler: |state, call| patch::patch(state, call, Sort::User),
    },
    Route {
        method: "DELETE",
        path: "/api/2.0/preview/scim/v2/Users/{id}",
        handler: |state, call| write::delete(state, call, Sort::User),
    },
    Route {
        method: "GET",
        path: "/api/2.0/preview/scim/v2/ServicePrincipals",
        handler: |state, call| read::list(state, call, Sort::ServicePrincipal),
    },
    Route {
        method: "POST",
        path: "/api/2.0/preview/scim/v2/ServicePrincipals",
        handler: |state, call| write::create(state, call, Sort::ServicePrincipal),
    },
    Route {
        method: "GET",
        path: "/api/2.0/preview/scim/v2/ServicePrincipals/{id}",
        handler: |state, call| read::get(state, call, Sort::ServicePrincipal),
    },
    Route {
        method: "PUT",
        path: "/api/2.0/preview/scim/v2/ServicePrincipals/{id}",
        handler: |state, call| write::replace(state, call, Sort::ServicePrincipal),
    },
    Route {
        method: "PATCH",
        path: "/api/2.0/preview/scim/v2/ServicePrincipals/{id}",
        handler: |state, call| patch::patch(state, call, Sort::ServicePrincipal),
    },
    Route {
        method: "DELETE",
        path: "/api/2.0/preview/scim/v2/ServicePrincipals/{id}",
        handler: |state, call| write::delete(state, call, Sort::ServicePrincipal),
    },
    Route {
        method: "GET",
        path: "/api/2.0/preview/scim/v2/Groups",
        handler: |state, call| read::list(state, call, Sort::Group),
    },
    Route {
        method: "POST",
        path: "/api/2.0/preview/scim/v2/Groups",
        handler: |state, call| write::create(state, call, Sort::Group),
    },
    Route {
        method: "GET",
        path: "/api/2.0/preview/scim/v2/Groups/{id}",
        handler: |state, call| read::get(state, call, Sort::Group),
    },
    Route {
        method: "PUT",
        path: "/api/2.0/preview/scim/v2/Groups/{id}",
        handler: |state, call| write::replace(state, call, Sort::Group),
    },
    Route {
        method: "PATCH",
        path: "/api/2.0/preview/scim/v2/Groups/{id}",
        handler: |state, call| patch::patch(state, call, Sort::Group),
    },
    Route {
        method: "DELETE",
        path: "/api/2.0/preview/scim/v2/Groups/{id}",
        handler: |state, call| write::delete(state, call, Sort::Group),
    },
];
