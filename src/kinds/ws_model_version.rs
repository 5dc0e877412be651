//! Versions of registered models, each with the number and the stage that it has at its source.
//!
//! API: <https://docs.databricks.com/api/workspace/modelregistry>

use std::collections::BTreeMap;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use super::registry::{
    Origins, RunOf, Version, aliases_of, archive, create_numbered, delete, is_placeholder,
    omit_own, settle_aliases, text, transition, without_own,
};
use super::{mlflow_run, ws_registered_model};
use crate::client;
use crate::kind::rule::{self, Json};
use crate::kind::{
    Api, Call, Created, Details, Error, Hooks, Kind, Listed, Listing, Live, Omission, Outlook,
    Paging, Reading, Wanted, Writing, at, regular,
};
use crate::model::{Address, Finding, Resource, ServerId};

pub(crate) static KIND: Kind = Kind {
    name: "ws_model_version",
    about: "Versions of the models in the workspace's own MLflow registry, by model and number.",
    docs: "https://docs.databricks.com/api/workspace/modelregistry",
    api: Api {
        list: Call::get("/api/2.0/mlflow/model-versions/search")
            .items("model_versions")
            .paged(Paging::Token("max_results", 10_000)),
        get: None,
        create: Some(Call::post("/api/2.0/mlflow/model-versions/create")),
        update: Some(Call::patch("/api/2.0/mlflow/model-versions/update").body_id("version")),
        delete: Some(Call::delete("/api/2.0/mlflow/model-versions/delete").query_id("version")),
    },
    id: "/key",
    key: "/key",
    rules: &[
        rule::output_only("/key", "made of model and number"),
        rule::output_only("/name", "it is in the key"),
        rule::output_only("/version", "it is in the key"),
        rule::output_only("/creation_timestamp", "the server's clock"),
        rule::output_only("/last_updated_timestamp", "the server's clock"),
        rule::output_only("/user_id", "whoever called"),
        rule::output_only("/status", "the server's own doing"),
        rule::output_only("/status_message", "the server's own doing"),
        rule::output_only("/run_id", "a run is told by what it is at its source"),
        rule::output_only("/run_link", "leads into another workspace"),
        rule::immutable("/run", "a version is made of it once"),
        rule::immutable("/source", "a version is made of it once"),
        rule::free_path("/run/experiment", "an experiment lies in the workspace tree"),
        rule::keyed("/tags", "key", "a map in the form of a list"),
        rule::default("/tags", Json::List, "empty is absent"),
        rule::default("/description", Json::Str(""), "empty is absent"),
        rule::default("/current_stage", Json::Str(NO_STAGE), "the server's default"),
        rule::set("/aliases", "the order means nothing"),
        rule::default("/aliases", Json::List, "empty is absent"),
    ],
    numbered: true,
    hooks: &ModelVersion,
    ..Kind::REGULAR
}
.checked();

/// The stage of a version that was put into none.
const NO_STAGE: &str = "None";

struct ModelVersion;

/// Makes a text of a version's number, which some servers tell as a number.
fn spelled(mut raw: Value) -> Value {
    if let Some(number) = raw.get_mut("version").filter(|number| number.is_u64()) {
        *number = json!(number.to_string());
    }
    raw
}

/// Names a version by its model and number, which is all that identifies it in calls too.
fn listed(mut raw: Value) -> Option<Listed> {
    let key = format!("{}/{}", text(&raw, "/name")?, text(&raw, "/version")?);
    raw["key"] = json!(key);
    let id = ServerId::from_value(&raw["key"])?;
    Some(Listed { kind: &KIND, id, key, created: 0, raw })
}

