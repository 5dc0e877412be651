//! Secrets: their keys, and what tells one value from the next. The values stand in no snapshot.
//!
//! API: <https://docs.databricks.com/api/workspace/secrets/putsecret>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::{secret_scope, secrets};
use crate::client::{self, Repeat};
use crate::kind::rule;
use crate::kind::{Api, Call, Created, Error, Hooks, Kind, Live, Omission, Ref, Wanted, Writing};
use crate::model::ServerId;

pub(crate) static KIND: Kind = Kind {
    name: "secret",
    about: "Secrets: their keys, and what tells one value from the next.",
    docs: "https://docs.databricks.com/api/workspace/secrets",
    api: Api {
        list: Call::get("/api/2.0/secrets/list").query_id("scope").items("secrets").whole(),
        get: None,
        create: Some(Call::post("/api/2.0/secrets/put")),
        update: Some(Call::post("/api/2.0/secrets/put").body_id("key")),
        delete: Some(Call::post("/api/2.0/secrets/delete").body_id("key")),
    },
    id: "/path",
    key: "/path",
    refs: &[Ref::id("/scope", &[&secret_scope::KIND])],
    rules: &[
        rule::output_only("/path", "scope and key, which stand in the spec"),
        rule::output_only("/backend_type", "the scope's"),
        rule::output_only("/last_updated_timestamp", "the value's version follows from it"),
        rule::input_only("/value", "version", "a value is put and not shown"),
    ],
    listed_with: Some(&secret_scope::KIND),
    mention: Some(("{{secrets/", "}}")),
    hooks: &Secret,
    ..Kind::REGULAR
}
.checked();

struct Secret;

impl Hooks for Secret {
    /// All that a server tells of a value is when it was put.
    fn shape(&self, mut raw: Value) -> Value {
        let put = raw.get("last_updated_timestamp").and_then(Value::as_i64);
        let put = put.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
        raw["value"] = match put {
            Some(at) => json!({ "version": at.to_string() }),
            None => json!({}),
        };
        raw
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        secrets::is_vault(raw).then_some(Omission {
            code: "skipped-key-vault",
            reason: "an Azure Key Vault holds it, where no workspace writes",
        })
    }

    /// Nobody can read its value back.
    fn holds_data(&self) -> bool {
        true
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        async move {
            let id = ServerId::from_value(&json!(wanted.resource.address.key));
            put(cx, wanted).await?;
            Ok(Created { id, principal: None })
        }
        .boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        _: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        put(cx, wanted).boxed()
    }

    fn delete<'a>(&'a self, cx: Writing<'a>, live: Live) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            let Some((scope, key)) = live.id.as_str().split_once('/') else { return Ok(()) };
            let body = json!({ "scope": scope, "key": key });
            let call = client::Call::post("/api/2.0/secrets/delete").json(body);
            match cx.session.send(&call.repeat(Repeat::Idempotent)).await.map_err(Error::from) {
                Err(error) if error.is_not_found() => Ok(()),
                other => other.map(drop),
            }
        }
        .boxed()
    }
}

async fn put(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<(), Error> {
    match &wanted.value {
        Some(value) => secrets::put(cx.session, wanted.body, value).await,
        None => Ok(()),
    }
}
