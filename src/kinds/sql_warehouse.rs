//! SQL warehouses, which jobs may run on.
//!
//! API: <https://docs.databricks.com/api/workspace/warehouses>

use crate::kind::{Api, Call, Kind, Paging};

pub(crate) static KIND: Kind = Kind {
    name: "sql_warehouse",
    about: "SQL warehouses, which jobs may run on.",
    docs: "https://docs.databricks.com/api/workspace/warehouses",
    api: Api::list_only(
        Call::get("/api/2.0/sql/warehouses")
            .items("warehouses")
            .paged(Paging::Token("page_size", 100)),
    ),
    id: "/id",
    key: "/name",
    unique: true,
    ..Kind::REGULAR
}
.checked();
