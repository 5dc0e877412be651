//! What is written into a run: metrics, parameters, tags, datasets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::limits::{self, METRIC, PARAM, RUN_TAG};
use super::metrics::Point;
use super::runs::id_of;
use super::state::Run;
use super::tags;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

/// How many datasets one call may name.
const DATASETS: usize = 1_000;

fn items<'a>(call: &'a Call<'_>, field: &str) -> &'a [Value] {
    call.body.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Refuses another value for a parameter which has one.
fn unchanged(run: &Run, id: &str, key: &str, value: &str) -> Result<(), Refusal> {
    match run.params.get(key).filter(|old| *old != value) {
        None => Ok(()),
        Some(old) => Err(Refusal::invalid(format!(
            "Changing param values is not allowed. Param with key='{key}' was already logged with \
             value='{old}' for run ID='{id}'. Attempted logging new value '{value}'."
        ))),
    }
}

/// Logs all of a batch or nothing.
pub(super) fn log_batch(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("run_id")?;
    let (metrics, params) = (items(call, "metrics"), items(call, "params"));
    limits::batch(call.raw.len(), metrics.len(), params.len(), items(call, "tags").len())?;
    let mut points = Vec::with_capacity(metrics.len());
    for metric in metrics {
        let key = text(metric, "key");
        limits::check(&METRIC, key, "")?;
        points.push((key, Point::sent(metric)?));
    }
    let run = state.mlflow.active_run(id)?;
    let mut fresh: BTreeMap<&str, &str> = BTreeMap::new();
    for param in params {
        let (key, value) = (text(param, "key"), text(param, "value"));
        limits::check(&PARAM, key, value)?;
        unchanged(run, id, key, value)?;
        if fresh.insert(key, value).is_some_and(|other| other != value) {
            return Err(Refusal::invalid(format!(
                "Duplicate parameter keys have been submitted: ['{key}']. \
                 Please ensure the request contains only one param value per param key."
            )));
        }
    }
    let tags = tags::sent(call, "tags", &RUN_TAG)?;
    for (key, point) in points {
        run.metrics.entry(key.to_owned()).or_default().push(point);
    }
    run.params.extend(fresh.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
    run.tags.extend(tags);
    Ok(Answer::nothing())
}

/// Appends: the same value logged twice is there twice.
pub(super) fn log_metric(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let key = call.need("key")?;
    limits::check(&METRIC, key, "")?;
    let point = Point::sent(&call.body)?;
    let run = state.mlflow.active_run(id_of(call)?)?;
    run.metrics.entry(key.to_owned()).or_default().push(point);
    Ok(Answer::nothing())
}

pub(super) fn log_parameter(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, key) = (id_of(call)?, call.need("key")?);
    let value = call.text("value").unwrap_or_default();
    limits::check(&PARAM, key, value)?;
    let run = state.mlflow.active_run(id)?;
    unchanged(run, id, key, value)?;
    run.params.insert(key.to_owned(), value.to_owned());
    Ok(Answer::nothing())
}

pub(super) fn set_tag(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let key = call.need("key")?;
    let value = call.text("value").unwrap_or_default();
    limits::check(&RUN_TAG, key, value)?;
    let run = state.mlflow.active_run(id_of(call)?)?;
    run.tags.insert(key.to_owned(), value.to_owned());
    Ok(Answer::nothing())
}

pub(super) fn delete_tag(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, key) = (call.need("run_id")?, call.need("key")?);
    let run = state.mlflow.active_run(id)?;
    if run.tags.remove(key).is_none() {
        return Err(Refusal::not_found(format!("No tag with name: {key} in run with id {id}")));
    }
    Ok(Answer::nothing())
}

/// Notes datasets; one which the run has by name and digest stays as it was.
pub(super) fn log_inputs(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let datasets = items(call, "datasets");
    if datasets.len() > DATASETS {
        return Err(Refusal::invalid(format!(
            "A run can log at most {DATASETS} datasets in one request. Got {}.",
            datasets.len()
        )));
    }
    if let Some(model) = items(call, "models").first() {
        let id = text(model, "model_id");
        return Err(Refusal::not_found(format!("Logged model with ID '{id}' not found.")));
    }
    let run = state.mlflow.active_run(call.need("run_id")?)?;
    for sent in datasets {
        let named = |input: &Value| {
            ["name", "digest"].map(|field| text(&input["dataset"], field).to_owned())
        };
        if !run.inputs.iter().any(|input| named(input) == named(sent)) {
            let mut input = json!({ "dataset": sent["dataset"] });
            if let Some(tags) = sent["tags"].as_array().filter(|tags| !tags.is_empty()) {
                input["tags"] = json!(tags);
            }
            run.inputs.push(input);
        }
    }
    Ok(Answer::nothing())
}
