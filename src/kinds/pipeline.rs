//! Declarative pipelines, which jobs may run.
//!
//! API: <https://docs.databricks.com/api/workspace/pipelines>

use crate::kind::{Api, Call, Kind, Paging};

pub(crate) static KIND: Kind = Kind {
    name: "pipeline",
    about: "Declarative pipelines, which jobs may run.",
    docs: "https://docs.databricks.com/api/workspace/pipelines",
    api: Api::list_only(
        Call::get("/api/2.0/pipelines").items("statuses").paged(Paging::Token("max_results", 100)),
    ),
    id: "/pipeline_id",
    key: "/name",
    unique: false,
    ..Kind::REGULAR
}
.checked();
