//! Both seeds are planted as said, and the same way every time.

use serde_json::{Value, json};

use super::{ScaleSpec, Seed, SeedError, plant};
use crate::sim::testing::Desk;

async fn planted(seed: &Seed) -> Desk {
    let desk = Desk::new();
    plant(&desk.workspace, seed).await.unwrap();
    desk
}

fn content(desk: &Desk) -> Value {
    serde_json::to_value(desk.workspace.with_state(|state| state.clone())).unwrap()
}

/// Every object of the tree below a path, as type and path.
async fn walk(desk: &Desk, path: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(folder) = open.pop() {
        let encoded: String = folder.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let listed = desk.get(&format!("/api/2.0/workspace/list?path={encoded}")).await;
        for object in listed["objects"].as_array().into_iter().flatten() {
            let text = |field: &str| object[field].as_str().unwrap().to_owned();
            if text("object_type") == "DIRECTORY" {
                open.push(text("path"));
            }
            found.push((text("object_type"), text("path")));
        }
    }
    found
}

fn count(found: &[(String, String)], object_type: &str) -> usize {
    found.iter().filter(|(of, _)| of == object_type).count()
}

/// All items of a listing, page by page.
async fn all(desk: &Desk, target: &str, field: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut token = String::new();
    loop {
        let separator = if target.contains('?') { '&' } else { '?' };
        let next =
            if token.is_empty() { String::new() } else { format!("{separator}page_token={token}") };
        let page = desk.get(&format!("{target}{next}")).await;
        items.extend(page[field].as_array().into_iter().flatten().cloned());
        match page["next_page_token"].as_str().filter(|token| !token.is_empty()) {
            Some(next) => next.clone_into(&mut token),
            None => return items,
        }
    }
}

