//! The calls of this API.

use super::{blocks, files, folders};
use crate::sim::http::Route;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/dbfs/get-status", handler: folders::get_status },
    Route { method: "GET", path: "/api/2.0/dbfs/list", handler: folders::list },
    Route { method: "GET", path: "/api/2.0/dbfs/read", handler: files::read },
    Route { method: "POST", path: "/api/2.0/dbfs/add-block", handler: blocks::add_block },
    Route { method: "POST", path: "/api/2.0/dbfs/close", handler: blocks::close },
    Route { method: "POST", path: "/api/2.0/dbfs/create", handler: blocks::create },
    Route { method: "POST", path: "/api/2.0/dbfs/delete", handler: folders::delete },
    Route { method: "POST", path: "/api/2.0/dbfs/mkdirs", handler: folders::mkdirs },
    Route { method: "POST", path: "/api/2.0/dbfs/move", handler: folders::move_ },
    Route { method: "POST", path: "/api/2.0/dbfs/put", handler: files::put },
];
