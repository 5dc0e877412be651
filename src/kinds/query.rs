//! Saved SQL queries, which jobs may run.
//!
//! API: <https://docs.databricks.com/api/workspace/queries>

use crate::kind::{Api, Call, Kind, Paging};

pub(crate) static KIND: Kind = Kind {
    name: "query",
    about: "Saved SQL queries, which jobs may run.",
    docs: "https://docs.databricks.com/api/workspace/queries",
    api: Api::list_only(
        Call::get("/api/2.0/sql/queries").items("results").paged(Paging::Token("page_size", 100)),
    ),
    id: "/id",
    key: "/display_name",
    unique: false,
    ..Kind::REGULAR
}
.checked();
