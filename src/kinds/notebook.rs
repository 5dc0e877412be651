//! Notebooks, as source text or as ipynb documents.
//!
//! API: <https://docs.databricks.com/api/workspace/workspace/import>

use super::{directory, tree};
use crate::kind::{Acl, Api, Call, Kind};
use crate::model::Layout;

pub(crate) static KIND: Kind = Kind {
    name: "notebook",
    about: "Notebooks, as source text or as ipynb documents with their outputs.",
    docs: "https://docs.databricks.com/api/workspace/workspace",
    layout: Layout::File,
    api: Api {
        list: Call::get("/api/2.0/workspace/list").items("objects"),
        get: Some(Call::get("/api/2.0/workspace/export").query_id("path")),
        create: Some(Call::post("/api/2.0/workspace/import")),
        update: Some(Call::post("/api/2.0/workspace/import").body_id("path")),
        delete: Some(Call::post("/api/2.0/workspace/delete").body_id("path")),
    },
    id: "/object_id",
    key: "/path",
    rules: tree::RULES,
    acl: Some(Acl::of("notebooks").creator_gains_nothing()),
    listed_with: Some(&directory::KIND),
    hooks: &tree::Tree,
    ..Kind::REGULAR
}
.checked();
