//! Experiments and runs as answers show them; what is empty is left out.

use serde_json::{Value, json};

use super::metrics::Point;
use super::state::{Experiment, Run, State};
use super::tags;

/// The tag which is a run's name.
pub(super) const RUN_NAME: &str = "mlflow.runName";

/// An experiment.
pub(super) fn experiment(id: &str, experiment: &Experiment) -> Value {
    let mut answer = json!({
        "experiment_id": id,
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "lifecycle_stage": experiment.stage.word(),
        "creation_time": experiment.created,
        "last_update_time": experiment.updated,
    });
    let given = experiment.tags.iter().filter(|(key, _)| !experiment.own_tags.contains_key(*key));
    if let Some(tags) = tags::list(given.chain(&experiment.own_tags)) {
        answer["tags"] = tags;
    }
    if let Some(location) = &experiment.trace_location {
        answer["trace_location"] = location.clone();
    }
    answer
}

/// What a run is, without what was logged.
pub(super) fn info(state: &State, id: &str, run: &Run) -> Value {
    let mut info = json!({
        "run_id": id,
        "run_uuid": id,
        "experiment_id": run.experiment,
        "user_id": run.user,
        "status": run.status,
        "start_time": run.start,
        "artifact_uri": state.artifact_uri(id, run),
        "lifecycle_stage": run.stage.word(),
    });
    if let Some(end) = run.end {
        info["end_time"] = json!(end);
    }
    if let Some(name) = run.tags.get(RUN_NAME) {
        info["run_name"] = json!(name);
    }
    info
}

/// A run whole: of each metric only the last value.
pub(super) fn run(state: &State, id: &str, run: &Run) -> Value {
    let mut data = json!({});
    let metrics: Vec<Value> = run
        .metrics
        .iter()
        .filter_map(|(key, points)| Some(Point::last(points)?.answer(key)))
        .collect();
    if !metrics.is_empty() {
        data["metrics"] = metrics.into();
    }
    for (field, list) in [("params", tags::list(&run.params)), ("tags", tags::list(&run.tags))] {
        if let Some(list) = list {
            data[field] = list;
        }
    }
    let mut inputs = json!({});
    if !run.inputs.is_empty() {
        inputs["dataset_inputs"] = json!(run.inputs);
    }
    json!({ "info": info(state, id, run), "data": data, "inputs": inputs })
}
