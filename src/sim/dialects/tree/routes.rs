//! The calls of this API.

use crate::sim::http::Route;

use super::{export, folders, import, listing};

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/workspace/list", handler: listing::list },
    Route { method: "GET", path: "/api/2.0/workspace/get-status", handler: listing::get_status },
    Route { method: "GET", path: "/api/2.0/workspace/export", handler: export::export },
    Route { method: "POST", path: "/api/2.0/workspace/import", handler: import::import },
    Route { method: "POST", path: "/api/2.0/workspace/mkdirs", handler: folders::mkdirs },
    Route { method: "POST", path: "/api/2.0/workspace/delete", handler: folders::delete },
    Route {
        method: "POST",
        path: "/api/2.0/workspace-files/import-file/{path}",
        handler: import::import_file,
    },
];
