//! Instance pools, asked over the calls which clients make.

use serde_json::{Value, json};

use crate::sim::options::Options;
use crate::sim::testing::Desk;

const CREATE: &str = "/api/2.0/instance-pools/create";
const EDIT: &str = "/api/2.0/instance-pools/edit";
const LIST: &str = "/api/2.0/instance-pools/list";
const DELETE: &str = "/api/2.0/instance-pools/delete";

async fn create(desk: &Desk, body: Value) -> String {
    desk.ok("POST", CREATE, body).await["instance_pool_id"].as_str().unwrap().to_owned()
}

async fn read(desk: &Desk, id: &str) -> Value {
    desk.get(&format!("/api/2.0/instance-pools/get?instance_pool_id={id}")).await
}

#[tokio::test]
async fn the_server_fills_in_what_was_not_said() {
    let desk = Desk::new();
    assert_eq!(desk.get(LIST).await, json!({}));
    let id =
        create(&desk, json!({"instance_pool_name": "warm", "node_type_id": "i3.xlarge"})).await;
    let pool = read(&desk, &id).await;
    assert_eq!(pool["enable_elastic_disk"], true);
    assert_eq!(pool["idle_instance_autotermination_minutes"], 60);
    assert_eq!(pool["min_idle_instances"], 0);
    assert_eq!(pool["state"], "ACTIVE");
    assert_eq!(pool["stats"]["used_count"], 0);
    assert_eq!(pool["aws_attributes"]["availability"], "SPOT");
    assert_eq!(pool["default_tags"]["DatabricksInstancePoolId"], json!(id));
    assert!(pool.get("max_capacity").is_none());
    assert_eq!(desk.get(LIST).await["instance_pools"], json!([pool]));
}

#[tokio::test]
async fn what_was_said_stays() {
    let desk = Desk::new();
    let body = json!({
        "instance_pool_name": "warm", "node_type_id": "i3.xlarge", "min_idle_instances": 2,
        "max_capacity": 9, "idle_instance_autotermination_minutes": 0, "enable_elastic_disk": false,
        "aws_attributes": {"availability": "ON_DEMAND", "zone_id": "us-west-2b"},
        "preloaded_spark_versions": ["16.4.x-scala2.12"], "custom_tags": {"team": "a"},
    });
    let id = create(&desk, body.clone()).await;
    let pool = read(&desk, &id).await;
    for (field, value) in body.as_object().unwrap() {
        if field != "aws_attributes" {
            assert_eq!(pool[field], *value, "{field}");
        }
    }
    assert_eq!(pool["aws_attributes"]["availability"], "ON_DEMAND");
    assert_eq!(pool["aws_attributes"]["spot_bid_price_percent"], 100);
}

#[tokio::test]
async fn an_edit_replaces_sizes_and_refuses_other_machines() {
    let desk = Desk::new();
    let body = json!({
        "instance_pool_name": "warm", "node_type_id": "i3.xlarge", "min_idle_instances": 2,
        "custom_tags": {"team": "a"}, "preloaded_spark_versions": ["16.4.x-scala2.12"],
    });
    let id = create(&desk, body).await;
    let edit = |name: &str, node: &str| json!({"instance_pool_id": id, "instance_pool_name": name, "node_type_id": node, "max_capacity": 5});
    desk.refused(400, "POST", EDIT, edit("warm", "i3.2xlarge")).await;
    desk.ok("POST", EDIT, edit("warmer", "i3.xlarge")).await;
    let pool = read(&desk, &id).await;
    assert_eq!((&pool["instance_pool_name"], &pool["max_capacity"]), (&json!("warmer"), &json!(5)));
    assert_eq!(pool["min_idle_instances"], 0);
    assert!(pool.get("custom_tags").is_none());
    assert_eq!(pool["preloaded_spark_versions"], json!(["16.4.x-scala2.12"]));
    // The contract of edits does not know what cannot be changed.
    let mut disks = edit("warmer", "i3.xlarge");
    disks["preloaded_spark_versions"] = json!([]);
    desk.refused(400, "POST", EDIT, disks).await;
    let unknown =
        json!({"instance_pool_id": "x", "instance_pool_name": "w", "node_type_id": "i3.xlarge"});
    desk.refused(404, "POST", EDIT, unknown).await;
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let desk = Desk::new();
    create(&desk, json!({"instance_pool_name": "warm", "node_type_id": "i3.xlarge"})).await;
    for body in [
        json!({"instance_pool_name": "warm", "node_type_id": "i3.xlarge"}),
        json!({"instance_pool_name": "", "node_type_id": "i3.xlarge"}),
        json!({"instance_pool_name": "x".repeat(101), "node_type_id": "i3.xlarge"}),
        json!({"instance_pool_name": "a", "node_type_id": "Standard_DS3_v2"}),
        json!({"instance_pool_name": "a"}),
        json!({"instance_pool_name": "a", "node_type_id": "i3.xlarge", "min_idle_instances": 3, "max_capacity": 2}),
        json!({"instance_pool_name": "a", "node_type_id": "i3.xlarge", "azure_attributes": {}}),
        json!({"instance_pool_name": "a", "node_type_id": "i3.xlarge",
               "idle_instance_autotermination_minutes": 10_001}),
        json!({"instance_pool_name": "a", "node_type_id": "i3.xlarge",
               "preloaded_spark_versions": ["16.4.x-scala2.12", "15.4.x-scala2.12"]}),
    ] {
        desk.refused(400, "POST", CREATE, body).await;
    }
}

#[tokio::test]
async fn a_deleted_pool_is_gone() {
    let desk = Desk::new();
    let id =
        create(&desk, json!({"instance_pool_name": "warm", "node_type_id": "i3.xlarge"})).await;
    desk.ok("POST", DELETE, json!({"instance_pool_id": id})).await;
    desk.refused(404, "POST", DELETE, json!({"instance_pool_id": id})).await;
    let get = format!("/api/2.0/instance-pools/get?instance_pool_id={id}");
    desk.refused(404, "GET", &get, Value::Null).await;
    desk.refused(404, "GET", &format!("/api/2.0/permissions/instance-pools/{id}"), Value::Null)
        .await;
}

#[tokio::test]
async fn the_creator_manages_the_pool() {
    let desk = Desk::new();
    let id =
        create(&desk, json!({"instance_pool_name": "warm", "node_type_id": "i3.xlarge"})).await;
    let permissions = desk.get(&format!("/api/2.0/permissions/instance-pools/{id}")).await;
    let mine = permissions["access_control_list"].as_array().unwrap().iter();
    let mine = mine.clone().find(|entry| entry["user_name"] == "admin@example.com").unwrap();
    assert_eq!(
        mine["all_permissions"],
        json!([{"permission_level": "CAN_MANAGE", "inherited": false}])
    );
}

#[tokio::test]
async fn fields_which_are_new_to_the_server_are_kept_and_edited() {
    let desk = Desk::with(Options { future_fields: true, ..Options::default() });
    let body = json!({"instance_pool_name": "warm", "node_type_id": "i3.xlarge", "future_a": 1});
    let id = create(&desk, body).await;
    assert_eq!(read(&desk, &id).await["future_a"], 1);
    let edit = json!({
        "instance_pool_id": id, "instance_pool_name": "warm", "node_type_id": "i3.xlarge", "future_a": 2,
    });
    desk.ok("POST", EDIT, edit).await;
    assert_eq!(read(&desk, &id).await["future_a"], 2);
}
