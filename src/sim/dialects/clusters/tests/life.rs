//! What a cluster goes through, and where it is listed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ask::*;
use crate::sim::dialects::clusters::ROUTES;
use crate::sim::http::{Answer, Call, Caller};
use crate::sim::state::State;
use crate::sim::testing::Desk;

#[tokio::test]
async fn a_new_cluster_starts_and_shows_what_was_asked_and_what_became_of_it() {
    let desk = Desk::new();
    let id = create(&desk, small()).await;
    let first = read(&desk, &id).await;
    assert_eq!(first["state"], "PENDING");
    assert!(first.get("driver").is_none());
    let cluster = read(&desk, &id).await;
    assert_eq!(cluster["state"], "RUNNING");
    assert_eq!(cluster["spec"], small());
    assert_eq!(cluster["driver_node_type_id"], "i3.xlarge");
    assert_eq!(cluster["enable_elastic_disk"], true);
    assert_eq!(cluster["aws_attributes"]["availability"], "SPOT_WITH_FALLBACK");
    assert_eq!(cluster["creator_user_name"], "admin@example.com");
    assert_eq!(cluster["cluster_source"], "API");
    assert_eq!(cluster["default_tags"]["ClusterId"], json!(id));
    assert_eq!(cluster["cluster_cores"], 12.0);
    assert_eq!(cluster["executors"].as_array().unwrap().len(), 2);
    let in_list = listed(&desk, "").await;
    assert!(in_list[0].get("spec").is_none());
    assert_eq!(in_list[0]["cluster_id"], json!(id));
}

#[tokio::test]
async fn names_repeat_and_may_be_missing() {
    let desk = Desk::new();
    let (first, second) = (create(&desk, small()).await, create(&desk, small()).await);
    assert_ne!(first, second);
    let mut nameless = small();
    nameless.as_object_mut().unwrap().remove("cluster_name");
    let id = create(&desk, nameless.clone()).await;
    let cluster = read(&desk, &id).await;
    assert_eq!((&cluster["cluster_name"], &cluster["spec"]), (&json!(""), &nameless));
}

#[tokio::test]
async fn a_running_cluster_restarts_on_edit_and_a_starting_one_refuses() {
    let desk = Desk::new();
    let id = create(&desk, small()).await;
    let edit = with(
        json!({"cluster_id": id, "spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge"}),
        json!({"autoscale": {"min_workers": 1, "max_workers": 3}}),
    );
    let (status, refusal) = desk.send("POST", &format!("{API}/edit"), edit.clone()).await;
    assert_eq!((status, &refusal["error_code"]), (400, &json!("INVALID_STATE")));
    assert_eq!(refusal["message"], format!("Cluster {id} is in unexpected state Pending."));
    post(&desk, "edit", edit).await;
    assert_eq!(read(&desk, &id).await["state"], "RESTARTING");
    let cluster = read(&desk, &id).await;
    assert_eq!(cluster["state"], "RUNNING");
    assert_eq!(cluster["autoscale"]["max_workers"], 3);
    for gone in ["num_workers", "spark_conf"] {
        assert!(cluster.get(gone).is_none() && cluster["spec"].get(gone).is_none(), "{gone}");
    }
    assert_eq!(cluster["cluster_name"], "");
    assert!(cluster["spec"].get("cluster_id").is_none());
}

#[tokio::test]
async fn a_terminated_cluster_stays_terminated_on_edit() {
    let desk = Desk::new();
    let id = terminated(&desk, small()).await;
    post(&desk, "delete", json!({"cluster_id": id})).await;
    let cluster = read(&desk, &id).await;
    assert_eq!(cluster["termination_reason"]["code"], "USER_REQUEST");
    assert!(cluster.get("executors").is_none());
    post(&desk, "edit", with(small(), json!({"cluster_id": id, "num_workers": 5}))).await;
    let cluster = read(&desk, &id).await;
    assert_eq!((&cluster["state"], &cluster["num_workers"]), (&json!("TERMINATED"), &json!(5)));
    post(&desk, "start", json!({"cluster_id": id})).await;
    assert!(refused(&desk, "start", json!({"cluster_id": id})).await.contains("unexpected state"));
    assert_eq!(read(&desk, &id).await["state"], "RUNNING");
}

