//! Files of DBFS: those that clusters, jobs and policies name, and those somebody asks for.
//!
//! API: <https://docs.databricks.com/api/workspace/dbfs>

use super::dbfs;
use crate::kind::{Api, Call, Kind, rule};

pub(crate) static KIND: Kind = Kind {
    name: "dbfs_file",
    about: "Files of DBFS that other objects name, and those below chosen folders.",
    docs: "https://docs.databricks.com/api/workspace/dbfs",
    api: Api {
        list: Call::get("/api/2.0/dbfs/list").items("files"),
        get: Some(Call::get("/api/2.0/dbfs/get-status").query_id("path")),
        create: Some(Call::post("/api/2.0/dbfs/put")),
        update: Some(Call::post("/api/2.0/dbfs/put").body_id("path")),
        delete: Some(Call::post("/api/2.0/dbfs/delete").body_id("path")),
    },
    id: "/path",
    key: "/path",
    rules: &[
        rule::output_only("/path", "it is the key"),
        rule::output_only("/is_dir", "folders are not captured"),
        rule::output_only("/file_size", "follows from the content"),
        rule::output_only("/modification_time", "the server's clock"),
    ],
    named_by: &["dbfs:/"],
    hooks: &dbfs::Dbfs,
    ..Kind::REGULAR
}
.checked();
