//! Legacy alerts, which jobs may evaluate.
//!
//! API: <https://docs.databricks.com/api/workspace/alerts>

use crate::kind::{Api, Call, Kind, Paging};

pub(crate) static KIND: Kind = Kind {
    name: "alert",
    about: "Legacy alerts, which jobs may evaluate.",
    docs: "https://docs.databricks.com/api/workspace/alerts",
    api: Api::list_only(
        Call::get("/api/2.0/sql/alerts").items("results").paged(Paging::Token("page_size", 100)),
    ),
    id: "/id",
    key: "/display_name",
    unique: false,
    ..Kind::REGULAR
}
.checked();