#[tokio::test]
async fn an_update_changes_what_its_mask_names() {
    let desk = Desk::new();
    let id = terminated(&desk, with(small(), json!({"custom_tags": {"a": "1"}}))).await;
    let body = json!({
        "cluster_id": id, "update_mask": "num_workers,custom_tags,aws_attributes.zone_id",
        "cluster": {"num_workers": 7, "aws_attributes": {"zone_id": "us-west-2b"}, "cluster_name": "x"},
    });
    post(&desk, "update", body).await;
    let cluster = read(&desk, &id).await;
    assert_eq!(cluster["num_workers"], 7);
    assert_eq!(cluster["cluster_name"], "small");
    assert_eq!(cluster["spec"]["aws_attributes"], json!({"zone_id": "us-west-2b"}));
    assert!(cluster.get("custom_tags").is_none());
}

#[tokio::test]
async fn only_running_clusters_are_resized_and_restarted() {
    let desk = Desk::new();
    let id = create(&desk, small()).await;
    let resize = json!({"cluster_id": id, "num_workers": 4});
    refused(&desk, "resize", resize.clone()).await;
    post(&desk, "resize", resize).await;
    refused(&desk, "restart", json!({"cluster_id": id})).await;
    post(&desk, "restart", json!({"cluster_id": id})).await;
    read(&desk, &id).await;
    let cluster = read(&desk, &id).await;
    assert_eq!((&cluster["num_workers"], &cluster["spec"]["num_workers"]), (&json!(4), &json!(4)));
    assert_eq!(cluster["state"], "RUNNING");
    assert!(refused(&desk, "resize", json!({"cluster_id": id})).await.contains("Exactly 1"));
}

#[tokio::test]
async fn what_is_not_there_is_an_invalid_parameter() {
    let desk = Desk::new();
    let get = format!("{API}/get?cluster_id=0101-000000-none0000");
    let (status, answer) = desk.send("GET", &get, Value::Null).await;
    assert_eq!((status, &answer["error_code"]), (400, &json!("INVALID_PARAMETER_VALUE")));
    assert_eq!(answer["message"], "Cluster 0101-000000-none0000 does not exist");
    let id = create(&desk, small()).await;
    post(&desk, "permanent-delete", json!({"cluster_id": id})).await;
    for call in ["start", "delete", "pin", "permanent-delete"] {
        refused(&desk, call, json!({"cluster_id": id})).await;
    }
    desk.refused(400, "GET", &format!("/api/2.0/permissions/clusters/{id}"), Value::Null).await;
}

#[tokio::test]
async fn pinned_clusters_stay_listed_and_cannot_be_deleted() {
    let desk = Desk::new();
    let (kept, lost) = (terminated(&desk, small()).await, terminated(&desk, small()).await);
    post(&desk, "pin", json!({"cluster_id": kept})).await;
    post(&desk, "pin", json!({"cluster_id": kept})).await;
    assert_eq!(listed(&desk, "filter_by.is_pinned=true").await.len(), 1);
    assert_eq!(listed(&desk, "filter_by.is_pinned=True").await.len(), 1);
    age(&desk, 31);
    let left = listed(&desk, "").await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["cluster_id"], json!(kept));
    assert_eq!(read(&desk, &lost).await["state"], "TERMINATED");
    age(&desk, 30);
    let gone = desk.refused(400, "GET", &format!("{API}/get?cluster_id={lost}"), Value::Null).await;
    assert!(gone.starts_with("Cannot access cluster"), "{gone}");
    let message = refused(&desk, "permanent-delete", json!({"cluster_id": kept})).await;
    assert_eq!(message, "unpin the cluster first");
    post(&desk, "unpin", json!({"cluster_id": kept})).await;
    assert!(listed(&desk, "").await.is_empty());
}

/// Lets every terminated cluster be terminated for some more days.
fn age(desk: &Desk, days: i64) {
    desk.workspace.with_state(|state| {
        for cluster in state.clusters.clusters.values_mut() {
            cluster.terminated = cluster.terminated.map(|at| at - days * 86_400_000);
        }
    });
}

#[tokio::test]
async fn a_hundred_clusters_can_be_pinned() {
    let desk = Desk::new();
    for _ in 0..100 {
        let id = create(&desk, small()).await;
        post(&desk, "pin", json!({"cluster_id": id})).await;
    }
    let id = create(&desk, small()).await;
    assert!(refused(&desk, "pin", json!({"cluster_id": id})).await.contains("100"));
}