async fn total(desk: &Desk, resource: &str) -> u64 {
    desk.get(&format!("/api/2.0/preview/scim/v2/{resource}?count=1")).await["totalResults"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn nothing_is_planted_where_nothing_is_asked_for() {
    let fresh = Desk::new();
    let empty = planted(&Seed::Empty).await;
    let none = planted(&Seed::Scale(ScaleSpec::default())).await;
    assert_eq!(content(&empty), content(&fresh));
    assert_eq!(walk(&none, "/").await.len(), walk(&fresh, "/").await.len());
}

#[tokio::test]
async fn scale_plants_as_much_as_it_was_told() {
    let spec =
        "users=12,groups=3,members=5,notebooks=40,folders=20,clusters=6,jobs=15,pools=2,policies=2";
    let desk = planted(&Seed::Scale(spec.parse().unwrap())).await;
    let tree = walk(&desk, "/Shared").await;
    assert_eq!((count(&tree, "NOTEBOOK"), count(&tree, "DIRECTORY")), (40, 20));
    assert!(tree.iter().any(|(_, path)| path.matches('/').count() > 3), "folders are nested");
    assert_eq!((total(&desk, "Users").await, total(&desk, "Groups").await), (12 + 1, 3 + 2));
    let groups = desk.get("/api/2.0/preview/scim/v2/Groups?count=100").await;
    for group in groups["Resources"].as_array().unwrap() {
        if group["displayName"].as_str().unwrap().starts_with("group-") {
            assert_eq!(group["members"].as_array().unwrap().len(), 5);
        }
    }
    assert_eq!(all(&desk, "/api/2.1/clusters/list", "clusters").await.len(), 6);
    assert_eq!(all(&desk, "/api/2.2/jobs/list", "jobs").await.len(), 15);
    assert_eq!(
        desk.get("/api/2.0/instance-pools/list").await["instance_pools"].as_array().unwrap().len(),
        2
    );
    let policies = desk.get("/api/2.0/policies/clusters/list").await;
    let ours = policies["policies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|policy| policy.get("is_default") != Some(&json!(true)));
    assert_eq!(ours.count(), 2);
}

#[tokio::test]
async fn scale_plants_runs_secrets_and_files_too() {
    let spec = "experiments=2,runs=102,metrics=3,steps=400,scopes=2,secrets=5,dbfs=4";
    let desk = planted(&Seed::Scale(spec.parse().unwrap())).await;
    let found =
        desk.ok("POST", "/api/2.0/mlflow/experiments/search", json!({"max_results": 10})).await;
    let ids: Vec<&Value> =
        found["experiments"].as_array().unwrap().iter().map(|one| &one["experiment_id"]).collect();
    let mut body = json!({"experiment_ids": ids, "max_results": 1000});
    let mut runs = Vec::new();
    loop {
        let page = desk.ok("POST", "/api/2.0/mlflow/runs/search", body.clone()).await;
        runs.extend(page["runs"].as_array().unwrap().iter().cloned());
        match page.get("next_page_token") {
            Some(next) => body["page_token"] = next.clone(),
            None => break,
        }
    }
    let days: std::collections::BTreeSet<i64> =
        runs.iter().map(|run| run["info"]["start_time"].as_i64().unwrap() / 86_400_000).collect();
    assert_eq!((ids.len(), runs.len(), days.len()), (2, 102, 2), "fifty a day in each");
    let run = runs[0]["info"]["run_id"].as_str().unwrap();
    let history = format!("/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=metric-02");
    assert_eq!(all(&desk, &history, "metrics").await.len(), 400);
    for scope in ["scope-0000", "scope-0001"] {
        let listed = desk.get(&format!("/api/2.0/secrets/list?scope={scope}")).await;
        assert!([2, 3].contains(&listed["secrets"].as_array().unwrap().len()), "{listed}");
        let rights = desk.get(&format!("/api/2.0/secrets/acls/list?scope={scope}")).await;
        assert_eq!(rights["items"].as_array().unwrap().len(), 1);
    }
    let files = desk.get("/api/2.0/dbfs/list?path=/FileStore/libs").await;
    assert_eq!(files["files"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn scale_gives_a_direct_grant_on_every_object() {
    let spec =
        "users=4,groups=2,members=2,notebooks=10,folders=4,clusters=2,jobs=4,pools=1,policies=1";
    let desk = planted(&Seed::Scale(spec.parse().unwrap())).await;
    let tree = walk(&desk, "/Shared").await;
    for (object_type, path) in tree {
        let status = desk.get(&format!("/api/2.0/workspace/get-status?path={path}")).await;
        let kind = if object_type == "NOTEBOOK" { "notebooks" } else { "directories" };
        assert!(has_direct_grant(&desk, kind, &status["object_id"].to_string()).await, "{path}");
    }
    for job in all(&desk, "/api/2.2/jobs/list", "jobs").await {
        assert!(has_direct_grant(&desk, "jobs", &job["job_id"].to_string()).await);
    }
    for cluster in all(&desk, "/api/2.1/clusters/list", "clusters").await {
        assert!(has_direct_grant(&desk, "clusters", cluster["cluster_id"].as_str().unwrap()).await);
    }
}

async fn has_direct_grant(desk: &Desk, kind: &str, id: &str) -> bool {
    let answer = desk.get(&format!("/api/2.0/permissions/{kind}/{id}")).await;
    answer["access_control_list"].as_array().unwrap().iter().any(|entry| {
        let people = entry["user_name"].is_string() || entry["group_name"] != "admins";
        people
            && entry["all_permissions"]
                .as_array()
                .unwrap()
                .iter()
                .any(|right| right["inherited"] == false)
    })
}

#[tokio::test]
async fn scale_can_do_without_anything_else() {
    for spec in [
        "jobs=3",
        "clusters=2",
        "notebooks=3",
        "folders=3",
        "groups=2",
        "policies=1",
        "pools=1",
        "users=2",
        "experiments=1,runs=1",
        "scopes=2,secrets=1",
        "dbfs=1",
    ] {
        planted(&Seed::Scale(spec.parse().unwrap())).await;
    }
}

#[tokio::test]
async fn acme_is_as_large_as_it_is_said_to_be() {
    let desk = planted(&Seed::Acme).await;
    let tree = walk(&desk, "/").await;
    assert_eq!(count(&tree, "NOTEBOOK"), 162);
    assert_eq!(
        (count(&tree, "REPO"), count(&tree, "LIBRARY"), count(&tree, "DASHBOARD")),
        (2, 1, 1)
    );
    assert_eq!(count(&tree, "FILE"), 17);
    assert_eq!((total(&desk, "Users").await, total(&desk, "Groups").await), (60 + 1, 14 + 1 + 2));
    assert_eq!(total(&desk, "ServicePrincipals").await, 3);
    let clusters = all(&desk, "/api/2.1/clusters/list", "clusters").await;
    assert_eq!(clusters.iter().filter(|cluster| cluster["cluster_source"] != "JOB").count(), 8);
    assert_eq!(clusters.len(), 9);
    let jobs = all(&desk, "/api/2.2/jobs/list", "jobs").await;
    assert_eq!(jobs.len(), 25);
    assert_eq!(jobs.iter().filter(|job| job["settings"]["name"] == "weekly report").count(), 2);
    assert_eq!(
        desk.get("/api/2.0/instance-pools/list").await["instance_pools"].as_array().unwrap().len(),
        4
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_content() {
    let spec =
        "users=5,groups=2,members=5,notebooks=20,folders=9,clusters=3,jobs=6,pools=1,policies=1";
    for seed in [Seed::Acme, Seed::Scale(spec.parse().unwrap())] {
        assert_eq!(content(&planted(&seed).await), content(&planted(&seed).await), "{seed:?}");
    }
}

#[tokio::test]
async fn planting_leaves_no_trace_beside_the_content() {
    let desk = planted(&Seed::Acme).await;
    assert!(desk.workspace.requests().is_empty());
    let intruder = desk.as_user("nobody@example.com");
    intruder.refused(403, "GET", "/api/2.0/workspace/list?path=/", Value::Null).await;
}

#[tokio::test]
async fn a_refused_seed_changes_nothing() {
    let desk = planted(&Seed::Acme).await;
    let before = content(&desk);
    let refused = plant(&desk.workspace, &Seed::Acme).await.unwrap_err();
    assert!(matches!(&refused, SeedError::Refused { status: 409, .. }), "{refused}");
    assert_eq!(content(&desk), before);
}

/// What is planted is told by its numbers alone, so that a part of it is the same at any size.
#[tokio::test]
async fn a_larger_seed_holds_the_smaller_one() {
    let tree = async |notebooks: usize| {
        let spec = format!("notebooks={notebooks},folders=30");
        let found = walk(&planted(&Seed::Scale(spec.parse().unwrap())).await, "/Shared").await;
        assert_eq!(count(&found, "NOTEBOOK"), notebooks);
        found.into_iter().collect::<std::collections::BTreeSet<_>>()
    };
    let (small, large) = (tree(100).await, tree(2_000).await);
    let folders = |found: &std::collections::BTreeSet<(String, String)>| {
        found.iter().filter(|(of, _)| of == "DIRECTORY").cloned().collect::<Vec<_>>()
    };
    assert_eq!(folders(&small), folders(&large));
    assert_eq!(small.difference(&large).count(), 0);
}

#[tokio::test]
async fn acme_holds_what_makes_a_migration_hard() {
    let desk = planted(&Seed::Acme).await;
    let jobs = all(&desk, "/api/2.2/jobs/list?expand_tasks=true", "jobs").await;
    let job = |name: &str| jobs.iter().find(|job| job["settings"]["name"] == name).unwrap();
    let runs = |name: &str| {
        let tasks = job(name)["settings"]["tasks"].as_array().unwrap();
        tasks.iter().find_map(|task| task["run_job_task"]["job_id"].as_i64())
    };
    let id = |name: &str| job(name)["job_id"].as_i64();
    assert_eq!((runs("ping"), runs("pong")), (id("pong"), id("ping")));
    assert_eq!(job("backfill")["has_more"], true);
    assert_eq!(job("[prod] sales bundle")["settings"]["deployment"]["kind"], "BUNDLE");
    let gone = &job("nobody dares to delete this")["settings"]["tasks"][0]["existing_cluster_id"];
    let target = format!("/api/2.1/clusters/get?cluster_id={}", gone.as_str().unwrap());
    desk.refused(400, "GET", &target, Value::Null).await;
    let tree = walk(&desk, "/Shared/odd").await;
    let twins = [
        ("FILE", "twin.py"),
        ("NOTEBOOK", "twin"),
        ("NOTEBOOK", "Case/load"),
        ("NOTEBOOK", "case/load"),
    ];
    for (object_type, path) in twins {
        assert!(tree.contains(&(object_type.to_owned(), format!("/Shared/odd/{path}"))), "{path}");
    }
    let copy = walk(&desk, "/Repos/data-engineering/pipelines").await;
    assert_eq!((count(&copy, "NOTEBOOK"), count(&copy, "FILE")), (1, 1));
    let principals = desk.get("/api/2.0/preview/scim/v2/ServicePrincipals").await;
    let principals = principals["Resources"].as_array().unwrap();
    assert_eq!(principals.iter().filter(|one| one["displayName"] == "ml-scorer").count(), 2);
}

/// What clusters, jobs and policies name is there, and so is what data science leaves.
#[tokio::test]
async fn acme_has_what_its_objects_name() {
    let desk = planted(&Seed::Acme).await;
    let listed = desk.get("/api/2.0/secrets/list?scope=systems").await;
    let keys: Vec<&str> = listed["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["key"].as_str())
        .collect();
    assert!(keys.contains(&"s3-secret") && keys.contains(&"kafka-brokers"), "{keys:?}");
    let acl = desk.get("/api/2.0/secrets/acls/get?scope=ml&principal=data-science").await;
    assert_eq!(acl["permission"], "WRITE");
    let roles = desk.get("/api/2.0/instance-profiles/list").await;
    assert_eq!(roles["instance_profiles"].as_array().unwrap().len(), 1);
    let scripts = desk.get("/api/2.0/global-init-scripts").await;
    assert_eq!(scripts["scripts"].as_array().unwrap().len(), 2);
    let library =
        desk.get("/api/2.0/dbfs/get-status?path=/FileStore/jars/acme-formats-2.0.jar").await;
    assert!(library["file_size"].as_u64().unwrap() > 0);

    let experiment =
        "/api/2.0/mlflow/experiments/get-by-name?experiment_name=/Shared/ml/churn/runs";
    let experiment = desk.get(experiment).await["experiment"]["experiment_id"].clone();
    let body = json!({"experiment_ids": [experiment], "max_results": 100});
    let runs = desk.ok("POST", "/api/2.0/mlflow/runs/search", body).await;
    assert_eq!(runs["runs"].as_array().unwrap().len(), 5);
    let versions = desk.get("/api/2.0/mlflow/model-versions/search?filter=name='churn'").await;
    let versions = versions["model_versions"].as_array().unwrap();
    let told = |one: &Value| (one["version"].clone(), one["current_stage"].clone());
    let mut told: Vec<_> = versions.iter().map(told).collect();
    told.sort_by_key(|one| one.0.to_string());
    assert_eq!(told, [(json!("1"), json!("None")), (json!("3"), json!("Production"))]);
    let hooks = desk.get("/api/2.0/mlflow/registry-webhooks/list").await;
    assert_eq!(hooks["webhooks"].as_array().unwrap().len(), 1);
}
