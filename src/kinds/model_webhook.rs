//! Webhooks of the model registry: who is told of what happens to models.
//!
//! API: <https://docs.databricks.com/api/workspace/modelregistry>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::registry::text;
use super::{job, ws_registered_model};
use crate::client;
use crate::kind::rule::{self, Json};
use crate::kind::{
    Api, Call, Created, Details, Error, Hooks, Kind, Listed, Listing, Live, Paging, Reading, Ref,
    Wanted, Writing, regular,
};
use crate::model::{Address, Finding, Resource, ServerId};

pub(crate) static KIND: Kind = Kind {
    name: "model_webhook",
    about: "Who is told of what happens in the model registry: an address or a job.",
    docs: "https://docs.databricks.com/api/workspace/modelregistry",
    api: Api {
        list: Call::get(LIST).items("webhooks").paged(Paging::Token("max_results", 100)).whole(),
        get: None,
        create: Some(Call::post("/api/2.0/mlflow/registry-webhooks/create")),
        update: Some(Call::patch("/api/2.0/mlflow/registry-webhooks/update").body_id("id")),
        delete: Some(Call::delete("/api/2.0/mlflow/registry-webhooks/delete").query_id("id")),
    },
    id: "/id",
    key: "/key",
    unique: false,
    refs: &[Ref::id("/job_spec/job_id", &[&job::KIND])],
    rules: &[
        rule::output_only("/id", "the server's identifier"),
        rule::output_only("/key", "made of model, events and goal"),
        rule::output_only("/creation_timestamp", "the server's clock"),
        rule::output_only("/last_updated_timestamp", "the server's clock"),
        rule::output_only("/status", "it is switched on by whoever puts its secrets in"),
        rule::set("/events", "the order means nothing"),
        rule::immutable("/model_name", "update does not take it"),
        rule::immutable("/http_url_spec", "sent again without its secrets it would lose them"),
        rule::immutable("/job_spec", "it cannot be sent again without its token"),
        rule::default(
            "/http_url_spec/enable_ssl_verification",
            Json::Bool(true),
            "the server's default",
        ),
        rule::default("/description", Json::Str(""), "empty is absent"),
    ],
    hooks: &Webhook,
    ..Kind::REGULAR
}
.checked();

const LIST: &str = "/api/2.0/mlflow/registry-webhooks/list";

/// What stands for a token that cannot be read; the create of a job's webhook takes none without one.
const NO_TOKEN: &str = "not-copied";

struct Webhook;

/// What tells one webhook from the others: the model or all of them, the events, and where it goes.
fn key_of(raw: &Value) -> String {
    let model = text(raw, "/model_name").unwrap_or("all models");
    let events = raw.get("events").and_then(Value::as_array);
    let mut events: Vec<&str> = events.into_iter().flatten().filter_map(Value::as_str).collect();
    events.sort_unstable();
    let goal = text(raw, "/http_url_spec/url").unwrap_or("job");
    format!("{model}: {} to {goal}", events.join(", "))
}

async fn list(cx: Reading<'_>) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    for mut raw in regular::list_call(cx, &[]).await? {
        let Some(id) = raw.get("id").and_then(ServerId::from_value) else {
            let message = "a webhook was listed without an identifier";
            listing.findings.push(Finding::error("unreadable", KIND.name, message));
            continue;
        };
        let key = key_of(&raw);
        raw["key"] = json!(key);
        // A job of the same workspace may be spelled with the workspace's own address.
        if text(&raw, "/job_spec/workspace_url").is_some_and(|url| is_here(url, cx.session.host()))
            && let Some(spec) = raw["job_spec"].as_object_mut()
        {
            spec.remove("workspace_url");
        }
        let created = raw["creation_timestamp"].as_i64().unwrap_or_default();
        listing.objects.push(Listed { kind: &KIND, id, key, created, raw });
    }
    Ok(listing)
}

fn is_here(url: &str, host: &str) -> bool {
    let bare = |url: &str| url.trim_start_matches("https://").trim_end_matches('/').to_lowercase();
    bare(url) == bare(host)
}

async fn create(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<Created, Error> {
    let mut body = wanted.body;
    body["status"] = json!("DISABLED");
    if let Some(spec) = body.get_mut("job_spec").and_then(Value::as_object_mut) {
        spec.insert("access_token".to_owned(), json!(NO_TOKEN));
        if let Some(id) = spec.get("job_id").and_then(ServerId::from_value) {
            spec.insert("job_id".to_owned(), json!(id.as_str()));
        }
    }
    let path = "/api/2.0/mlflow/registry-webhooks/create";
    let answer = cx.session.send(&client::Call::post(path).json(body)).await?;
    let id = answer.pointer("/webhook/id").and_then(ServerId::from_value);
    Ok(Created { id: Some(id.ok_or(Error::Answer { call: path, field: "id" })?), principal: None })
}

async fn update(cx: Writing<'_>, live: Live, wanted: Wanted<'_>) -> Result<(), Error> {
    let body = json!({
        "id": live.id.to_value(),
        "description": text(&wanted.body, "/description").unwrap_or_default(),
        "events": wanted.body["events"],
    });
    let call = client::Call::patch("/api/2.0/mlflow/registry-webhooks/update").json(body);
    cx.session.send(&call).await?;
    Ok(())
}

impl Hooks for Webhook {
    fn inspect(&self, resource: &mut Resource) -> Vec<Finding> {
        let secret = match resource.spec.get("job_spec") {
            Some(_) => "its access token",
            None => "whether it has an authorization or a secret, and which,",
        };
        let message = format!("{secret} cannot be read: where it is created it is switched off");
        vec![
            Finding::warning("secret-not-copied", &resource.address, message)
                .hint("after the apply, put the secret in and set the webhook's status to ACTIVE"),
        ]
    }

    /// A webhook of one model comes after the model.
    fn needs(&self, resource: &Resource) -> Vec<Address> {
        let model = text(&resource.spec, "/model_name");
        model.map(|name| Address::new(ws_registered_model::KIND.name, name)).into_iter().collect()
    }

    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        list(cx).boxed()
    }

    /// No call reads a single one.
    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        async move {
            let found = list(cx).await?.objects.into_iter().find(|one| one.id == listed.id);
            found.map(|one| Details { raw: one.raw, content: None }).ok_or(Error::Gone)
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_what_and_where() {
        let http = json!({"model_name": "churn", "events": ["B", "A"], "http_url_spec": {"url": "https://x/y"}});
        assert_eq!(key_of(&http), "churn: A, B to https://x/y");
        let job = json!({"events": ["A"], "job_spec": {"job_id": "17"}});
        assert_eq!(key_of(&job), "all models: A to job");
    }

    #[test]
    fn a_workspace_knows_its_own_address() {
        assert!(is_here("https://Dbc-1.example.com/", "https://dbc-1.example.com"));
        assert!(!is_here("https://dbc-2.example.com", "https://dbc-1.example.com"));
    }
}
