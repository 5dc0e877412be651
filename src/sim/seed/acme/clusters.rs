//! Clusters: pinned ones, two of one name, one which a job run left, one which will be gone.

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::Site;
use super::people::Member;

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;
const CREATE: &str = "/api/2.1/clusters/create";

/// Plants the clusters; the last identifier is the one of a cluster which is to be deleted later.
pub(super) async fn plant(
    site: &Site,
    members: &[Member],
    pools: &[String],
    policies: &[String],
) -> Result<(Vec<String>, String), SeedError> {
    let mut ids = Vec::new();
    for (index, body) in bodies(members, pools, policies).into_iter().enumerate() {
        let creator = if index % 2 == 0 { site.admin() } else { &members[index % 2].user_name };
        ids.push(created(site, creator, body).await?);
    }
    for (index, id) in ids.iter().enumerate() {
        if [0, 5].contains(&index) {
            site.post("/api/2.1/clusters/pin", json!({"cluster_id": id})).await?;
        }
        if index != 5 {
            site.post("/api/2.1/clusters/delete", json!({"cluster_id": id})).await?;
        }
    }
    let of_run = created(site, site.admin(), plain("job-905712345678901-run-31337-main")).await?;
    site.post("/api/2.1/clusters/delete", json!({"cluster_id": of_run})).await?;
    site.with_state(|state| {
        if let Some(cluster) = state.clusters.clusters.get_mut(&of_run) {
            "JOB".clone_into(&mut cluster.source);
        }
        if let Some(idle) = ids.last().and_then(|id| state.clusters.clusters.get_mut(id)) {
            idle.started -= 400 * DAY;
            idle.terminated = idle.terminated.map(|at| at - 20 * DAY);
        }
    });
    let doomed = created(site, site.admin(), plain("will be gone")).await?;
    Ok((ids, doomed))
}

async fn created(site: &Site, who: &str, body: Value) -> Result<String, SeedError> {
    let answer = site.post_as(who, CREATE, body).await?;
    let field = "cluster_id";
    answer[field].as_str().map(str::to_owned).ok_or(SeedError::Answer { call: CREATE, field })
}

fn plain(name: &str) -> Value {
    json!({
        "cluster_name": name, "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1,
    })
}

fn bodies(members: &[Member], pools: &[String], policies: &[String]) -> Vec<Value> {
    vec![
        json!({
            "cluster_name": "shared-analytics",
            "spark_version": "15.4.x-scala2.12",
            "node_type_id": "m5d.xlarge",
            "policy_id": policies[3],
            "autoscale": {"min_workers": 1, "max_workers": 8},
            "autotermination_minutes": 45,
            "custom_tags": {"Team": "analytics"},
        }),
        json!({
            "cluster_name": "shared-analytics",
            "spark_version": "13.3.x-scala2.12",
            "node_type_id": "m5d.large",
            "num_workers": 2,
            "autotermination_minutes": 60,
            "data_security_mode": "USER_ISOLATION",
        }),
        json!({
            "cluster_name": "etl by hand",
            "spark_version": "15.4.x-scala2.12",
            "instance_pool_id": pools[0],
            "driver_instance_pool_id": pools[1],
            "policy_id": policies[1],
            "autoscale": {"min_workers": 2, "max_workers": 20},
            "autotermination_minutes": 30,
            "init_scripts": [
                {"workspace": {"destination": "/Shared/init/install-certs.sh"}},
                {"s3": {"destination": "s3://acme-init/agent.sh", "region": "us-west-2"}},
            ],
            "cluster_log_conf": {"s3": {"destination": "s3://acme-logs/clusters", "region": "us-west-2", "enable_encryption": true}},
            "spark_conf": {
                "spark.hadoop.fs.s3a.secret.key": "{{secrets/systems/s3-secret}}",
                "spark.sql.shuffle.partitions": "400",
                "spark.databricks.delta.preview.enabled": "true",
            },
            "spark_env_vars": {"STAGE": "prod", "PYSPARK_PYTHON": "/databricks/python3/bin/python3"},
        }),
        json!({
            "cluster_name": "ml-dev (docker)",
            "spark_version": "15.4.x-scala2.12",
            "node_type_id": "r5d.2xlarge",
            "driver_node_type_id": "r5d.4xlarge",
            "num_workers": 4,
            "autotermination_minutes": 120,
            "docker_image": {
                "url": "registry.acme.example/ml/runtime:2024.10",
                "basic_auth": {"username": "robot", "password": "{{secrets/registry/password}}"},
            },
            "aws_attributes": {
                "instance_profile_arn": "arn:aws:iam::111111111111:instance-profile/ml-training",
                "availability": "SPOT_WITH_FALLBACK", "first_on_demand": 2, "zone_id": "us-west-2a",
            },
            "custom_tags": {"Team": "data-science", "Owner": "Søren"},
        }),
        json!({
            "cluster_name": "single node",
            "spark_version": "16.4.x-cpu-ml-scala2.12",
            "node_type_id": "m5d.2xlarge",
            "num_workers": 0,
            "autotermination_minutes": 20,
            "spark_conf": {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"},
            "custom_tags": {"ResourceClass": "SingleNode"},
        }),
        json!({
            "cluster_name": "streaming",
            "spark_version": "16.4.x-scala2.12",
            "node_type_id": "i4i.xlarge",
            "num_workers": 3,
            "runtime_engine": "PHOTON",
            "autotermination_minutes": 0,
            "enable_local_disk_encryption": true,
            "ssh_public_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBq4 platform@acme.example"],
            "workload_type": {"clients": {"notebooks": false, "jobs": true}},
        }),
        json!({
            "cluster_name": format!("{}'s cluster", members[25].person.given),
            "spark_version": "15.4.x-scala2.12",
            "node_type_id": "m5d.large",
            "num_workers": 1,
            "autotermination_minutes": 60,
            "data_security_mode": "SINGLE_USER",
            "single_user_name": members[25].user_name,
        }),
        json!({
            "spark_version": "10.4.x-scala2.12",
            "node_type_id": "m4.large",
            "num_workers": 2,
            "autotermination_minutes": 90,
            "aws_attributes": {
                "ebs_volume_type": "GENERAL_PURPOSE_SSD", "ebs_volume_count": 1, "ebs_volume_size": 100,
            },
        }),
    ]
}
