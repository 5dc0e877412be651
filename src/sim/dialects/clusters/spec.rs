//! What the server makes of a cluster's attributes: the same for clusters and for the clusters of jobs.

use serde_json::{Map, Value, json};

use super::nodes::node_type;
use super::runtimes;
use crate::sim::dialects::policies::{self, Clusters};
use crate::sim::dialects::scim::{self, Sort};
use crate::sim::http::Refusal;
use crate::sim::state::State;

/// Fields which are for writing only, or are no attributes of a cluster.
const INPUT_ONLY: [&str; 4] =
    ["apply_policy_default_values", "clone_from", "idempotency_token", "cluster_id"];

/// The attributes which a cluster has after policy, pool and defaults were followed.
///
/// `owner` is whom a dedicated cluster is for when nobody is named.
///
/// # Errors
/// 400 for what contradicts itself, for machines and versions which are not offered, and for policies and
/// pools which do not exist.
pub(crate) fn effective(
    state: &State,
    sent: &Map<String, Value>,
    clusters: Clusters,
    owner: &str,
) -> Result<Map<String, Value>, Refusal> {
    let mut spec = sent.clone();
    spec.retain(|field, value| !value.is_null() && !INPUT_ONLY.contains(&field.as_str()));
    if let Some(policy) = text(&spec, "policy_id").map(str::to_owned) {
        let defaults = sent.get("apply_policy_default_values") == Some(&json!(true));
        policies::enforce(state, &policy, &mut spec, clusters, defaults)?;
    }
    single_node(&mut spec)?;
    check_size(&spec)?;
    check_limits(&spec)?;
    check_runtime(&spec)?;
    machines(state, &mut spec)?;
    single_user(state, &spec)?;
    fill(state, &mut spec, clusters, owner);
    Ok(spec)
}

/// Refuses a size which is not exactly one of `num_workers` and `autoscale`.
pub(super) fn check_size(spec: &Map<String, Value>) -> Result<(), Refusal> {
    let workers = spec.get("num_workers").and_then(Value::as_i64);
    match (workers, spec.get("autoscale")) {
        (Some(workers), None) if workers >= 0 => Ok(()),
        (Some(_), None) => Err(Refusal::invalid("num_workers must not be negative")),
        (None, Some(scale)) => {
            let (min, max) = (scale["min_workers"].as_i64(), scale["max_workers"].as_i64());
            let (Some(min), Some(max)) = (min, max) else {
                return Err(Refusal::invalid("autoscale needs min_workers and max_workers"));
            };
            // The documentation wants max strictly above min.
            if min < 0 || max <= min {
                return Err(Refusal::invalid(
                    "autoscale max_workers must be strictly greater than min_workers",
                ));
            }
            Ok(())
        }
        _ => Err(Refusal::invalid(
            "Exactly 1 of virtual_cluster_size, num_workers or autoscale must be specified.",
        )),
    }
}

/// Writes out what `is_single_node` stands for.
fn single_node(spec: &mut Map<String, Value>) -> Result<(), Refusal> {
    let simple = spec.get("kind").is_some();
    for field in ["is_single_node", "use_ml_runtime"] {
        if spec.contains_key(field) && !simple {
            return Err(Refusal::invalid(format!(
                "{field} can only be used when kind = CLASSIC_PREVIEW"
            )));
        }
    }
    if spec.get("is_single_node") != Some(&json!(true)) {
        return Ok(());
    }
    if spec.contains_key("autoscale") || spec.get("num_workers").is_some_and(|n| *n != json!(0)) {
        return Err(Refusal::invalid("A single node cluster cannot have workers"));
    }
    spec.insert("num_workers".into(), json!(0));
    for (map, key, value) in [
        ("spark_conf", "spark.databricks.cluster.profile", "singleNode"),
        ("spark_conf", "spark.master", "local[*]"),
        ("custom_tags", "ResourceClass", "SingleNode"),
    ] {
        if let Value::Object(map) = spec.entry(map).or_insert_with(|| json!({})) {
            map.insert(key.to_owned(), json!(value));
        }
    }
    Ok(())
}

fn check_limits(spec: &Map<String, Value>) -> Result<(), Refusal> {
    let count = |field: &str| match spec.get(field) {
        Some(Value::Array(items)) => items.len(),
        Some(Value::Object(fields)) => fields.len(),
        _ => 0,
    };
    for (field, limit) in [("init_scripts", 10), ("ssh_public_keys", 10), ("custom_tags", 45)] {
        if count(field) > limit {
            return Err(Refusal::invalid(format!("{field} can have at most {limit} entries")));
        }
    }
    if let Some(Value::Array(scripts)) = spec.get("init_scripts")
        && scripts.iter().any(|script| script.as_object().is_none_or(|kinds| kinds.len() != 1))
    {
        return Err(Refusal::invalid("Each init script needs exactly one destination"));
    }
    if count("cluster_log_conf") > 1 {
        return Err(Refusal::invalid("Only one log destination can be specified for one cluster"));
    }
    let minutes = spec.get("autotermination_minutes").and_then(Value::as_i64);
    if minutes.is_some_and(|minutes| minutes != 0 && !(10..=10_000).contains(&minutes)) {
        return Err(Refusal::invalid("autotermination_minutes must be 0 or between 10 and 10000"));
    }
    Ok(())
}

