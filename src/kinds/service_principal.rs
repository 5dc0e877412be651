//! Identities of programs.
//!
//! API: <https://docs.databricks.com/api/workspace/serviceprincipals>

use super::identity::Identity;
use super::scim;
use crate::kind::rule::{self, Json};
use crate::kind::{Api, Call, Kind, Omission};

pub(crate) static KIND: Kind = Kind {
    name: "service_principal",
    about: "Identities of programs, known by their display name because each workspace gives another application id.",
    docs: "https://docs.databricks.com/api/workspace/serviceprincipals",
    api: Api {
        list: Call::get("/api/2.0/preview/scim/v2/ServicePrincipals").items("Resources").whole().paged(scim::PAGING),
        get: Some(Call::get("/api/2.0/preview/scim/v2/ServicePrincipals/{id}").path_id()),
        create: Some(Call::post("/api/2.0/preview/scim/v2/ServicePrincipals")),
        update: Some(Call::patch("/api/2.0/preview/scim/v2/ServicePrincipals/{id}").path_id()),
        delete: Some(Call::delete("/api/2.0/preview/scim/v2/ServicePrincipals/{id}").path_id()),
    },
    key: "/displayName",
    unique: false,
    rules: &[
        scim::common(0),
        scim::common(1),
        scim::common(2),
        scim::common(3),
        scim::common(4),
        rule::output_only("/applicationId", "the server gives one, another in each workspace"),
        rule::arn("/roles/*", "an instance profile names an AWS account"),
        rule::set("/entitlements", "the order means nothing"),
        rule::set("/roles", "the order means nothing"),
        rule::default("/active", Json::Bool(true), "the server's default"),
        rule::default("/entitlements", Json::List, "empty is absent"),
        rule::default("/roles", Json::List, "empty is absent"),
    ],
    hooks: &Identity {
        schema: "urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal",
        principal: "/applicationId",
        omit,
        name: "/displayName",
    },
    ..Kind::REGULAR
}
.checked();

/// Apps make their own identity, named `app-` and six letters or digits before the app's name.
fn omit(name: &str) -> Option<Omission> {
    let mark =
        name.strip_prefix("app-").and_then(|rest| rest.split_once(' ')).map(|(mark, _)| mark);
    let of_app = mark.is_some_and(|mark| {
        mark.len() == 6 && mark.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    of_app.then_some(Omission::TOOL_MADE)
}
