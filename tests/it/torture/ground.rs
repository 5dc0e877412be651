//! A target that was filled in part, worked on by hand, and is to follow a source that has moved on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use brickform::engine::Rewrites;
use brickform::model::{Address, Base, Deletes, Options, Resource, Side, visit_refs};
use serde_json::{Value, json};

use crate::crash::{Stage, edit_by_hand, options, post, rename_some, worked_on, world_of_size};
use crate::world::{Held, World, describe};

const BY_HAND: &str = "by hand";

/// The kinds of which the target gets two objects of three at first.
const PARTLY: [&str; 7] = [
    "notebook",
    "job",
    "cluster",
    "secret",
    "git_folder",
    "mlflow_experiment",
    "ws_registered_model",
];

/// The last of the scripts.
const LAST: &str = "third";

/// Adds what came later to the platform: secrets, git folders, experiments and models.
async fn furnish(world: &World) {
    for scope in ["one", "two"] {
        post(world, "/api/2.0/secrets/scopes/create", json!({"scope": scope})).await;
        let acl = json!({"scope": scope, "principal": "group-0000", "permission": "WRITE"});
        post(world, "/api/2.0/secrets/acls/put", acl).await;
        for key in ["a", "b"] {
            let body = json!({"scope": scope, "key": key, "string_value": "the source's"});
            post(world, "/api/2.0/secrets/put", body).await;
        }
    }
    let script = json!({"name": LAST, "script": "ZWNobyBsYXN0Cg=="});
    post(world, "/api/2.0/global-init-scripts", script).await;
    for name in ["a", "b", "c"] {
        let path = format!("/Users/admin@example.com/{name}");
        let url = format!("https://git.example/data/{name}.git");
        let body = json!({"path": path, "url": url, "provider": "gitHub"});
        post(world, "/api/2.0/repos", body).await;
        let tags = json!([{"key": "team", "value": "risk"}]);
        let body = json!({"name": format!("/Shared/experiment-{name}"), "tags": tags});
        post(world, "/api/2.0/mlflow/experiments/create", body).await;
        let body = json!({"name": format!("model-{name}"), "description": "as registered"});
        post(world, "/api/2.0/mlflow/registered-models/create", body).await;
    }
}

/// What people did meanwhile to what [`furnish`] made.
fn moved_on(held: &mut Held) {
    for resource in held.snapshot.resources.values_mut() {
        let spec = &mut resource.spec;
        match resource.address.kind.as_str() {
            "secret" => spec["value"] = json!({"version": "2027-01-01T00:00:00Z"}),
            "mlflow_experiment" => spec["tags"][0]["value"] = json!("growth"),
            "ws_registered_model" => spec["description"] = json!("as it is now"),
            _ => {}
        }
    }
}

/// Whatever others refer to.
fn referred_to(held: &Held) -> BTreeSet<Address> {
    let mut referred = BTreeSet::new();
    for resource in held.snapshot.resources.values() {
        visit_refs(&resource.spec, &mut |_, to| {
            referred.insert(to);
        });
    }
    referred
}

/// Without every third object of some kinds that nothing refers to.
fn partly(held: &Held) -> Held {
    let (mut part, referred) = (held.clone(), referred_to(held));
    let mut count = 0;
    part.snapshot.resources.retain(|address, _| {
        let may_go = PARTLY.contains(&address.kind.as_str());
        let named = ["ping", "pong", "cluster-0000"].contains(&address.key.as_str());
        count += usize::from(may_go);
        !may_go
            || named
            || address.key.starts_with("twin")
            || referred.contains(address)
            || count % 3 != 0
    });
    // The last one, which no other is to run after.
    part.snapshot.resources.remove(&Address::new("global_init_script", LAST)).unwrap();
    part
}

/// Takes away some of what the target was given, nothing refers to and nobody edited.
fn take_away(
    resources: &mut BTreeMap<Address, Resource>,
    given: &Held,
    live: &Held,
    referred: &BTreeSet<Address>,
) {
    let edited =
        |address: &Address| live.snapshot.resources[address].spec["description"] == json!(BY_HAND);
    let may_go = |address: &Address, kind: &str| {
        let is_named = ["ping", "pong"].contains(&address.key.as_str());
        let was_given = given.snapshot.resources.contains_key(address);
        address.kind == kind
            && was_given
            && !is_named
            && !referred.contains(address)
            && !edited(address)
    };
    for kind in ["job", "notebook", "workspace_file", "service_principal"] {
        let all: Vec<Address> =
            resources.keys().filter(|address| may_go(address, kind)).cloned().collect();
        for address in all.iter().take(all.len().div_ceil(8)) {
            resources.remove(address);
        }
    }
}

/// Makes it, with the plan for what is still to do.
pub(super) async fn stage(spec: &str) -> Stage {
    let source = world_of_size(spec).await;
    furnish(&source).await;
    let first = source.export().await;
    let given = partly(&first);
    let target = World::with(options(22));
    let rules = Rewrites::default();
    let plan = target.plan(&given, &rules, &Options::default()).await;
    let report = target.apply(&given, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    let nothing = Base::new(Side::from(&first.snapshot.source), Side::from(&plan.target));
    let base = target.remembered(&given, &nothing, &plan, &report);

    edit_by_hand(&target).await;
    describe_not(&target, "job-00001").await;
    let live = target.export().await;
    let state = tempfile::tempdir().unwrap();
    target.workspace.save(state.path()).unwrap();

    let mut held = worked_on(&first);
    moved_on(&mut held);
    let referred = referred_to(&held);
    take_away(&mut held.snapshot.resources, &given, &live, &referred);
    let pairs = rename_some(&mut held.snapshot.resources);
    let empty = ["workspace_file", "service_principal"].map(str::to_owned).to_vec();
    let deletes = Deletes { prune: true, empty, at_most: Some(1000), ..Deletes::default() };
    let options = Options { deletes, pairs, ..Options::default() };
    let plan = target.plan_onto(&held, &rules, &options, Some(&base)).await;
    assert!(plan.conflicts.is_empty(), "{:#?}", plan.conflicts);
    let name = spec.to_owned();
    Stage { name, held, options, base: Some(base), plan, state: Some(state) }
}

/// Takes a description away again, so that there is a job which nobody edited.
async fn describe_not(target: &World, name: &str) {
    let (_, listed) =
        target.raw("GET", &format!("/api/2.2/jobs/list?name={name}"), Value::Null).await;
    for job in listed["jobs"].as_array().into_iter().flatten() {
        let body = json!({"job_id": job["job_id"], "fields_to_remove": ["description"]});
        let (status, answer) = target.raw("POST", "/api/2.2/jobs/update", body).await;
        assert!(status.is_success(), "{answer}");
    }
}
