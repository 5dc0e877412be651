//! Where jobs send their webhooks.
//!
//! API: <https://docs.databricks.com/api/workspace/notificationdestinations>

use crate::kind::{Api, Call, Kind, Paging};

pub(crate) static KIND: Kind = Kind {
    name: "notification_destination",
    about: "Where jobs send their webhooks.",
    docs: "https://docs.databricks.com/api/workspace/notificationdestinations",
    api: Api::list_only(
        Call::get("/api/2.0/notification-destinations")
            .items("results")
            .paged(Paging::Token("page_size", 100)),
    ),
    id: "/id",
    key: "/display_name",
    unique: false,
    ..Kind::REGULAR
}
.checked();
