//! Pools, policies and clusters.

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::Site;
use super::super::spec::ScaleSpec;
use super::people::People;

const NODES: [&str; 3] = ["i3.xlarge", "m5d.large", "r5d.2xlarge"];

/// The identifiers of what jobs can run on.
pub(super) struct Compute {
    pools: Vec<String>,
    policies: Vec<String>,
    clusters: Vec<String>,
}

impl Compute {
    /// The cluster for the `index`th job.
    pub(super) fn cluster(&self, index: usize) -> Option<&str> {
        turn(&self.clusters, index)
    }

    /// A new cluster for the `index`th job or cluster, in a pool and under a policy where there are some.
    pub(super) fn spec(&self, index: usize) -> Value {
        let mut spec = json!({
            "spark_version": "15.4.x-scala2.12",
            "num_workers": 1 + index % 8,
            "spark_conf": {"spark.sql.shuffle.partitions": (64 << (index % 4)).to_string()},
        });
        match turn(&self.pools, index).filter(|_| index.is_multiple_of(2)) {
            Some(pool) => spec["instance_pool_id"] = json!(pool),
            None => spec["node_type_id"] = json!(NODES[index % NODES.len()]),
        }
        if let Some(policy) = turn(&self.policies, index).filter(|_| index.is_multiple_of(3)) {
            spec["policy_id"] = json!(policy);
        }
        spec
    }
}

fn turn(ids: &[String], index: usize) -> Option<&str> {
    ids.get(index % ids.len().max(1)).map(String::as_str)
}

/// Plants pools, policies and clusters.
pub(super) async fn plant(
    site: &Site,
    spec: &ScaleSpec,
    people: &People,
) -> Result<Compute, SeedError> {
    let mut compute = Compute { pools: Vec::new(), policies: Vec::new(), clusters: Vec::new() };
    for index in 0..spec.pools {
        let body = json!({
            "instance_pool_name": format!("pool-{index:03}"),
            "node_type_id": NODES[index % NODES.len()],
            "min_idle_instances": 0,
            "max_capacity": 20 + index,
            "idle_instance_autotermination_minutes": 15,
        });
        let id = made(site, "/api/2.0/instance-pools/create", body, "instance_pool_id").await?;
        site.grant("instance-pools", &id, &[people.grant(index, "CAN_ATTACH_TO")]).await?;
        compute.pools.push(id);
    }
    for index in 0..spec.policies {
        let definition = json!({
            "autotermination_minutes": {"type": "range", "maxValue": 60 + index, "defaultValue": 30, "isOptional": true},
            "spark_conf.spark.databricks.cluster.profile": {"type": "forbidden", "hidden": true},
        });
        let body =
            json!({"name": format!("policy-{index:03}"), "definition": definition.to_string()});
        let id = made(site, "/api/2.0/policies/clusters/create", body, "policy_id").await?;
        site.grant("cluster-policies", &id, &[people.grant(index, "CAN_USE")]).await?;
        compute.policies.push(id);
    }
    for index in 0..spec.clusters {
        let mut body = compute.spec(index);
        body["cluster_name"] = json!(format!("cluster-{index:04}"));
        body["autotermination_minutes"] = json!(30);
        let id = made(site, "/api/2.1/clusters/create", body, "cluster_id").await?;
        site.post("/api/2.1/clusters/delete", json!({"cluster_id": id})).await?;
        let level = ["CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"][index % 3];
        site.grant("clusters", &id, &[people.grant(index, level)]).await?;
        compute.clusters.push(id);
    }
    Ok(compute)
}

async fn made(
    site: &Site,
    call: &'static str,
    body: Value,
    field: &'static str,
) -> Result<String, SeedError> {
    let answer = site.post(call, body).await?;
    answer[field].as_str().map(str::to_owned).ok_or(SeedError::Answer { call, field })
}
