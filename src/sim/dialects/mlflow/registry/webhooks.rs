//! Webhooks: who is told of what happens in the registry. Nobody is told here.

use serde_json::{Map, Value, json};

use super::state::{no_model, open, unknown};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::page;
use crate::sim::state::State as Workspace;

/// What is taken in and never given back.
const SECRETS: [&str; 3] = ["access_token", "authorization", "secret"];

/// The event of which only a webhook of all models is told.
const ANY_MODEL: &str = "REGISTERED_MODEL_CREATED";

/// Checks where a webhook goes, and gives what may be read of it.
fn target(state: &Workspace, call: &Call<'_>) -> Result<Option<(&'static str, Value)>, Refusal> {
    let spec = |name: &str| call.body.get(name).filter(|spec| spec.is_object()).cloned();
    let (field, mut target) = match (spec("http_url_spec"), spec("job_spec")) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("Only one of http_url_spec and job_spec can be set"));
        }
        (Some(mut spec), None) => {
            if !spec["url"].as_str().is_some_and(|url| url.starts_with("https://")) {
                return Err(Refusal::invalid("http_url_spec.url must be an HTTPS URL"));
            }
            if spec.get("enable_ssl_verification").is_none_or(Value::is_null) {
                spec["enable_ssl_verification"] = json!(true);
            }
            ("http_url_spec", spec)
        }
        (None, Some(spec)) => {
            let here = spec.get("workspace_url").is_none_or(Value::is_null);
            if here && !spec["job_id"].as_str().is_some_and(|id| state.jobs.exists(id)) {
                return Err(Refusal::invalid(format!("Job {} does not exist.", spec["job_id"])));
            }
            if spec["access_token"].as_str().is_none_or(str::is_empty) {
                return Err(Refusal::invalid("Missing required field: job_spec.access_token"));
            }
            ("job_spec", spec)
        }
    };
    if let Some(target) = target.as_object_mut() {
        target.retain(|name, value| !SECRETS.contains(&name.as_str()) && !value.is_null());
    }
    Ok(Some((field, target)))
}

/// Checks the events a webhook is told of.
fn events(call: &Call<'_>, model: Option<&str>) -> Result<Option<Value>, Refusal> {
    let Some(events) = call.body.get("events").and_then(Value::as_array) else { return Ok(None) };
    if events.is_empty() {
        return Err(Refusal::invalid("At least one event is needed"));
    }
    if model.is_some() && events.contains(&json!(ANY_MODEL)) {
        return Err(Refusal::invalid(format!("{ANY_MODEL} needs a webhook without a model_name")));
    }
    Ok(Some(json!(events)))
}

pub(super) fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let model = call.text("model_name").filter(|name| !name.is_empty());
    if let Some(name) = model
        && !open(state)?.models.contains_key(name)
    {
        return Err(no_model(name));
    }
    open(state)?;
    let events = events(call, model)?;
    let (field, target) = target(state, call)?
        .ok_or_else(|| Refusal::invalid("One of http_url_spec and job_spec must be set"))?;
    let id = state.ids.uuid().replace('-', "");
    let known = ["http_url_spec", "job_spec", "description", "events", "model_name", "status"];
    let mut webhook = unknown(call, &known);
    webhook.insert("id".into(), json!(id));
    webhook.insert("events".into(), events.unwrap_or_default());
    webhook.insert(field.into(), target);
    webhook.insert("status".into(), json!(call.text("status").unwrap_or("ACTIVE")));
    webhook.insert("creation_timestamp".into(), json!(call.now));
    webhook.insert("last_updated_timestamp".into(), json!(call.now));
    for (name, text) in [("model_name", model), ("description", call.text("description"))] {
        if let Some(text) = text {
            webhook.insert(name.into(), json!(text));
        }
    }
    let answer = json!({ "webhook": webhook });
    open(state)?.webhooks.insert(id, webhook);
    Ok(Answer::Json(answer))
}

pub(super) fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let all = &open(state)?.webhooks;
    let wanted: Option<Vec<&str>> = call.query("events").map(|events| events.split(',').collect());
    let shown = |webhook: &Map<String, Value>| {
        let events = webhook["events"].as_array();
        let model = call.query("model_name");
        model.is_none_or(|model| webhook.get("model_name") == Some(&json!(model)))
            && wanted.as_ref().is_none_or(|wanted| {
                let told = events.into_iter().flatten().filter_map(Value::as_str);
                told.into_iter().any(|event| wanted.contains(&event))
            })
    };
    let ids = all.iter().filter(|(_, webhook)| shown(webhook)).map(|(id, _)| id).collect();
    let (ids, next) = page(ids, call, 100, 1_000, "page_token")?;
    let mut answer = json!({});
    if !ids.is_empty() {
        answer["webhooks"] = ids.into_iter().map(|id| json!(all[id])).collect();
    }
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

/// Changes what is sent, and nothing else.
pub(super) fn update(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("id")?;
    let absent = || Refusal::not_found(format!("Webhook {id} does not exist."));
    let webhook = open(state)?.webhooks.get(id).ok_or_else(absent)?;
    let model = webhook.get("model_name").and_then(Value::as_str).map(str::to_owned);
    let events = events(call, model.as_deref())?;
    let target = target(state, call)?;
    let webhook = open(state)?.webhooks.get_mut(id).ok_or_else(absent)?;
    webhook.extend(events.map(|events| ("events".to_owned(), events)));
    if let Some((field, target)) = target {
        webhook.remove("http_url_spec");
        webhook.remove("job_spec");
        webhook.insert(field.into(), target);
    }
    for field in ["description", "status"] {
        if let Some(text) = call.text(field) {
            webhook.insert(field.into(), json!(text));
        }
    }
    webhook.insert("last_updated_timestamp".into(), json!(call.now));
    Ok(Answer::Json(json!({ "webhook": webhook })))
}

pub(super) fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("id")?;
    let absent = || Refusal::not_found(format!("Webhook {id} does not exist."));
    open(state)?.webhooks.remove(id).map(|_| Answer::nothing()).ok_or_else(absent)
}
