//! What becomes of the attributes of a cluster.

use serde_json::{Value, json};

use super::ask::*;
use crate::sim::dialects::clusters::Cloud;
use crate::sim::testing::Desk;

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let desk = Desk::new();
    for fields in [
        json!({"autoscale": {"min_workers": 1, "max_workers": 2}}),
        json!({"num_workers": null}),
        json!({"num_workers": -1}),
        json!({"num_workers": null, "autoscale": {"min_workers": 2, "max_workers": 2}}),
        json!({"node_type_id": null}),
        json!({"node_type_id": "Standard_DS3_v2"}),
        json!({"driver_node_type_id": "tiny"}),
        json!({"spark_version": "5.5.x-scala2.11"}),
        json!({"spark_version": "16.4.x-photon-scala2.12", "runtime_engine": "PHOTON"}),
        json!({"policy_id": "ABCDEF0123456789"}),
        json!({"instance_pool_id": "none", "node_type_id": null}),
        json!({"azure_attributes": {"availability": "ON_DEMAND_AZURE"}}),
        json!({"autotermination_minutes": 5}),
        json!({"is_single_node": true}),
        json!({"single_user_name": "nobody@example.com"}),
        json!({"init_scripts": [{}]}),
        json!({"clone_from": {"source_cluster_id": "0101-000000-none0000"}}),
        json!({"custom_tags": (0..46).map(|n| (n.to_string(), json!(""))).collect::<Value>()}),
    ] {
        refused(&desk, "create", with(small(), fields)).await;
    }
    assert_eq!(listed(&desk, "").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_pool_gives_the_machines_and_suffers_no_others() {
    let desk = Desk::new();
    let body = json!({"instance_pool_name": "warm", "node_type_id": "m5d.large"});
    let pool =
        desk.ok("POST", "/api/2.0/instance-pools/create", body).await["instance_pool_id"].clone();
    let pooled = with(small(), json!({"node_type_id": null, "instance_pool_id": pool}));
    for fields in [
        json!({"node_type_id": "m5d.large"}),
        json!({"driver_node_type_id": "m5d.large"}),
        json!({"enable_elastic_disk": true}),
        json!({"aws_attributes": {"zone_id": "auto"}}),
    ] {
        let message = refused(&desk, "create", with(pooled.clone(), fields)).await;
        assert!(
            message.ends_with("cannot be supplied when an instance pool ID is provided."),
            "{message}"
        );
    }
    let profile =
        json!({"aws_attributes": {"instance_profile_arn": "arn:aws:iam::1:instance-profile/x"}});
    let id = create(&desk, with(pooled, profile)).await;
    let cluster = read(&desk, &id).await;
    assert_eq!(cluster["node_type_id"], "m5d.large");
    assert_eq!(cluster["driver_instance_pool_id"], pool);
    assert!(cluster["spec"].get("node_type_id").is_none());
}

#[tokio::test]
async fn a_policy_is_followed() {
    let desk = Desk::new();
    let definition = json!({
        "autotermination_minutes": {"type": "fixed", "value": 30},
        "num_workers": {"type": "range", "maxValue": 4},
        "custom_tags.team": {"type": "unlimited", "defaultValue": "a"},
    });
    let body = json!({"name": "p", "definition": definition.to_string()});
    let policy =
        desk.ok("POST", "/api/2.0/policies/clusters/create", body).await["policy_id"].clone();
    let governed = with(small(), json!({"policy_id": policy}));
    refused(&desk, "create", governed.clone()).await;
    let asked = with(governed, json!({"apply_policy_default_values": true}));
    let id = create(&desk, asked.clone()).await;
    let cluster = read(&desk, &id).await;
    assert_eq!(cluster["autotermination_minutes"], 30);
    assert_eq!(cluster["custom_tags"], json!({"team": "a"}));
    assert!(cluster.get("apply_policy_default_values").is_none());
    assert_eq!(cluster["spec"], asked);
    refused(&desk, "create", with(asked.clone(), json!({"num_workers": 5}))).await;
    desk.ok("POST", "/api/2.0/policies/clusters/delete", json!({"policy_id": policy})).await;
    assert_eq!(read(&desk, &id).await["state"], "RUNNING");
    refused(&desk, "edit", with(asked, json!({"cluster_id": id}))).await;
}

#[tokio::test]
async fn a_single_node_is_written_out() {
    let desk = Desk::new();
    let fields = json!({"num_workers": null, "kind": "CLASSIC_PREVIEW", "is_single_node": true});
    let cluster = read(&desk, &create(&desk, with(small(), fields)).await).await;
    assert_eq!(cluster["num_workers"], 0);
    assert_eq!(cluster["spark_conf"]["spark.master"], "local[*]");
    assert_eq!(cluster["custom_tags"]["ResourceClass"], "SingleNode");
}

#[tokio::test]
async fn dedicated_clusters_are_the_creators_and_aliases_are_resolved() {
    let desk = Desk::new();
    let mode = json!({"data_security_mode": "DATA_SECURITY_MODE_DEDICATED"});
    let cluster = read(&desk, &create(&desk, with(small(), mode)).await).await;
    assert_eq!(cluster["data_security_mode"], "SINGLE_USER");
    assert_eq!(cluster["single_user_name"], "admin@example.com");
    assert_eq!(cluster["spec"]["data_security_mode"], "DATA_SECURITY_MODE_DEDICATED");
    let mode = json!({"data_security_mode": "DATA_SECURITY_MODE_STANDARD"});
    let cluster = read(&desk, &create(&desk, with(small(), mode)).await).await;
    assert_eq!(cluster["data_security_mode"], "USER_ISOLATION");
}

#[tokio::test]
async fn each_cloud_fills_its_own_block() {
    let desk = Desk::new();
    desk.workspace.with_state(|state| state.clusters.cloud = Cloud::Azure);
    refused(&desk, "create", small()).await;
    let id = create(&desk, with(small(), json!({"node_type_id": "Standard_DS3_v2"}))).await;
    let cluster = read(&desk, &id).await;
    assert_eq!(cluster["azure_attributes"]["availability"], "ON_DEMAND_AZURE");
    assert!(cluster.get("aws_attributes").is_none());
}