fn check_runtime(spec: &Map<String, Value>) -> Result<(), Refusal> {
    let version = text(spec, "spark_version")
        .ok_or_else(|| Refusal::invalid("Missing required field: spark_version"))?;
    if !runtimes::offered(version) {
        return Err(Refusal::invalid(format!("Invalid spark version {version}.")));
    }
    if version.contains("-photon-") && spec.contains_key("runtime_engine") {
        return Err(Refusal::invalid(
            "runtime_engine cannot be used with a spark_version which contains -photon-",
        ));
    }
    Ok(())
}

/// Takes the machines from the pools, or checks that they are offered.
fn machines(state: &State, spec: &mut Map<String, Value>) -> Result<(), Refusal> {
    let cloud = state.clusters.cloud;
    if let Some(block) = cloud.foreign_block(spec) {
        return Err(Refusal::invalid(format!("{block} is not supported in this workspace")));
    }
    let pool = text(spec, "instance_pool_id").map(str::to_owned);
    let driver_pool = text(spec, "driver_instance_pool_id").map(str::to_owned).or(pool.clone());
    if let Some(pool) = &pool {
        for field in ["node_type_id", "enable_elastic_disk"] {
            if spec.contains_key(field) {
                return Err(with_pool(field));
            }
        }
        if let Some(Value::Object(block)) = spec.get(cloud.block())
            && let Some(field) = block.keys().find(|field| Some(field.as_str()) != cloud.identity())
        {
            return Err(with_pool(&format!("{}.{field}", cloud.block())));
        }
        let node = pool_machine(state, pool)?;
        spec.insert("node_type_id".into(), json!(node));
    }
    if let Some(pool) = &driver_pool {
        if spec.contains_key("driver_node_type_id") {
            return Err(with_pool("driver_node_type_id"));
        }
        let node = pool_machine(state, pool)?;
        spec.insert("driver_node_type_id".into(), json!(node));
        spec.insert("driver_instance_pool_id".into(), json!(pool));
    }
    let node = text(spec, "node_type_id")
        .map(str::to_owned)
        .ok_or_else(|| Refusal::invalid("Missing required field: node_type_id"))?;
    spec.entry("driver_node_type_id").or_insert(json!(node));
    for field in ["node_type_id", "driver_node_type_id"] {
        let node = text(spec, field).unwrap_or_default();
        if node_type(cloud, node).is_none() {
            return Err(Refusal::invalid(format!("Node type {node} is not supported")));
        }
    }
    Ok(())
}

fn with_pool(field: &str) -> Refusal {
    Refusal::invalid(format!(
        "The field '{field}' cannot be supplied when an instance pool ID is provided."
    ))
}

fn pool_machine<'a>(state: &'a State, pool: &str) -> Result<&'a str, Refusal> {
    state
        .pools
        .node_type(pool)
        .ok_or_else(|| Refusal::invalid(format!("Can't find an instance pool with id: {pool}")))
}

/// Refuses to dedicate a cluster to nobody.
fn single_user(state: &State, spec: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(name) = text(spec, "single_user_name") else { return Ok(()) };
    let sorts = [Sort::User, Sort::ServicePrincipal, Sort::Group];
    if sorts.into_iter().any(|sort| scim::find(state, sort, name).is_some()) {
        return Ok(());
    }
    Err(Refusal::invalid(format!("Single user {name} does not exist")))
}

/// What the server adds by itself.
fn fill(state: &State, spec: &mut Map<String, Value>, clusters: Clusters, owner: &str) {
    let unset = match clusters {
        Clusters::AllPurpose => "NONE",
        Clusters::Job => "SINGLE_USER",
    };
    let dedicated = text(spec, "single_user_name").is_some();
    let mode = match text(spec, "data_security_mode") {
        None => unset,
        Some("DATA_SECURITY_MODE_STANDARD") => "USER_ISOLATION",
        Some("DATA_SECURITY_MODE_DEDICATED") => "SINGLE_USER",
        Some("DATA_SECURITY_MODE_AUTO") if dedicated => "SINGLE_USER",
        Some("DATA_SECURITY_MODE_AUTO") => "USER_ISOLATION",
        Some(other) => other,
    }
    .to_owned();
    let mut or = |field: &str, value: Value| {
        spec.entry(field).or_insert(value);
    };
    or("enable_elastic_disk", json!(true));
    or("enable_local_disk_encryption", json!(false));
    if clusters == Clusters::AllPurpose {
        or("cluster_name", json!(""));
        or("autotermination_minutes", json!(0));
        if mode == "SINGLE_USER" {
            or("single_user_name", json!(owner));
        }
    }
    spec.insert("data_security_mode".into(), json!(mode));
    state.clusters.cloud.fill_cluster(spec);
}

/// A text field which is not empty.
pub(super) fn text<'a>(spec: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    spec.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}
