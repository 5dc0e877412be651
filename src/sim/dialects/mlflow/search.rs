//! Searches for experiments and runs.

use serde_json::{Value, json};

use super::filter::{Attribute, Field, Filter, Scalar};
use super::metrics::Point;
use super::order::Order;
use super::state::{Experiment, Run, State};
use super::view::{self, RUN_NAME};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::{page, page_in_order};
use crate::sim::state::State as Workspace;

/// How an experiment can be searched for.
const OF_EXPERIMENTS: &[Attribute] =
    &[("name", false), ("creation_time", true), ("last_update_time", true)];

/// How a run can be searched for.
const OF_RUNS: &[Attribute] = &[
    ("run_id", false),
    ("run_name", false),
    ("user_id", false),
    ("status", false),
    ("artifact_uri", false),
    ("start_time", true),
    ("end_time", true),
];

/// The largest page of experiments, of the older listing, and of runs.
const MOST: [usize; 3] = [3_000, 1_000, 50_000];

fn list_of<'a>(call: &'a Call<'_>, field: &str) -> &'a [Value] {
    call.body.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Refuses a page which is larger than the largest.
fn at_most(call: &Call<'_>, most: usize) -> Result<(), Refusal> {
    match call.body.get("max_results").and_then(Value::as_u64).filter(|size| *size > most as u64) {
        None => Ok(()),
        Some(size) => Err(Refusal::invalid(format!(
            "Invalid value {size} for parameter 'max_results' supplied: it must be at most {most}."
        ))),
    }
}

/// One page of objects under the name of their list; an empty list is left out.
pub(super) fn answered(name: &str, objects: Vec<Value>, next: Option<String>) -> Answer {
    let mut answer = json!({});
    if !objects.is_empty() {
        answer[name] = objects.into();
    }
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Answer::Json(answer)
}

/// Lists experiments, in no order.
pub(super) fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let all = &state.mlflow.experiments;
    let shown = all.iter().filter(|(_, one)| one.stage.is_in(call.query("view_type")));
    let ids = shown.map(|(id, _)| id).collect();
    let (ids, next) = page(ids, call, MOST[1], MOST[1], "page_token")?;
    let listed = ids.into_iter().map(|id| view::experiment(id, &all[id])).collect();
    Ok(answered("experiments", listed, next))
}

/// Searches for experiments: in no order unless one is asked for.
pub(super) fn experiments(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    at_most(call, MOST[0])?;
    let filter = Filter::parse(call.text("filter").unwrap_or_default(), OF_EXPERIMENTS)?;
    let order = Order::parse(list_of(call, "order_by"), OF_EXPERIMENTS)?;
    let all = &state.mlflow.experiments;
    let mut ids: Vec<&String> = all
        .iter()
        .filter(|(_, one)| one.stage.is_in(call.text("view_type")))
        .filter(|(_, one)| filter.lets_through(|field| of_experiment(one, field)))
        .map(|(id, _)| id)
        .collect();
    let (ids, next) = if list_of(call, "order_by").is_empty() {
        page(ids, call, 1_000, MOST[0], "page_token")?
    } else {
        let field = |id: &String| {
            let id = id.clone();
            move |field: &Field| of_experiment(&all[&id], field)
        };
        ids.sort_by(|a, b| order.compare(field(a), field(b)).then_with(|| b.cmp(a)));
        page_in_order(ids, call, 1_000, MOST[0], "page_token")?
    };
    let found = ids.into_iter().map(|id| view::experiment(id, &all[id])).collect();
    Ok(answered("experiments", found, next))
}

fn of_experiment(experiment: &Experiment, field: &Field) -> Option<Scalar> {
    match field {
        Field::Tag(key) => experiment
            .own_tags
            .get(key)
            .or_else(|| experiment.tags.get(key))
            .cloned()
            .map(Scalar::Text),
        Field::Attribute(name) => Some(match name.as_str() {
            "name" => Scalar::Text(experiment.name.clone()),
            "creation_time" => number(experiment.created),
            _ => number(experiment.updated),
        }),
        Field::Param(_) | Field::Metric(_) => None,
    }
}

/// Searches for runs: the newest first unless another order is asked for.
///
/// An experiment which is not there has no runs; that is no error.
pub(super) fn runs(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    at_most(call, MOST[2])?;
    let filter = Filter::parse(call.text("filter").unwrap_or_default(), OF_RUNS)?;
    let order = Order::parse(list_of(call, "order_by"), OF_RUNS)?;
    let asked: Vec<&str> =
        list_of(call, "experiment_ids").iter().filter_map(Value::as_str).collect();
    let tracking = &state.mlflow;
    let mut found: Vec<(&String, &Run)> = tracking
        .runs
        .iter()
        .filter(|(_, run)| asked.contains(&run.experiment.as_str()))
        .filter(|(_, run)| run.stage.is_in(call.text("run_view_type")))
        .filter(|(id, run)| filter.lets_through(|field| of_run(tracking, id, run, field)))
        .collect();
    found.sort_by(|(a, one), (b, other)| {
        order
            .compare(
                |field| of_run(tracking, a, one, field),
                |field| of_run(tracking, b, other, field),
            )
            .then_with(|| other.start.cmp(&one.start))
            .then_with(|| a.cmp(b))
    });
    let (found, next) = page_in_order(found, call, 1_000, MOST[2], "page_token")?;
    let found = found.into_iter().map(|(id, run)| view::run(tracking, id, run)).collect();
    Ok(answered("runs", found, next))
}

fn of_run(state: &State, id: &str, run: &Run, field: &Field) -> Option<Scalar> {
    let text = |text: &String| Scalar::Text(text.clone());
    match field {
        Field::Tag(key) => run.tags.get(key).map(text),
        Field::Param(key) => run.params.get(key).map(text),
        Field::Metric(key) => {
            Point::last(run.metrics.get(key)?).map(|point| Scalar::Number(point.value))
        }
        Field::Attribute(name) => match name.as_str() {
            "run_id" => Some(Scalar::Text(id.to_owned())),
            "run_name" => run.tags.get(RUN_NAME).map(text),
            "user_id" => Some(text(&run.user)),
            "status" => Some(text(&run.status)),
            "artifact_uri" => Some(Scalar::Text(state.artifact_uri(id, run))),
            "start_time" => Some(number(run.start)),
            _ => run.end.map(number),
        },
    }
}

/// Moments are far below the largest whole number that a float holds.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
fn number(milliseconds: i64) -> Scalar {
    Scalar::Number(milliseconds as f64)
}
