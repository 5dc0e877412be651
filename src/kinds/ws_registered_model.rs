//! Registered models of the workspace's own registry, or of a plain MLflow server.
//!
//! API: <https://docs.databricks.com/api/workspace/modelregistry>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use super::registry::{Tagged, delete, omit_own, text, without_own};
use crate::client;
use crate::kind::rule::{self, Json};
use crate::kind::{
    Acl, Api, Call, Created, Details, Error, Hooks, Kind, Listed, Listing, Live, Omission, Paging,
    Reading, Wanted, Writing, regular,
};
use crate::model::{Finding, Resource, ServerId};

pub(crate) static KIND: Kind = Kind {
    name: "ws_registered_model",
    about: "Models of the workspace's own MLflow registry.",
    docs: "https://docs.databricks.com/api/workspace/modelregistry",
    api: Api {
        list: Call::get("/api/2.0/mlflow/registered-models/search")
            .items("registered_models")
            .paged(Paging::Token("max_results", 1000))
            .whole(),
        get: Some(Call::get(DESCRIBE).query_id("name")),
        create: Some(Call::post("/api/2.0/mlflow/registered-models/create")),
        update: Some(Call::patch("/api/2.0/mlflow/registered-models/update").body_id("name")),
        delete: Some(Call::delete("/api/2.0/mlflow/registered-models/delete").query_id("name")),
    },
    id: "/id",
    rules: &[
        rule::output_only("/id", "the server's identifier"),
        rule::output_only("/permission_level", "what the caller may do"),
        rule::output_only("/creation_timestamp", "the server's clock"),
        rule::output_only("/last_updated_timestamp", "the server's clock"),
        rule::output_only("/user_id", "whoever called"),
        rule::output_only("/latest_versions", "versions are a kind of their own"),
        rule::keyed("/tags", "key", "a map in the form of a list"),
        rule::default("/tags", Json::List, "empty is absent"),
        rule::default("/description", Json::Str(""), "empty is absent"),
    ],
    acl: Some(Acl::of("registered-models")),
    hooks: &Model,
    ..Kind::REGULAR
}
.checked();

/// The vendor's own call: only it tells the identifier, by which rights are granted.
const DESCRIBE: &str = "/api/2.0/mlflow/databricks/registered-models/get";

/// What a plain MLflow server has in its place.
const DESCRIBE_PLAIN: &str = "/api/2.0/mlflow/registered-models/get";

struct Model;

/// Reads a model by its name. Where the identifier is not told, the name is the identifier.
async fn describe(session: &client::Session, name: &str) -> Result<Value, Error> {
    let get = |path: &str| client::Call::get(path).query("name", name);
    match session.send(&get(DESCRIBE)).await.map_err(Error::from) {
        Err(error) if error.is_no_call() => {
            let mut answer = session.send(&get(DESCRIBE_PLAIN)).await?;
            let mut model = answer["registered_model"].take();
            model["id"] = name.into();
            Ok(model)
        }
        other => Ok(other?["registered_model_databricks"].take()),
    }
}

fn name_of(raw: &Value) -> String {
    text(raw, "/name").unwrap_or_default().to_owned()
}

async fn list(cx: Reading<'_>) -> Result<Listing, Error> {
    let listed = regular::list_call(cx, &[]).await?;
    let wanted = listed.into_iter().map(|raw| name_of(&raw)).filter(|name| cx.scope.has(name));
    let read = stream::iter(wanted)
        .map(|name| async move {
            match describe(cx.session, &name).await {
                Err(error) if error.is_not_found() => Ok(None),
                other => Ok(Some((name, other?))),
            }
        })
        .buffer_unordered(regular::AT_ONCE);
    let models: Vec<_> = read.try_collect::<Vec<_>>().await.map_err(|error: Error| error)?;
    let mut listing = Listing::default();
    for (key, raw) in models.into_iter().flatten() {
        match raw.get("id").and_then(ServerId::from_value) {
            Some(id) => listing.objects.push(Listed { kind: &KIND, id, key, created: 0, raw }),
            None => {
                let message = format!("the model {key} was answered without an identifier");
                listing.findings.push(Finding::error("unreadable", KIND.name, message));
            }
        }
    }
    Ok(listing)
}

async fn create(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<Created, Error> {
    let path = "/api/2.0/mlflow/registered-models/create";
    cx.session.send(&client::Call::post(path).json(wanted.body)).await?;
    let made = describe(cx.session, &wanted.resource.address.key).await?;
    let id = made.get("id").and_then(ServerId::from_value);
    Ok(Created {
        id: Some(id.ok_or(Error::Answer { call: DESCRIBE, field: "id" })?),
        principal: None,
    })
}

/// Calls name a model by what it is called now, which may be a name that somebody gave it in the target.
async fn update(cx: Writing<'_>, live: Live, wanted: Wanted<'_>) -> Result<(), Error> {
    let name = text(&live.raw, "/name").unwrap_or(wanted.resource.address.key.as_str());
    let described = text(&wanted.body, "/description").unwrap_or_default();
    if described != text(&live.raw, "/description").unwrap_or_default() {
        let body = serde_json::json!({ "name": name, "description": described });
        let call = client::Call::patch("/api/2.0/mlflow/registered-models/update").json(body);
        cx.session.send(&call).await?;
    }
    let tagged = Tagged { path: "/api/2.0/mlflow/registered-models", bearer: &[("name", name)] };
    tagged.bring_in_line(cx, &live.raw, &wanted.body).await
}

impl Hooks for Model {
    fn omit(&self, raw: &Value) -> Option<Omission> {
        omit_own(raw)
    }

    /// Aliases are told with the versions that they stand for.
    fn shape(&self, mut raw: Value) -> Value {
        if let Some(map) = raw.as_object_mut() {
            map.remove("aliases");
            map.get_mut("tags").into_iter().for_each(without_own);
        }
        raw
    }

    /// Versions are called by their model's name, so a rename would leave none of them where it was.
    fn stranger(&self, wanted: &Resource, live: &Resource) -> Option<String> {
        let called =
            text(&live.spec, "/name").filter(|name| text(&wanted.spec, "/name") != Some(name))?;
        Some(format!("the target calls it {called}, and its versions and webhooks by that name"))
    }

    /// A model takes its versions along, and no number is given twice.
    fn holds_data(&self) -> bool {
        true
    }

    fn create_requests(&self) -> usize {
        2
    }

    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        list(cx).boxed()
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        async move {
            let raw = describe(cx.session, &listed.key).await?;
            Ok(Details { raw, content: None })
        }
        .boxed()
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        create(cx, wanted).boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        update(cx, live, wanted).boxed()
    }

    fn delete<'a>(&'a self, cx: Writing<'a>, live: Live) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            let call = client::Call::delete("/api/2.0/mlflow/registered-models/delete");
            delete(cx, call.query("name", name_of(&live.raw))).await
        }
        .boxed()
    }
}
