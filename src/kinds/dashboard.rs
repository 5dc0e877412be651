//! AI/BI dashboards, which jobs may refresh.
//!
//! API: <https://docs.databricks.com/api/workspace/lakeview>

use crate::kind::{Api, Call, Kind, Paging};

pub(crate) static KIND: Kind = Kind {
    name: "dashboard",
    about: "AI/BI dashboards, which jobs may refresh.",
    docs: "https://docs.databricks.com/api/workspace/lakeview",
    api: Api::list_only(
        Call::get("/api/2.0/lakeview/dashboards")
            .items("dashboards")
            .paged(Paging::Token("page_size", 100)),
    ),
    id: "/dashboard_id",
    key: "/display_name",
    unique: false,
    ..Kind::REGULAR
}
.checked();