/// Notes aliases with the versions that they stand for: a search of versions leaves them out, one of models
/// tells them. The workspace's own registry has none.
async fn with_aliases(cx: Reading<'_>, mut versions: Vec<Value>) -> Result<Vec<Value>, Error> {
    if versions.is_empty() {
        return Ok(versions);
    }
    let models =
        regular::list_call(Reading { kind: &ws_registered_model::KIND, ..cx }, &[]).await?;
    let mut aliases: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for model in &models {
        for alias in at(model, "/aliases").and_then(Value::as_array).into_iter().flatten() {
            let told = (text(model, "/name"), text(alias, "/version"), text(alias, "/alias"));
            if let (Some(model), Some(version), Some(alias)) = told {
                aliases.entry((model, version)).or_default().push(alias);
            }
        }
    }
    for version in &mut versions {
        let of = (text(version, "/name"), text(version, "/version"));
        let told = of.0.zip(of.1).and_then(|of| aliases.get(&of)).map(|told| json!(told));
        if let (Some(told), Some(map)) = (told, version.as_object_mut()) {
            map.insert("aliases".into(), told);
        }
    }
    Ok(versions)
}

async fn list(cx: Reading<'_>) -> Result<Listing, Error> {
    let all = regular::list_call(cx, &[]).await?.into_iter().map(spelled).collect();
    let all = with_aliases(cx, all).await?;
    let versions = all.into_iter().filter(|raw| !is_placeholder(raw));
    let objects = versions.filter_map(listed).filter(|one| cx.scope.has(&one.key)).collect();
    Ok(Listing { objects, findings: Vec::new() })
}

async fn read(cx: Reading<'_>, listed: Vec<Listed>) -> Vec<(Listed, Result<Details, Error>)> {
    let origins = Origins::new(cx);
    stream::iter(listed)
        .map(|one| async {
            let mut raw = one.raw.clone();
            let told = origins.tell(&mut raw).await;
            (one, told.map(|()| Details { raw, content: None }))
        })
        .buffer_unordered(regular::AT_ONCE)
        .collect()
        .await
}

/// The version as the server has it now.
async fn get(session: &client::Session, key: &str) -> Result<Value, Error> {
    let (model, number) = key.rsplit_once('/').unwrap_or((key, ""));
    let call = client::Call::get("/api/2.0/mlflow/model-versions/get");
    let mut answer = session.send(&call.query("name", model).query("version", number)).await?;
    Ok(spelled(answer["model_version"].take()))
}

async fn fresh(cx: Reading<'_>, one: Listed) -> Result<Details, Error> {
    let raw = get(cx.session, &one.key).await?;
    let missing = Error::Answer { call: "/api/2.0/mlflow/model-versions/get", field: "version" };
    let mut raw = listed(raw).ok_or(missing)?.raw;
    Origins::new(cx).tell(&mut raw).await?;
    Ok(Details { raw, content: None })
}

fn version_of(key: &str) -> Result<Version<'_>, Error> {
    Version::of_key(key).ok_or_else(|| Error::Impossible {
        why: format!(
            "{key} is no version: a version is called by its model and number, as churn/3"
        ),
    })
}

/// What is sent to create a version: its run and source are those of this workspace.
async fn body(cx: Writing<'_>, model: &str, wanted: &Value) -> Result<Value, Error> {
    let mut body = wanted.clone();
    if let Some(map) = body.as_object_mut() {
        map.retain(|field, _| !["run", "current_stage", "aliases"].contains(&field.as_str()));
    }
    body["name"] = json!(model);
    if let Some(run) = wanted.get("run") {
        let here = RunOf::find(cx, run).await?;
        if let Some(path) = run.get("path").and_then(Value::as_str) {
            body["source"] = json!(here.place(path));
        }
        body["run_id"] = json!(here.id);
    }
    Ok(body)
}

