//! A cluster as the API gives it.

use serde_json::{Map, Value, json};

use super::lifecycle::Life;
use super::nodes::node_type;
use super::state::{Cluster, State};

/// The answer for one cluster; `spec`, what was asked for, is not in listings.
pub(super) fn details(state: &State, id: &str, cluster: &Cluster, with_spec: bool) -> Value {
    let mut answer = cluster.effective.clone();
    let life = cluster.life();
    let mut put = |field: &str, value: Value| answer.insert(field.to_owned(), value);
    put("cluster_id", json!(id));
    put("creator_user_name", json!(cluster.creator));
    put("cluster_source", json!(cluster.source));
    put("state", json!(life.word()));
    put("state_message", json!(message(life)));
    put("start_time", json!(cluster.started));
    put("last_state_loss_time", json!(0));
    put("last_restarted_time", json!(cluster.restarted));
    put(
        "default_tags",
        json!({
            "Vendor": "Databricks",
            "Creator": cluster.creator,
            "ClusterName": cluster.effective.get("cluster_name"),
            "ClusterId": id,
        }),
    );
    if let Some(at) = cluster.terminated {
        put("terminated_time", json!(at));
        put(
            "termination_reason",
            json!({
                "code": "USER_REQUEST", "type": "SUCCESS",
                "parameters": {"username": cluster.terminated_by},
            }),
        );
    } else if life != Life::Pending {
        running(state, cluster, &mut put);
    }
    if with_spec {
        put("spec", Value::Object(cluster.spec.clone()));
    }
    Value::Object(answer)
}

fn running(state: &State, cluster: &Cluster, put: &mut impl FnMut(&str, Value) -> Option<Value>) {
    let field = |name: &str| cluster.effective.get(name);
    let workers = field("num_workers")
        .or_else(|| field("autoscale")?.get("min_workers"))
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let node = |name: &str| node_type(state.cloud, field(name)?.as_str()?);
    let (driver, worker) = (node("driver_node_type_id"), node("node_type_id"));
    let cores =
        |node: &Option<_>| node.as_ref().map_or(0, |n: &super::nodes::NodeType| u64::from(n.cores));
    let memory = |node: &Option<super::nodes::NodeType>| node.as_ref().map_or(0, |n| n.memory_mb);
    let total = cores(&driver) + workers * cores(&worker);
    put("cluster_cores", json!(total as f64));
    put("cluster_memory_mb", json!(memory(&driver) + workers * memory(&worker)));
    put("jdbc_port", json!(10_000));
    put("spark_context_id", json!(cluster.restarted.unsigned_abs().wrapping_mul(1_000_003) >> 1));
    put("driver", spark_node(cluster, 0));
    if workers > 0 {
        put("executors", (1..=workers.min(100)).map(|n| spark_node(cluster, n)).collect());
    }
}

fn spark_node(cluster: &Cluster, number: u64) -> Value {
    json!({
        "node_id": format!("{:032x}", cluster.restarted.unsigned_abs() + number),
        "instance_id": format!("i-{:017x}", cluster.restarted.unsigned_abs() + number),
        "private_ip": format!("10.0.{}.{}", number / 250, number % 250 + 1),
        "public_dns": "",
        "host_private_ip": format!("10.1.{}.{}", number / 250, number % 250 + 1),
        "start_timestamp": cluster.restarted,
    })
}

fn message(life: Life) -> &'static str {
    match life {
        Life::Pending => "Finding instances for new nodes, acquiring more instances if necessary",
        Life::Terminating | Life::Terminated => "Inactive cluster terminated (user request).",
        Life::Restarting => "Restarting",
        Life::Resizing => "Resizing",
        Life::Running => "",
    }
}

/// The fields of a request which ask for something, without those which say what it is about.
pub(crate) fn asked(body: &Value, without: &[&str]) -> Map<String, Value> {
    let fields = body.as_object().into_iter().flatten();
    fields
        .filter(|(field, value)| !value.is_null() && !without.contains(&field.as_str()))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}
