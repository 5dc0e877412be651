//! The calls of clusters.

use serde_json::{Value, json};

use super::answer::{asked, details};
use super::lifecycle::{Life, Phase};
use super::state::Cluster;
use super::update::{edit, resize, unexpected, update};
use super::{listing, nodes, runtimes, spec};
use crate::sim::dialects::libraries;
use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::dialects::policies::{Clusters, provision};
use crate::sim::dialects::scim;
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::state::State;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.1/clusters/list", handler: listing::list },
    Route { method: "GET", path: "/api/2.1/clusters/get", handler: get },
    Route { method: "POST", path: "/api/2.1/clusters/create", handler: create },
    Route { method: "POST", path: "/api/2.1/clusters/edit", handler: edit },
    Route { method: "POST", path: "/api/2.1/clusters/update", handler: update },
    Route { method: "POST", path: "/api/2.1/clusters/resize", handler: resize },
    Route { method: "POST", path: "/api/2.1/clusters/start", handler: start },
    Route { method: "POST", path: "/api/2.1/clusters/restart", handler: restart },
    Route { method: "POST", path: "/api/2.1/clusters/delete", handler: terminate },
    Route { method: "POST", path: "/api/2.1/clusters/permanent-delete", handler: delete },
    Route { method: "POST", path: "/api/2.1/clusters/pin", handler: pin },
    Route { method: "POST", path: "/api/2.1/clusters/unpin", handler: unpin },
    Route { method: "POST", path: "/api/2.1/clusters/change-owner", handler: change_owner },
    Route { method: "GET", path: "/api/2.1/clusters/spark-versions", handler: spark_versions },
    Route { method: "GET", path: "/api/2.1/clusters/list-node-types", handler: list_node_types },
    Route { method: "GET", path: "/api/2.1/clusters/list-zones", handler: list_zones },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[Securable {
    object_type: "cluster",
    path: "clusters",
    levels: &[
        ("CAN_ATTACH_TO", "Can attach to the cluster"),
        ("CAN_RESTART", "Can restart the cluster"),
        ("CAN_MANAGE", "Can manage the cluster"),
    ],
    exists: |state, id| state.clusters.exists(id),
    absent: |id| Refusal::invalid(format!("Cluster {id} does not exist")),
    ..Securable::REGULAR
}];

/// How many clusters can be pinned.
const PINS: usize = 100;

fn get(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("cluster_id")?;
    let cluster = state.clusters.get(id, call.now)?;
    let seen = cluster.clone();
    cluster.phase.pass();
    Ok(Answer::Json(details(&state.clusters, id, &seen, true)))
}

fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    provision(state, call.now);
    let token = call.text("idempotency_token").filter(|token| !token.is_empty());
    let known = &state.clusters.clusters;
    if token.is_some()
        && let Some((id, _)) = known.iter().find(|(_, cluster)| cluster.token.as_deref() == token)
    {
        return Ok(Answer::Json(json!({ "cluster_id": id })));
    }
    if let Some(source) =
        call.body.get("clone_from").and_then(|from| from["source_cluster_id"].as_str())
    {
        state.clusters.get(source, call.now)?;
    }
    let spec = asked(&call.body, &["clone_from", "idempotency_token"]);
    let creator = call.caller.user_name.clone();
    let effective = spec::effective(state, &spec, Clusters::AllPurpose, &creator)?;
    let cluster = Cluster {
        spec,
        effective,
        source: "API".into(),
        creator,
        phase: Phase::begin(Life::Pending, state.clusters.looks),
        started: call.now,
        restarted: call.now,
        token: token.map(str::to_owned),
        ..Cluster::default()
    };
    let id = state.ids.cluster();
    state.clusters.clusters.insert(id.clone(), cluster);
    permissions::grant_creator(state, "clusters", &id, &call.caller, "CAN_MANAGE");
    Ok(Answer::Json(json!({ "cluster_id": id })))
}

