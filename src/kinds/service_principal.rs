//! Identities of programs.
//!
//! API: <https://docs.databricks.com/api/workspace/serviceprincipals>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use super::scim;
use crate::kind::rule::{self, Json};
use crate::kind::{
    Api, Call, Created, Details, Error, Hooks, Kind, Listed, Live, Omission, Reading, Wanted,
    Writing, at, regular,
};

pub(crate) static KIND: Kind = Kind {
    name: "service_principal",
    about: "Identities of programs, known by their display name because each workspace gives another application id.",
    docs: "https://docs.databricks.com/api/workspace/serviceprincipals",
    api: Api {
        list: Call::get("/api/2.0/preview/scim/v2/ServicePrincipals").items("Resources").paged(scim::PAGING),
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
    hooks: &ServicePrincipal,
    ..Kind::REGULAR
}
.checked();

struct ServicePrincipal;

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal";

impl Hooks for ServicePrincipal {
    fn shape(&self, mut raw: Value) -> Value {
        scim::flatten(&mut raw);
        raw
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        let name = at(raw, "/displayName").and_then(Value::as_str).unwrap_or("");
        // Apps make their own identity, named `app-` and six letters or digits before the app's name.
        let of_app = name.strip_prefix("app-").and_then(|rest| rest.split_once(' ')).is_some_and(
            |(mark, _)| mark.len() == 6 && mark.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        );
        of_app.then_some(Omission::TOOL_MADE)
    }

    fn principal(&self, raw: &Value) -> Option<String> {
        at(raw, "/applicationId").and_then(Value::as_str).map(str::to_owned)
    }

    fn read<'a>(
        &'a self,
        _: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        regular::as_listed(listed).boxed()
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        mut listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        listed.raw = Value::Null;
        regular::fresh(cx, listed).boxed()
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        scim::unfold(&mut wanted.body, SCHEMA);
        regular::create(cx, wanted).boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        scim::update(cx, live, wanted).boxed()
    }
}
