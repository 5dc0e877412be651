//! The calls of instance pools.

use serde_json::{Map, Value, json};

use super::state::Pool;
use crate::sim::dialects::clusters::{Cloud, asked, node_type};
use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::shuffle;
use crate::sim::state::State;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/instance-pools/list", handler: list },
    Route { method: "GET", path: "/api/2.0/instance-pools/get", handler: get },
    Route { method: "POST", path: "/api/2.0/instance-pools/create", handler: create },
    Route { method: "POST", path: "/api/2.0/instance-pools/edit", handler: edit },
    Route { method: "POST", path: "/api/2.0/instance-pools/delete", handler: delete },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[Securable {
    object_type: "instance-pool",
    path: "instance-pools",
    levels: &[
        ("CAN_ATTACH_TO", "Can attach clusters to the pool"),
        ("CAN_MANAGE", "Can manage the pool"),
    ],
    exists: |state, id| state.pools.exists(id),
    absent: missing,
    ..Securable::REGULAR
}];

/// What an edit may not change: the machines and what is on them.
const FIXED: [&str; 9] = [
    "node_type_id",
    "enable_elastic_disk",
    "aws_attributes",
    "azure_attributes",
    "gcp_attributes",
    "disk_spec",
    "node_type_flexibility",
    "preloaded_spark_versions",
    "preloaded_docker_images",
];

fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let pools = &state.pools.pools;
    let ids = shuffle(pools.keys().cloned().collect::<Vec<_>>(), call);
    let listed: Vec<_> = ids.iter().map(|id| pools[id].answer(id)).collect();
    // An empty list is left out, as in other answers of this age.
    Ok(Answer::Json(if listed.is_empty() { json!({}) } else { json!({"instance_pools": listed}) }))
}

fn get(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("instance_pool_id")?;
    Ok(Answer::Json(state.pools.pools.get(id).ok_or_else(|| missing(id))?.answer(id)))
}

fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let cloud = state.clusters.cloud;
    let name = free_name(state, call, None)?;
    let mut settings = asked(&call.body, &[]);
    let node = call.need("node_type_id")?;
    if node_type(cloud, node).is_none() {
        return Err(Refusal::invalid(format!("Node type {node} is not supported")));
    }
    if let Some(block) = cloud.foreign_block(&settings) {
        return Err(Refusal::invalid(format!("{block} is not supported in this workspace")));
    }
    if settings
        .get("preloaded_spark_versions")
        .and_then(Value::as_array)
        .is_some_and(|v| v.len() > 1)
    {
        return Err(Refusal::invalid("At most one preloaded Spark version is supported"));
    }
    check_sizes(&settings)?;
    settings.insert("instance_pool_name".into(), json!(name));
    fill(&mut settings, cloud);
    let id = state.ids.pool();
    let pool = Pool { settings, creator_id: call.caller.id.clone() };
    state.pools.pools.insert(id.clone(), pool);
    permissions::grant_creator(state, "instance-pools", &id, &call.caller, "CAN_MANAGE");
    Ok(Answer::Json(json!({ "instance_pool_id": id })))
}

/// Replaces what an edit may change: what is left out goes back to its default.
///
/// Whether servers keep what is left out is not documented; the stricter reading is taken.
fn edit(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("instance_pool_id")?;
    let pool = state.pools.pools.get(id).ok_or_else(|| missing(id))?;
    let name = free_name(state, call, Some(id))?;
    call.need("node_type_id")?;
    let sent = asked(&call.body, &["instance_pool_id"]);
    let mut settings = pool.settings.clone();
    if let Some(field) = FIXED
        .iter()
        .find(|field| sent.contains_key(**field) && sent.get(**field) != settings.get(**field))
    {
        return Err(Refusal::invalid(format!(
            "{field} cannot be changed after the pool was created"
        )));
    }
    settings.retain(|field, _| FIXED.contains(&field.as_str()));
    settings.extend(sent);
    settings.insert("instance_pool_name".into(), json!(name));
    check_sizes(&settings)?;
    fill(&mut settings, state.clusters.cloud);
    if let Some(pool) = state.pools.pools.get_mut(id) {
        pool.settings = settings;
    }
    Ok(Answer::nothing())
}

fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("instance_pool_id")?;
    state.pools.pools.remove(id).ok_or_else(|| missing(id))?;
    permissions::forget(state, "instance-pools", id);
    Ok(Answer::nothing())
}

fn free_name(state: &State, call: &Call<'_>, except: Option<&str>) -> Result<String, Refusal> {
    let name = call.need("instance_pool_name")?;
    if name.chars().count() > 100 {
        return Err(Refusal::invalid("Pool name must be between 1 and 100 characters long"));
    }
    if state.pools.name_taken(name, except) {
        return Err(Refusal::invalid(format!("Instance pool with name '{name}' already exists")));
    }
    Ok(name.to_owned())
}

fn check_sizes(settings: &Map<String, Value>) -> Result<(), Refusal> {
    let number = |field: &str| settings.get(field).and_then(Value::as_i64);
    if number("idle_instance_autotermination_minutes").is_some_and(|n| !(0..=10_000).contains(&n)) {
        return Err(Refusal::invalid(
            "idle_instance_autotermination_minutes must be between 0 and 10000",
        ));
    }
    let min = number("min_idle_instances").unwrap_or(0);
    if min < 0 {
        return Err(Refusal::invalid("min_idle_instances must not be negative"));
    }
    if number("max_capacity").is_some_and(|max| max < 1 || max < min) {
        return Err(Refusal::invalid(
            "max_capacity must be positive and not below min_idle_instances",
        ));
    }
    if settings.get("custom_tags").and_then(Value::as_object).is_some_and(|tags| tags.len() > 45) {
        return Err(Refusal::invalid("At most 45 custom tags are supported"));
    }
    Ok(())
}

/// What the server adds by itself.
fn fill(settings: &mut Map<String, Value>, cloud: Cloud) {
    let mut or = |field: &str, value: Value| {
        settings.entry(field).or_insert(value);
    };
    or("enable_elastic_disk", json!(true));
    or("idle_instance_autotermination_minutes", json!(60));
    or("min_idle_instances", json!(0));
    if cloud == Cloud::Gcp {
        or("max_capacity", json!(1000));
    }
    cloud.fill_pool(settings);
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("Can't find an instance pool with id: {id}"))
}
