//! People who may sign in.
//!
//! API: <https://docs.databricks.com/api/workspace/users>

use super::identity::Identity;
use super::scim;
use crate::kind::rule::{self, Json};
use crate::kind::{Api, Call, Kind, Omission};

pub(crate) static KIND: Kind = Kind {
    name: "user",
    about: "People who may sign in.",
    docs: "https://docs.databricks.com/api/workspace/users",
    api: Api {
        list: Call::get("/api/2.0/preview/scim/v2/Users")
            .items("Resources")
            .whole()
            .paged(scim::PAGING),
        get: Some(Call::get("/api/2.0/preview/scim/v2/Users/{id}").path_id()),
        create: Some(Call::post("/api/2.0/preview/scim/v2/Users")),
        update: Some(Call::patch("/api/2.0/preview/scim/v2/Users/{id}").path_id()),
        delete: Some(Call::delete("/api/2.0/preview/scim/v2/Users/{id}").path_id()),
    },
    key: "/userName",
    rules: &[
        scim::common(0),
        scim::common(1),
        scim::common(2),
        scim::common(3),
        scim::common(4),
        scim::common(5),
        rule::caseless("/userName", "the server ignores case, and a change of it"),
        rule::email("/userName", "the user name is an e-mail address"),
        rule::server_filled("/displayName", "the user name, or the account's own"),
        rule::server_filled("/name", "the server splits the display name"),
        rule::server_filled("/name/*", "the server splits the display name"),
        rule::arn("/roles/*", "an instance profile names an AWS account"),
        rule::set("/entitlements", "the order means nothing"),
        rule::set("/roles", "the order means nothing"),
        rule::default("/active", Json::Bool(true), "the server's default"),
        rule::default("/entitlements", Json::List, "empty is absent"),
        rule::default("/roles", Json::List, "empty is absent"),
        rule::default("/name", Json::Object, "empty is absent"),
    ],
    hooks: &Identity {
        schema: "urn:ietf:params:scim:schemas:core:2.0:User",
        principal: "/userName",
        omit,
        name: "/userName",
    },
    ..Kind::REGULAR
}
.checked();

/// A user name without a domain is none a person signs in with: `admin`, `System-User`.
fn omit(name: &str) -> Option<Omission> {
    (!name.contains('@')).then_some(Omission::SYSTEM)
}
