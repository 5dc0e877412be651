//! MLflow experiments: the folders that runs are kept in.
//!
//! API: <https://docs.databricks.com/api/workspace/experiments>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::tree;
use crate::client;
use crate::kind::rule::{self, Json};
use crate::kind::{
    Acl, Api, Call, Details, Error, Hooks, Kind, Listed, Listing, Live, Paging, Reading, Wanted,
    Writing, regular,
};
use crate::model::{Address, Resource, Server, ServerId, Source};

pub(crate) static KIND: Kind = Kind {
    name: "mlflow_experiment",
    about: "The folders that MLflow runs are kept in, deleted ones too.",
    docs: "https://docs.databricks.com/api/workspace/experiments",
    api: Api {
        list: Call::post("/api/2.0/mlflow/experiments/search")
            .with(&[("view_type", "ALL")])
            .items("experiments")
            .paged(Paging::Body("max_results", 1000))
            .whole(),
        get: Some(Call::get("/api/2.0/mlflow/experiments/get").query_id("experiment_id")),
        create: Some(Call::post("/api/2.0/mlflow/experiments/create")),
        update: Some(Call::post("/api/2.0/mlflow/experiments/update").body_id("experiment_id")),
        delete: Some(Call::post("/api/2.0/mlflow/experiments/delete").body_id("experiment_id")),
    },
    id: "/experiment_id",
    rules: &[
        rule::output_only("/experiment_id", "the server's identifier"),
        rule::free_path("/name", "an experiment lies in the workspace tree"),
        rule::output_only("/creation_time", "the server's clock"),
        rule::output_only("/last_update_time", "the server's clock"),
        rule::output_only("/workspace", "a plain server's own name space"),
        rule::output_only("/effective_trace_archival_retention", "a plain server's setting"),
        rule::default("/lifecycle_stage", Json::Str("active"), "deleted ones are kept as such"),
        rule::keyed("/tags", "key", "a map in the form of a list"),
        rule::server_filled("/tags", "no call takes a tag away"),
        rule::server_filled("/tags/*", "no call takes a tag away"),
        rule::default("/tags", Json::List, "empty is absent"),
        rule::immutable("/artifact_location", "it is chosen when the experiment is created"),
        rule::server_filled("/artifact_location", "the server's own storage"),
        rule::immutable("/trace_location", "it is chosen when the experiment is created"),
    ],
    acl: Some(Acl::of("experiments")),
    hooks: &Experiment,
    ..Kind::REGULAR
}
.checked();

struct Experiment;

/// What a server writes of its own people, notebooks and pages.
const SERVER_TAGS: [&str; 4] = [
    "mlflow.ownerId",
    "mlflow.ownerEmail",
    "mlflow.experiment.sourceName",
    "mlflow.experiment.sourceId",
];

/// The same, as the beginning of names.
const SERVER_TAG_FAMILIES: [&str; 2] = ["mlflow.sharedViewState.", "mlflow.databricks."];

/// The tag that tells whether a notebook made the experiment.
const TYPE: &str = "mlflow.experimentType";

fn is_servers(key: &str) -> bool {
    SERVER_TAGS.contains(&key) || SERVER_TAG_FAMILIES.iter().any(|family| key.starts_with(family))
}

fn tag<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    let tags = of.get("tags")?.as_array()?;
    tags.iter().find(|tag| tag["key"] == name)?.get("value")?.as_str()
}

fn is_of_notebook(of: &Value) -> bool {
    tag(of, TYPE) == Some("NOTEBOOK")
}

fn is_deleted(of: &Value) -> bool {
    of.get("lifecycle_stage").and_then(Value::as_str) == Some("deleted")
}

/// A location that ends with the experiment's own identifier was chosen by the server.
fn is_servers_place(raw: &Value) -> bool {
    let (Some(place), Some(id)) =
        (raw.get("artifact_location").and_then(Value::as_str), raw.get("experiment_id"))
    else {
        return false;
    };
    let id = ServerId::from_value(id);
    id.is_some_and(|id| place.trim_end_matches('/').rsplit('/').next() == Some(id.as_str()))
}

/// Lists experiments as the server tells them: by a search, or in the way of old where there is none.
async fn listed(cx: Reading<'_>) -> Result<Vec<Value>, Error> {
    let cx = Reading { kind: &KIND, ..cx };
    match regular::list_call(cx, &[]).await {
        Err(error) if error.kind() == Some(client::Kind::EndpointMissing) => {
            let call = client::Call::get("/api/2.0/mlflow/experiments/list")
                .collection()
                .query("view_type", "ALL")
                .query("max_results", "1000");
            let old = cx.session.list(call, "/experiments", client::Paging::PAGE_TOKEN).await;
            old.map_err(|_| error)
        }
        other => other,
    }
}

/// Identifiers and names of all experiments, and whether they are deleted.
///
/// # Errors
/// As the server refuses.
pub(super) async fn all(cx: Reading<'_>) -> Result<Vec<(String, String, bool)>, Error> {
    let all = listed(cx).await?;
    let tell = |raw: &Value| {
        let name = raw.get("name")?.as_str()?.to_owned();
        let id = ServerId::from_value(raw.get("experiment_id")?)?.as_str().to_owned();
        Some((id, name, is_deleted(raw)))
    };
    Ok(all.iter().filter_map(tell).collect())
}