/// The SDK does not know the token, so the request does not pass the contract: the route is asked itself.
#[test]
fn a_token_makes_one_cluster_of_two_requests() {
    let route = ROUTES.iter().find(|route| route.path.ends_with("/create")).unwrap();
    let mut state = State::default();
    let mut ask = |token: &str| {
        let call = Call {
            method: &http::Method::POST,
            path: route.path,
            params: BTreeMap::new(),
            query: BTreeMap::new(),
            body: with(small(), json!({"idempotency_token": token})),
            raw: &bytes::Bytes::new(),
            form: None,
            caller: Caller { id: "1".into(), user_name: "a@b.c".into(), is_admin: true },
            origin: String::new(),
            now: 0,
            serial: 0,
            page_size: 100,
        };
        let Ok(Answer::Json(answer)) = (route.handler)(&mut state, &call) else {
            panic!("refused")
        };
        answer
    };
    let first = ask("one");
    assert_eq!(ask("one"), first);
    assert_ne!(ask("two"), first);
}

#[tokio::test]
async fn listings_are_paged_and_filtered() {
    let desk = Desk::new();
    for _ in 0..5 {
        create(&desk, small()).await;
    }
    let stopped = terminated(&desk, small()).await;
    let first = desk.get(&format!("{API}/list?page_size=4")).await;
    let token = first["next_page_token"].as_str().unwrap();
    let second = desk.get(&format!("{API}/list?page_size=4&page_token={token}")).await;
    let count = |page: &Value| page["clusters"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second)), (4, 2));
    assert!(second.get("next_page_token").is_none());
    let found =
        listed(&desk, "filter_by.cluster_states=TERMINATED&filter_by.cluster_sources=API,UI").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["cluster_id"], json!(stopped));
    assert!(listed(&desk, "filter_by.cluster_sources=JOB").await.is_empty());
    assert!(listed(&desk, "filter_by.policy_id=x").await.is_empty());
    desk.refused(400, "GET", &format!("{API}/list?page_size=101"), Value::Null).await;
    assert_eq!(count(&desk.get("/api/2.0/clusters/list").await), 6);
}

#[tokio::test]
async fn clusters_of_jobs_are_listed_and_left_alone() {
    let desk = Desk::new();
    let id = terminated(&desk, small()).await;
    desk.workspace.with_state(|state| {
        state.clusters.clusters.get_mut(&id).unwrap().source = "JOB".to_owned();
    });
    assert_eq!(listed(&desk, "filter_by.cluster_sources=JOB").await.len(), 1);
    refused(&desk, "edit", with(small(), json!({"cluster_id": id}))).await;
    refused(&desk, "start", json!({"cluster_id": id})).await;
}

#[tokio::test]
async fn the_owner_changes_while_terminated() {
    let desk = Desk::new();
    desk.ok("POST", "/api/2.0/preview/scim/v2/Users", json!({"userName": "ann@example.com"})).await;
    let id = create(&desk, small()).await;
    let body = |owner: &str| json!({"cluster_id": id, "owner_username": owner});
    refused(&desk, "change-owner", body("ann@example.com")).await;
    post(&desk, "delete", json!({"cluster_id": id})).await;
    read(&desk, &id).await;
    refused(&desk, "change-owner", body("nobody@example.com")).await;
    post(&desk, "change-owner", body("ann@example.com")).await;
    assert_eq!(read(&desk, &id).await["creator_user_name"], "ann@example.com");
    let ann = desk.as_user("ann@example.com");
    ann.refused(403, "POST", &format!("{API}/pin"), json!({"cluster_id": id})).await;
}

#[tokio::test]
async fn the_workspace_says_what_it_offers() {
    let desk = Desk::new();
    let versions = desk.get(&format!("{API}/spark-versions")).await;
    assert!(
        versions["versions"].as_array().unwrap().iter().any(|v| v["key"] == "16.4.x-scala2.12")
    );
    let nodes = desk.get(&format!("{API}/list-node-types")).await;
    assert!(
        nodes["node_types"].as_array().unwrap().iter().any(|n| n["node_type_id"] == "i3.xlarge")
    );
    assert_eq!(desk.get(&format!("{API}/list-zones")).await["default_zone"], "us-west-2a");
}
