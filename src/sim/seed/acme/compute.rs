//! Instance pools, cluster policies and clusters.

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::Site;
use super::clusters;
use super::people::Member;

/// The identifiers of what jobs run on.
pub(super) struct Compute {
    pub(super) pools: Vec<String>,
    pub(super) policies: Vec<String>,
    pub(super) clusters: Vec<String>,
    /// A cluster which is deleted once a job refers to it.
    pub(super) doomed: String,
}

/// Plants pools, policies under which they are used, and clusters.
pub(super) async fn plant(site: &Site, members: &[Member]) -> Result<Compute, SeedError> {
    let pools = made(site, "/api/2.0/instance-pools/create", "instance_pool_id", pools()).await?;
    let policies =
        made(site, "/api/2.0/policies/clusters/create", "policy_id", policies(&pools)).await?;
    let (clusters, doomed) = clusters::plant(site, members, &pools, &policies).await?;
    Ok(Compute { pools, policies, clusters, doomed })
}

async fn made(
    site: &Site,
    call: &'static str,
    field: &'static str,
    bodies: Vec<Value>,
) -> Result<Vec<String>, SeedError> {
    let mut ids = Vec::new();
    for body in bodies {
        let answer = site.post(call, body).await?;
        ids.push(
            answer[field].as_str().map(str::to_owned).ok_or(SeedError::Answer { call, field })?,
        );
    }
    Ok(ids)
}

fn pools() -> Vec<Value> {
    vec![
        json!({
            "instance_pool_name": "etl",
            "node_type_id": "i3.xlarge",
            "min_idle_instances": 0,
            "max_capacity": 60,
            "idle_instance_autotermination_minutes": 10,
            "preloaded_spark_versions": ["15.4.x-scala2.12"],
            "custom_tags": {"Team": "data-engineering", "CostCenter": "4711"},
            "aws_attributes": {"availability": "SPOT", "zone_id": "us-west-2b", "spot_bid_price_percent": 80},
        }),
        json!({
            "instance_pool_name": "drivers",
            "node_type_id": "m5d.large",
            "min_idle_instances": 1,
            "max_capacity": 30,
            "aws_attributes": {"availability": "ON_DEMAND"},
        }),
        json!({
            "instance_pool_name": "ML (memory)",
            "node_type_id": "r5d.2xlarge",
            "max_capacity": 12,
            "idle_instance_autotermination_minutes": 30,
            "enable_elastic_disk": true,
            "preloaded_docker_images": [{
                "url": "registry.acme.example/ml/runtime:2024.10",
                "basic_auth": {"username": "robot", "password": "{{secrets/registry/password}}"},
            }],
        }),
        json!({
            "instance_pool_name": "storage-optimised",
            "node_type_id": "m5.2xlarge",
            "idle_instance_autotermination_minutes": 0,
            "enable_elastic_disk": false,
            "disk_spec": {"disk_type": {"ebs_volume_type": "GENERAL_PURPOSE_SSD"}, "disk_count": 2, "disk_size": 200},
        }),
    ]
}

fn policies(pools: &[String]) -> Vec<Value> {
    let etl = json!({
        "cluster_type": {"type": "fixed", "value": "job"},
        "instance_pool_id": {"type": "fixed", "value": pools[0], "hidden": true},
        "driver_instance_pool_id": {"type": "fixed", "value": pools[1], "hidden": true},
        "custom_tags.Team": {"type": "fixed", "value": "data-engineering"},
        "spark_conf.spark.databricks.delta.optimizeWrite.enabled": {"type": "fixed", "value": "true", "hidden": true},
        "spark_version": {"type": "regex", "pattern": "1[5-7]\\.[0-9]+\\.x-.*", "defaultValue": "15.4.x-scala2.12"},
    });
    let choice = json!({
        "instance_pool_id": {
            "type": "allowlist", "values": [pools[0], pools[3]], "defaultValue": pools[0], "isOptional": true,
        },
        "autotermination_minutes": {"type": "range", "minValue": 10, "maxValue": 120, "defaultValue": 30, "isOptional": true},
        "init_scripts.0.workspace.destination": {"type": "fixed", "value": "/Shared/init/install-certs.sh", "hidden": true},
    });
    let ml = json!({
        "node_type_id": {"type": "allowlist", "values": ["r5d.2xlarge", "r5d.4xlarge", "g4dn.xlarge"]},
        "spark_env_vars.MLFLOW_TRACKING_TOKEN": {"type": "fixed", "value": "{{secrets/ml/tracking}}", "hidden": true},
        "aws_attributes.instance_profile_arn": {
            "type": "fixed", "value": "arn:aws:iam::111111111111:instance-profile/ml-training", "hidden": true,
        },
        "autoscale.max_workers": {"type": "range", "maxValue": 16, "isOptional": true},
        "dbus_per_hour": {"type": "range", "maxValue": 60},
    });
    let analysts = json!({
        "autotermination_minutes": {"type": "fixed", "value": 45},
        "custom_tags.Team": {"type": "fixed", "value": "analytics"},
    });
    let personal = json!({
        "node_type_id": {"type": "allowlist", "values": ["m5d.large", "m5d.xlarge"], "defaultValue": "m5d.large"},
    });
    let old = json!({"spark_version": {"type": "forbidden"}});
    vec![
        json!({"name": "ETL jobs", "definition": format!("{etl:#}"), "description": "For all nightly pipelines."}),
        json!({"name": "ETL by hand", "definition": choice.to_string(), "max_clusters_per_user": 2}),
        json!({
            "name": "ML training",
            "definition": ml.to_string(),
            "libraries": [{"pypi": {"package": "lightgbm==4.3.0"}}, {"maven": {"coordinates": "ml.dmlc:xgboost4j_2.12:1.7.6"}}],
        }),
        json!({
            "name": "Analysts",
            "policy_family_id": "shared-compute",
            "policy_family_definition_overrides": analysts.to_string(),
        }),
        json!({
            "name": "Personal (small)",
            "policy_family_id": "personal-vm",
            "policy_family_definition_overrides": personal.to_string(),
            "max_clusters_per_user": 1,
        }),
        json!({"name": "Büro: alt – nicht mehr benutzen!", "definition": old.to_string()}),
    ]
}
