//! Changes to the attributes of a cluster: `edit` replaces all of them, `update` the ones which its mask names.

use serde_json::{Map, Value, json};

use super::answer::asked;
use super::lifecycle::Life;
use super::spec::{check_size, effective};
use crate::sim::dialects::policies::Clusters;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State;

/// Answers `clusters/edit`.
pub(super) fn edit(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("cluster_id")?;
    changeable(state, id, call)?;
    let spec = asked(&call.body, &["cluster_id"]);
    replace(state, id, spec, call)
}

/// Answers `clusters/update`.
pub(super) fn update(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("cluster_id")?;
    let mask = call.need("update_mask")?;
    changeable(state, id, call)?;
    let wanted = call.body.get("cluster").cloned().unwrap_or_else(|| json!({}));
    let mut spec = Value::Object(state.clusters.get(id, call.now)?.spec.clone());
    if mask == "*" {
        spec = wanted;
    } else {
        for path in mask.split(',') {
            copy(&wanted, &mut spec, path)?;
        }
    }
    replace(state, id, asked(&spec, &[]), call)
}

/// Answers `clusters/resize`, which needs a running cluster.
pub(super) fn resize(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("cluster_id")?;
    let size = asked(&call.body, &["cluster_id"]);
    let looks = state.clusters.looks;
    let cluster = state.clusters.get(id, call.now)?;
    if cluster.life() != Life::Running {
        return Err(unexpected(state, id));
    }
    check_size(&size)?;
    for attributes in [&mut cluster.spec, &mut cluster.effective] {
        attributes.remove("num_workers");
        attributes.remove("autoscale");
        attributes.extend(size.clone());
    }
    cluster.phase = super::lifecycle::Phase::begin(Life::Resizing, looks);
    Ok(Answer::nothing())
}

/// Refuses what is in a state from which it leads on; the refusal lets time pass.
pub(super) fn unexpected(state: &mut State, id: &str) -> Refusal {
    let Some(cluster) = state.clusters.clusters.get_mut(id) else {
        return Refusal::invalid(format!("Cluster {id} does not exist"));
    };
    let word = cluster.life().word();
    cluster.phase.pass();
    let (first, rest) = word.split_at(1);
    Refusal::state(format!("Cluster {id} is in unexpected state {first}{}.", rest.to_lowercase()))
}

fn changeable(state: &mut State, id: &str, call: &Call<'_>) -> Result<(), Refusal> {
    let cluster = state.clusters.get(id, call.now)?;
    if cluster.source == "JOB" {
        return Err(Refusal::state(format!(
            "Cluster {id} was created by a job and cannot be edited"
        )));
    }
    if !matches!(cluster.life(), Life::Running | Life::Terminated) {
        return Err(unexpected(state, id));
    }
    Ok(())
}

fn replace(
    state: &mut State,
    id: &str,
    spec: Map<String, Value>,
    call: &Call<'_>,
) -> Result<Answer, Refusal> {
    let owner = state.clusters.get(id, call.now)?.creator.clone();
    let effective = effective(state, &spec, Clusters::AllPurpose, &owner)?;
    let looks = state.clusters.looks;
    let cluster = state.clusters.get(id, call.now)?;
    cluster.spec = spec;
    cluster.effective = effective;
    if cluster.life() == Life::Running {
        cluster.launch(Life::Restarting, looks, call.now);
    }
    Ok(Answer::nothing())
}

/// Copies what stands at a dotted path; what is not there is removed there too.
fn copy(from: &Value, to: &mut Value, path: &str) -> Result<(), Refusal> {
    let unknown = || Refusal::invalid(format!("Invalid update_mask: '{path}'"));
    let mut steps: Vec<_> = path.split('.').collect();
    let last = steps.pop().filter(|last| !last.is_empty()).ok_or_else(unknown)?;
    let value = steps.iter().try_fold(from, |at, step| at.get(*step)).and_then(|at| at.get(last));
    let mut place = to;
    for step in steps {
        let fields = place.as_object_mut().ok_or_else(unknown)?;
        place = fields.entry(step).or_insert_with(|| json!({}));
    }
    let fields = place.as_object_mut().ok_or_else(unknown)?;
    match value {
        Some(value) => fields.insert(last.to_owned(), value.clone()),
        None => fields.remove(last),
    };
    Ok(())
}