impl Hooks for Experiment {
    /// Server-written tags, the usual type and the usual place go.
    fn shape(&self, mut raw: Value) -> Value {
        let is_usual = is_servers_place(&raw);
        if let Some(map) = raw.as_object_mut() {
            if is_usual {
                map.remove("artifact_location");
            }
            if let Some(tags) = map.get_mut("tags").and_then(Value::as_array_mut) {
                tags.retain(|tag| {
                    let key = tag.get("key").and_then(Value::as_str).unwrap_or_default();
                    let is_usual = key == TYPE && tag["value"] == "MLFLOW_EXPERIMENT";
                    !is_usual && !is_servers(key)
                });
            }
        }
        raw
    }

    /// An experiment lies in a folder; that of a notebook beside it.
    fn needs(&self, resource: &Resource) -> Vec<Address> {
        let key = &resource.address.key;
        if key.starts_with('/') { tree::needs(key) } else { Vec::new() }
    }

    fn unfit(&self, resource: &Resource, server: Server) -> Option<(String, String)> {
        let is_fit = server == Server::Mlflow || resource.address.key.starts_with('/');
        (!is_fit).then(|| {
            let reason = "its name is no path, and experiments of a workspace lie in its tree";
            let hint = "plan with --rewrites and a file that says `experiments: {folder: /Shared/mlflow}`, or give it a name such as /Shared/NAME in the source";
            (reason.to_owned(), hint.to_owned())
        })
    }

    fn uncreatable(&self, resource: &Resource, target: &Source) -> Option<String> {
        (target.server.is_workspace() && is_of_notebook(&resource.spec)).then(|| {
            "it belongs to a notebook, whose first run makes it; run the notebook once in the target, or log one run from it"
                .to_owned()
        })
    }

    fn stranger(&self, wanted: &Resource, live: &Resource) -> Option<String> {
        if is_of_notebook(&wanted.spec) != is_of_notebook(&live.spec) {
            let of = if is_of_notebook(&live.spec) { "belongs" } else { "does not belong" };
            return Some(format!("the target's experiment of this name {of} to a notebook"));
        }
        let fixed = ["artifact_location", "trace_location"];
        let moved = fixed.into_iter().find(|field| {
            let wanted = wanted.spec.get(*field);
            wanted.is_some() && wanted != live.spec.get(*field)
        })?;
        Some(format!(
            "its {moved} cannot be changed, and an experiment that is deleted keeps its name"
        ))
    }

    fn is_deleted(&self, spec: &Value) -> bool {
        is_deleted(spec)
    }

    /// A deleted one is restored for as long as it takes to change it.
    fn detours(&self) -> &'static [&'static str] {
        &["/lifecycle_stage"]
    }

    /// A notebook's experiment has the notebook's rights, and nobody may set those of a deleted one.
    fn has_rights(&self, raw: &Value) -> bool {
        !is_of_notebook(raw) && !is_deleted(raw)
    }

    fn renames(&self) -> bool {
        true
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        async move { Ok(regular::listing(cx, listed(cx).await?)) }.boxed()
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        async move {
            let mut details = regular::fresh(cx, listed).await?;
            if let Some(inner) = details.raw.get_mut("experiment") {
                details.raw = inner.take();
            }
            Ok(details)
        }
        .boxed()
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<crate::kind::Created, Error>> {
        if let Some(body) = wanted.body.as_object_mut() {
            body.remove("lifecycle_stage");
        }
        regular::create(cx, wanted).boxed()
    }

    /// A deleted one is made and then deleted, so that its name is taken and it can be restored.
    fn settle<'a>(
        &'a self,
        cx: Writing<'a>,
        id: ServerId,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            if !is_deleted(&wanted.body) {
                return Ok(());
            }
            let query = [("experiment_id", id.as_str().to_owned())];
            let now = cx.session.get("/api/2.0/mlflow/experiments/get", &query).await?;
            if is_deleted(&now["experiment"]) {
                return Ok(());
            }
            write(cx, "/api/2.0/mlflow/experiments/delete", &id, json!({})).await
        }
        .boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        update(cx, live, wanted).boxed()
    }
}

/// Sends one change of an experiment; sent twice, it changes nothing more.
async fn write(
    cx: Writing<'_>,
    path: &'static str,
    id: &ServerId,
    mut body: Value,
) -> Result<(), Error> {
    body["experiment_id"] = json!(id.as_str());
    let call = client::Call::post(path).json(body).repeat(client::Repeat::Idempotent);
    cx.session.send(&call).await?;
    Ok(())
}

/// Name and tags are set one by one; a deleted experiment takes neither, so it is restored for that long.
async fn update(cx: Writing<'_>, live: Live, wanted: Wanted<'_>) -> Result<(), Error> {
    let (body, id) = (&wanted.body, &live.id);
    let is_new = |tag: &&Value| !live.raw["tags"].as_array().is_some_and(|old| old.contains(tag));
    let tags: Vec<&Value> =
        body.get("tags").and_then(Value::as_array).into_iter().flatten().filter(is_new).collect();
    let renamed = body.get("name").filter(|name| **name != live.raw["name"]);
    let (was_deleted, wants_deleted) = (is_deleted(&live.raw), is_deleted(body));
    let is_written = renamed.is_some() || !tags.is_empty();
    if was_deleted && (is_written || !wants_deleted) {
        write(cx, "/api/2.0/mlflow/experiments/restore", id, json!({})).await?;
    }
    if let Some(name) = renamed {
        let body = json!({ "new_name": name });
        write(cx, "/api/2.0/mlflow/experiments/update", id, body).await?;
    }
    for tag in tags {
        write(cx, "/api/2.0/mlflow/experiments/set-experiment-tag", id, tag.clone()).await?;
    }
    if wants_deleted && (!was_deleted || is_written) {
        write(cx, "/api/2.0/mlflow/experiments/delete", id, json!({})).await?;
    }
    Ok(())
}
