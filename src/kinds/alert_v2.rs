//! Alerts, which jobs may evaluate.
//!
//! API: <https://docs.databricks.com/api/workspace/alertsv2>

use crate::kind::{Api, Call, Kind, Paging};

pub(crate) static KIND: Kind = Kind {
    name: "alert_v2",
    about: "Alerts, which jobs may evaluate.",
    docs: "https://docs.databricks.com/api/workspace/alertsv2",
    api: Api::list_only(
        Call::get("/api/2.0/alerts").items("alerts").paged(Paging::Token("page_size", 100)),
    ),
    id: "/id",
    key: "/display_name",
    unique: false,
    ..Kind::REGULAR
}
.checked();