async fn create(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<Created, Error> {
    let key = wanted.resource.address.key.as_str();
    let version = version_of(key)?;
    let body = body(cx, version.model, &wanted.body).await?;
    create_numbered(cx, version, &body).await?;
    Ok(Created { id: ServerId::from_value(&json!(key)), principal: None })
}

/// Sets what a create does not take: the stage and the aliases.
async fn settle(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<(), Error> {
    let key = wanted.resource.address.key.as_str();
    let version = version_of(key)?;
    let live = get(cx.session, key).await?;
    let stage = text(&wanted.body, "/current_stage").unwrap_or(NO_STAGE);
    if text(&live, "/current_stage").unwrap_or(NO_STAGE) != stage {
        transition(cx, version, stage).await?;
    }
    settle_aliases(cx, version, &live, &wanted.body).await
}

async fn update(cx: Writing<'_>, live: Live, wanted: Wanted<'_>) -> Result<(), Error> {
    let version = version_of(&wanted.resource.address.key)?;
    let number = version.number.to_string();
    let described = text(&wanted.body, "/description").unwrap_or_default();
    if described != text(&live.raw, "/description").unwrap_or_default() {
        let body = json!({ "name": version.model, "version": number, "description": described });
        let call = client::Call::patch("/api/2.0/mlflow/model-versions/update").json(body);
        cx.session.send(&call).await?;
    }
    let bearer = version.bearer(&number);
    version.tagged(&bearer).bring_in_line(cx, &live.raw, &wanted.body).await?;
    settle(cx, wanted).await
}

async fn remove(cx: Writing<'_>, live: Live) -> Result<(), Error> {
    let version = version_of(live.id.as_str())?;
    archive(cx, version, text(&live.raw, "/current_stage").unwrap_or(NO_STAGE)).await?;
    let call = client::Call::delete("/api/2.0/mlflow/model-versions/delete");
    delete(cx, call.query("name", version.model).query("version", version.number.to_string())).await
}

/// The day that the run of a version began on.
fn day_of_run(resource: &Resource) -> Option<Address> {
    let run = |field| text(&resource.spec, field);
    let (experiment, day) = run("/run/experiment").zip(run("/run/day"))?;
    Some(Address::new(mlflow_run::KIND.name, format!("{experiment}/{day}")))
}

impl Hooks for ModelVersion {
    fn omit(&self, raw: &Value) -> Option<Omission> {
        omit_own(raw)
    }

    /// A source within the files of a run is told by the run.
    fn shape(&self, mut raw: Value) -> Value {
        let aliases = aliases_of(&raw);
        let in_run = raw.pointer("/run/path").is_some();
        if let Some(map) = raw.as_object_mut() {
            if in_run {
                map.remove("source");
            }
            map.get_mut("tags").into_iter().for_each(without_own);
            map.insert("aliases".to_owned(), json!(aliases));
        }
        raw
    }

    fn inspect(&self, resource: &mut Resource) -> Vec<Finding> {
        let Some(source) = text(&resource.spec, "/source") else { return Vec::new() };
        let message = format!(
            "its files are at {source} and not among those of a run that is there: they are referred to, and not copied"
        );
        vec![
            Finding::warning("not-copied", &resource.address, message)
                .hint("copy the files where the target reads them, or leave the version out"),
        ]
    }

    /// A version comes after its model, and after its run.
    fn needs(&self, resource: &Resource) -> Vec<Address> {
        let Some(version) = Version::of_key(&resource.address.key) else { return Vec::new() };
        let model = Address::new(ws_registered_model::KIND.name, version.model);
        [model].into_iter().chain(day_of_run(resource)).collect()
    }

    /// A version that is there was made of its run before.
    fn doubt(
        &self,
        resource: &Resource,
        live: Option<&Resource>,
        target: &Outlook<'_>,
    ) -> Vec<Finding> {
        let day = day_of_run(resource).filter(|_| live.is_none());
        let Some(day) = day.filter(|day| (target.has)(day) == Some(false)) else {
            return Vec::new();
        };
        let message = format!("it is made from a run of {day}, which the target will not have");
        let hint = "bring the experiment's runs along, or leave the version out";
        vec![Finding::warning("missing-run", &resource.address, message).hint(hint)]
    }

    /// What a version is made of cannot be changed, and its number is not given again.
    fn stranger(&self, wanted: &Resource, live: &Resource) -> Option<String> {
        let differs = |field: &&str| wanted.spec.get(*field) != live.spec.get(*field);
        let field = ["run", "source"].into_iter().find(differs)?;
        Some(format!(
            "the target's version of this number has another {field}, and a number is given once; \
             delete the model from the target so that all of it is made anew, or leave the version out"
        ))
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn create_requests(&self) -> usize {
        3
    }

    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        list(cx).boxed()
    }

    fn read<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        read(cx, listed).boxed()
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        fresh(cx, listed).boxed()
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        create(cx, wanted).boxed()
    }

    fn settle<'a>(
        &'a self,
        cx: Writing<'a>,
        _: ServerId,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        settle(cx, wanted).boxed()
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
        remove(cx, live).boxed()
    }
}
