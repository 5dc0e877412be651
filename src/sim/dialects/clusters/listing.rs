//! Which clusters a listing has, and in which order.

use serde_json::{Value, json};

use super::answer::details;
use super::state::Cluster;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::{page, shuffle};
use crate::sim::state::State;

/// Answers `clusters/list`; looking at a cluster lets its time pass.
pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let clusters = &state.clusters.clusters;
    let ids =
        clusters.iter().filter(|(_, cluster)| wanted(cluster, call)).map(|(id, _)| id.clone());
    let ids: Vec<String> = ids.collect();
    // Version 2.0 knows no pages.
    let (mut ids, next) = if call.path.starts_with("/api/2.0/") && call.query("page_size").is_none()
    {
        (shuffle(ids, call), None)
    } else {
        limit(call)?;
        page(ids, call, 20, 100, "page_token")?
    };
    sort(state, &mut ids, call);
    let listed: Vec<Value> = ids
        .iter()
        .map(|id| details(&state.clusters, id, &state.clusters.clusters[id], false))
        .collect();
    for id in &ids {
        if let Some(cluster) = state.clusters.clusters.get_mut(id) {
            cluster.phase.pass();
        }
    }
    let mut answer = json!({});
    if !listed.is_empty() {
        answer["clusters"] = json!(listed);
    }
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

fn limit(call: &Call<'_>) -> Result<(), Refusal> {
    let size = call.query("page_size").and_then(|size| size.parse::<i64>().ok());
    if size.is_some_and(|size| !(0..=100).contains(&size)) {
        return Err(Refusal::invalid("page_size must be between 1 and 100"));
    }
    Ok(())
}

fn wanted(cluster: &Cluster, call: &Call<'_>) -> bool {
    let one_of = |filter: &str, value: &str| {
        call.query(filter)
            .is_none_or(|all| all.is_empty() || all.split(',').any(|one| one == value))
    };
    let policy = cluster.effective.get("policy_id").and_then(Value::as_str).unwrap_or_default();
    cluster.listed(call.now)
        && one_of("filter_by.cluster_sources", &cluster.source)
        && one_of("filter_by.cluster_states", cluster.life().word())
        && one_of("filter_by.policy_id", policy)
        && (call.query("filter_by.is_pinned").is_none()
            || cluster.pinned == call.query_is_true("filter_by.is_pinned"))
}

/// Sorts one page as asked for; which clusters are on which page is nothing to rely on.
fn sort(state: &State, ids: &mut [String], call: &Call<'_>) {
    if call.query("sort_by.field") == Some("CLUSTER_NAME") {
        let name = |id: &String| {
            state.clusters.clusters[id].effective.get("cluster_name").map(Value::to_string)
        };
        ids.sort_by_key(name);
        if call.query("sort_by.direction") == Some("DESC") {
            ids.reverse();
        }
    }
}
