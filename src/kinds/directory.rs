//! Folders of the workspace tree, empty ones included.
//!
//! API: <https://docs.databricks.com/api/workspace/workspace/mkdirs>

use super::tree;
use crate::kind::{Acl, Api, Call, Kind};
use crate::model::Layout;

pub(crate) static KIND: Kind = Kind {
    name: "directory",
    about: "Folders of the workspace tree, empty ones included.",
    docs: "https://docs.databricks.com/api/workspace/workspace",
    layout: Layout::Directory,
    api: Api {
        list: Call::get("/api/2.0/workspace/list").items("objects"),
        get: Some(Call::get("/api/2.0/workspace/get-status").query_id("path")),
        create: Some(Call::post("/api/2.0/workspace/mkdirs")),
        update: None,
        delete: Some(Call::post("/api/2.0/workspace/delete").body_id("path")),
    },
    id: "/object_id",
    key: "/path",
    rules: tree::RULES,
    acl: Some(Acl::of("directories").creator_gains_nothing()),
    hooks: &tree::Tree,
    ..Kind::REGULAR
}
.checked();