/// Starts a terminated cluster; its attributes are checked again, for its pool may be gone.
fn start(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("cluster_id")?;
    let cluster = state.clusters.get(id, call.now)?;
    if cluster.source == "JOB" {
        return Err(Refusal::state(format!(
            "Cluster {id} was created by a job and cannot be started"
        )));
    }
    // The documentation says that nothing happens in other states; servers are known to refuse.
    if cluster.life() != Life::Terminated {
        return Err(unexpected(state, id));
    }
    let pool = cluster.spec.get("instance_pool_id").and_then(Value::as_str).map(str::to_owned);
    if let Some(pool) = pool.filter(|pool| !pool.is_empty() && !state.pools.exists(pool)) {
        return Err(Refusal::invalid(format!("Can't find an instance pool with id: {pool}")));
    }
    let looks = state.clusters.looks;
    state.clusters.get(id, call.now)?.launch(Life::Pending, looks, call.now);
    libraries::restarted(state, id);
    Ok(Answer::nothing())
}

fn restart(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("cluster_id")?;
    let looks = state.clusters.looks;
    let cluster = state.clusters.get(id, call.now)?;
    if cluster.life() != Life::Running {
        return Err(unexpected(state, id));
    }
    cluster.launch(Life::Restarting, looks, call.now);
    libraries::restarted(state, id);
    Ok(Answer::nothing())
}

/// Answers `clusters/delete`, which terminates; on a terminated cluster nothing happens.
fn terminate(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("cluster_id")?;
    let looks = state.clusters.looks;
    let cluster = state.clusters.get(id, call.now)?;
    if !matches!(cluster.life(), Life::Terminating | Life::Terminated) {
        cluster.terminate(looks, call.now, &call.caller.user_name);
    }
    Ok(Answer::nothing())
}

fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("cluster_id")?;
    if state.clusters.get(id, call.now)?.pinned {
        return Err(Refusal::invalid("unpin the cluster first"));
    }
    state.clusters.clusters.remove(id);
    permissions::forget(state, "clusters", id);
    libraries::forget(state, id);
    Ok(Answer::nothing())
}

fn pin(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    admin(call)?;
    let id = call.need("cluster_id")?;
    let pinned = state.clusters.clusters.values().filter(|cluster| cluster.pinned).count();
    let cluster = state.clusters.get(id, call.now)?;
    if !cluster.pinned && pinned >= PINS {
        return Err(Refusal::invalid(format!("At most {PINS} clusters can be pinned")));
    }
    cluster.pinned = true;
    Ok(Answer::nothing())
}

fn unpin(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    admin(call)?;
    let id = call.need("cluster_id")?;
    state.clusters.get(id, call.now)?.pinned = false;
    Ok(Answer::nothing())
}

fn change_owner(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    admin(call)?;
    let id = call.need("cluster_id")?;
    let owner = call.need("owner_username")?.to_owned();
    if state.clusters.get(id, call.now)?.life() != Life::Terminated {
        return Err(unexpected(state, id));
    }
    if scim::caller(state, &owner).is_none() {
        return Err(Refusal::invalid(format!("User {owner} does not exist")));
    }
    state.clusters.get(id, call.now)?.creator = owner;
    Ok(Answer::nothing())
}

fn spark_versions(_: &mut State, _: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(runtimes::answer()))
}

fn list_node_types(state: &mut State, _: &Call<'_>) -> Result<Answer, Refusal> {
    let types: Vec<_> = nodes::node_types(state.clusters.cloud).map(|node| node.answer()).collect();
    Ok(Answer::Json(json!({ "node_types": types })))
}

fn list_zones(state: &mut State, _: &Call<'_>) -> Result<Answer, Refusal> {
    let zones = state.clusters.cloud.zones();
    Ok(Answer::Json(json!({ "zones": zones, "default_zone": zones.first() })))
}

fn admin(call: &Call<'_>) -> Result<(), Refusal> {
    if call.caller.is_admin {
        return Ok(());
    }
    Err(Refusal::denied("Only workspace admins can do this"))
}
