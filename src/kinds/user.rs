//! People who may sign in.
//!
//! API: <https://docs.databricks.com/api/workspace/users>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use super::scim;
use crate::kind::rule::{self, Json};
use crate::kind::{
    Api, Call, Created, Details, Error, Hooks, Kind, Listed, Live, Omission, Reading, Wanted,
    Writing, at, regular,
};
use crate::model::ServerId;

pub(crate) static KIND: Kind = Kind {
    name: "user",
    about: "People who may sign in.",
    docs: "https://docs.databricks.com/api/workspace/users",
    api: Api {
        list: Call::get("/api/2.0/preview/scim/v2/Users").items("Resources").paged(scim::PAGING),
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
    hooks: &User,
    ..Kind::REGULAR
}
.checked();

struct User;

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

impl Hooks for User {
    fn shape(&self, mut raw: Value) -> Value {
        scim::flatten(&mut raw);
        scim::drop_echoed_name(&mut raw, "/userName");
        raw
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        // A user name without a domain is none a person signs in with: `admin`, `System-User`.
        let name = at(raw, "/userName").and_then(Value::as_str).unwrap_or("");
        (!name.contains('@')).then_some(Omission::SYSTEM)
    }

    fn principal(&self, raw: &Value) -> Option<String> {
        at(raw, "/userName").and_then(Value::as_str).map(str::to_owned)
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

    /// A server may take a new user for active whatever it was told.
    fn settle<'a>(
        &'a self,
        cx: Writing<'a>,
        id: ServerId,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let inactive = wanted.body.get("active") == Some(&Value::Bool(false));
        let operations = if inactive {
            vec![scim::operation("replace", "active", Some(Value::Bool(false)))]
        } else {
            Vec::new()
        };
        Box::pin(async move { scim::patch(cx, id.as_str(), operations).await })
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
