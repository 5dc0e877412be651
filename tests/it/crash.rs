//! The crash law: killed at any request, before or after its effect, an apply resumes to the same end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use brickform::engine::Rewrites;
use brickform::model::{
    Address, Base, Change, Deletes, Image, Options, Plan, Record, Recorded, Resource, Side,
    visit_refs_mut,
};
use brickform::sim::{self, Workspace};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::world::{Gate, Held, World, describe, steps};

const TOKEN: &str = "dapi-crash-law";

pub(crate) fn options(seed: u64) -> sim::Options {
    sim::Options { seed, token: TOKEN.to_owned(), ..sim::Options::default() }
}

/// A workspace as it was saved.
pub(crate) fn loaded(seed: u64, state: &std::path::Path) -> World {
    World::of(Workspace::load(options(seed), state).unwrap(), TOKEN)
}

/// When, relative to its effect, the client dies at a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    Before,
    After,
}

/// A way to the workspace that ends at the `at`-th request: it is never answered, and `dead` is told.
pub(crate) fn mortal(at: usize, when: When, dead: Arc<Notify>) -> (Gate, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let gate: Gate = Arc::new(move |workspace: Workspace, request| {
        let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
        let dead = dead.clone();
        Box::pin(async move {
            if number < at {
                return workspace.try_call(request).await;
            }
            if number == at && when == When::After {
                let _ = workspace.try_call(request).await;
            }
            dead.notify_one();
            std::future::pending().await
        })
    });
    (gate, count)
}

pub(crate) async fn post(world: &World, path: &str, body: Value) -> Value {
    let answer = world.raw("POST", path, body).await;
    assert!(answer.0.is_success(), "{path}: {}", answer.1);
    answer.1
}

/// A small workspace with every kind, a cycle of jobs, namesakes, and rights on everything.
pub(crate) async fn small() -> Held {
    of_size("scale:users=4,groups=2,members=3,notebooks=5,folders=2,clusters=2,jobs=3,pools=1,policies=1")
        .await
}

/// The same in another size.
async fn of_size(spec: &str) -> Held {
    world_of_size(spec).await.export().await
}

/// The workspace itself.
pub(crate) async fn world_of_size(spec: &str) -> World {
    let world = World::with(options(11));
    sim::seed::plant(&world.workspace, &spec.parse().unwrap()).await.unwrap();
    post(&world, "/api/2.0/preview/scim/v2/ServicePrincipals", json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"], "displayName": "runner"}))
    .await;
    let task = |key: &str, task: Value| json!({"task_key": key, "run_if": "ALL_SUCCESS", task.as_object().unwrap().keys().next().unwrap(): task.as_object().unwrap().values().next().unwrap()});
    let condition =
        || task("c", json!({"condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}}));
    let ping =
        post(&world, "/api/2.2/jobs/create", json!({"name": "ping", "tasks": [condition()]})).await
            ["job_id"]
            .clone();
    let call = |id: &Value| task("call", json!({"run_job_task": {"job_id": id}}));
    let pong =
        post(&world, "/api/2.2/jobs/create", json!({"name": "pong", "tasks": [call(&ping)]})).await
            ["job_id"]
            .clone();
    post(
        &world,
        "/api/2.2/jobs/reset",
        json!({"job_id": ping, "new_settings": {"name": "ping", "tasks": [call(&pong)]}}),
    )
    .await;
    for n in 0..2 {
        let mut twin = condition();
        twin["description"] = json!(format!("twin {n}"));
        post(&world, "/api/2.2/jobs/create", json!({"name": "twin", "tasks": [twin]})).await;
    }
    post(
        &world,
        "/api/2.0/workspace/import",
        json!({"path": "/Shared/raw.bin", "format": "RAW", "content": "AAEC/w=="}),
    )
    .await;
    let profile = "arn:aws:iam::111111111111:instance-profile/etl";
    let profile = json!({"instance_profile_arn": profile, "skip_validation": true});
    post(&world, "/api/2.0/instance-profiles/add", profile).await;
    for name in ["first", "second"] {
        let script = json!({"name": name, "script": "ZWNobyBoaQo="});
        post(&world, "/api/2.0/global-init-scripts", script).await;
    }
    let (_, clusters) = world.raw("GET", "/api/2.1/clusters/list", Value::Null).await;
    let library = json!([{"whl": "/Workspace/Shared/raw.bin"}]);
    let cluster = &clusters["clusters"][0]["cluster_id"];
    let library = json!({"cluster_id": cluster, "libraries": library});
    post(&world, "/api/2.0/libraries/install", library).await;
    world
}

/// The same workspace after people have worked on it: every kind changed, a pool that has to be replaced.
pub(crate) fn worked_on(held: &Held) -> Held {
    let mut held = held.clone();
    for resource in held.snapshot.resources.values_mut() {
        let kind = resource.address.kind.clone();
        let spec = &mut resource.spec;
        match kind.as_str() {
            "user" => spec["entitlements"] = json!(["allow-cluster-create", "workspace-access"]),
            "service_principal" => spec["active"] = json!(false),
            "group" => {
                spec["entitlements"] = json!(["databricks-sql-access"]);
                if let Some(users) =
                    spec.pointer_mut("/members/users").and_then(Value::as_array_mut)
                {
                    users.pop();
                }
            }
            "cluster_policy" => {
                spec["definition"] =
                    json!({"custom_tags.team": {"type": "unlimited", "isOptional": true}})
            }
            "instance_pool" => spec["node_type_id"] = json!("m5.xlarge"),
            "cluster" => {
                spec["autotermination_minutes"] = json!(77);
                spec["is_pinned"] = json!(true);
                spec["libraries"] = json!([{"pypi": {"package": "simplejson"}}]);
            }
            "instance_profile" => spec["iam_role_arn"] = json!("arn:aws:iam::111111111111:role/x"),
            "global_init_script" => spec["enabled"] = json!(true),
            "job" => spec["max_concurrent_runs"] = json!(7),
            "notebook" => {
                let text =
                    format!("# Databricks notebook source\nprint('{}')\n", resource.address.key)
                        .into_bytes();
                let digest = brickform::model::digest_bytes(&text);
                let content = resource.content.as_mut().unwrap();
                content.digest = digest.clone();
                content.size = text.len() as u64;
                spec["language"] = json!("PYTHON");
                held.contents.insert(digest, text);
            }
            _ => {}
        }
        if let Some(grants) = &mut resource.grants {
            grants.retain(|grant| grant.level == "IS_OWNER");
        }
    }
    held
}

/// What an apply that sent `before` left.
pub(crate) fn base_of(before: &Held, left: &Held) -> Base {
    let side = |held: &Held| {
        let source = &held.snapshot.source;
        Side { host: source.host.clone(), workspace_id: source.workspace_id.clone() }
    };
    let mut base = Base::new(side(before), side(left));
    for (address, resource) in &before.snapshot.resources {
        let echoed = Some(Image::of(&left.snapshot.resources[address]));
        let recorded = Recorded {
            sent: Image::of(resource),
            echoed,
            source_object: None,
            target_object: None,
            protected: false,
        };
        base.objects.insert(address.clone(), recorded);
    }
    base
}

/// Describes jobs, as somebody in the target might.
pub(crate) async fn edit_by_hand(target: &World) {
    let (_, listed) = target.raw("GET", "/api/2.2/jobs/list?expand_tasks=true", Value::Null).await;
    for job in listed["jobs"].as_array().unwrap() {
        let body = json!({"job_id": job["job_id"], "new_settings": {"description": "by hand"}});
        post(target, "/api/2.2/jobs/update", body).await;
    }
}

/// Renames a job and a cluster; answers which is which.
pub(crate) fn rename_some(
    resources: &mut BTreeMap<Address, Resource>,
) -> BTreeMap<Address, Address> {
    let mut pairs = BTreeMap::new();
    for (kind, field, old, new) in [
        ("job", "name", "ping", "pinged"),
        ("cluster", "cluster_name", "cluster-0000", "cluster renamed"),
    ] {
        let (old, new) = (Address::new(kind, old), Address::new(kind, new));
        let mut resource = resources.remove(&old).unwrap();
        resource.address = new.clone();
        resource.spec[field] = json!(new.key);
        resources.insert(new.clone(), resource);
        for resource in resources.values_mut() {
            visit_refs_mut(&mut resource.spec, &mut |to| (*to == old).then(|| new.to_ref()));
        }
        pairs.insert(new, old);
    }
    pairs
}

/// The same workspace later: jobs changed, some objects renamed, others gone, one new; and what was
/// called how.
fn moved_on(before: &Held) -> (Held, BTreeMap<Address, Address>) {
    let mut held = before.clone();
    let resources = &mut held.snapshot.resources;
    let pairs = rename_some(resources);
    for resource in resources.values_mut().filter(|one| one.address.kind == "job") {
        resource.spec["max_concurrent_runs"] = json!(7);
    }
    for gone in ["job:twin~2", "workspace_file:/Shared/raw.bin", "service_principal:runner"] {
        assert!(resources.remove(&gone.parse().unwrap()).is_some(), "{gone}");
    }
    let mut new = resources[&Address::new("job", "pong")].clone();
    new.address.key = "new".to_owned();
    new.spec["name"] = json!("new");
    resources.insert(new.address.clone(), new);
    (held, pairs)
}

/// A target to apply to, as often as it takes: the same every time.
pub(crate) struct Stage {
    /// What a failure calls it.
    pub(crate) name: String,
    pub(crate) held: Held,
    pub(crate) options: Options,
    pub(crate) base: Option<Base>,
    pub(crate) plan: Plan,
    pub(crate) state: Option<tempfile::TempDir>,
}

impl Stage {
    async fn empty() -> Self {
        let held = small().await;
        let target = World::with(options(22));
        let options = Options::default();
        let plan = target.plan(&held, &Rewrites::default(), &options).await;
        let name = "a first apply".to_owned();
        Self { name, held, options, base: None, plan, state: None }
    }

    async fn lived_in() -> Self {
        let before = small().await;
        let target = World::with(options(22));
        target.sync(&before).await;
        let state = tempfile::tempdir().unwrap();
        target.workspace.save(state.path()).unwrap();
        let held = worked_on(&before);
        let options = Options::default();
        let plan = target.plan(&held, &Rewrites::default(), &options).await;
        let name = "a later apply".to_owned();
        Self { name, held, options, base: None, plan, state: Some(state) }
    }

    /// A target in which somebody edited what the source has changed too, renamed or no longer has.
    async fn tended() -> Self {
        let before = small().await;
        let target = World::with(options(22));
        target.sync(&before).await;
        let base = base_of(&before, &target.export().await);
        edit_by_hand(&target).await;
        let state = tempfile::tempdir().unwrap();
        target.workspace.save(state.path()).unwrap();
        let (held, pairs) = moved_on(&before);
        let deletes = Deletes {
            prune: true,
            empty: vec!["workspace_file".to_owned(), "service_principal".to_owned()],
            // It was edited in the target, so it has to be named.
            absent: vec![Address::new("job", "twin~2")],
            ..Deletes::default()
        };
        let options = Options { deletes, pairs, ..Options::default() };
        let rules = Rewrites::default();
        let plan = target.plan_onto(&held, &rules, &options, Some(&base)).await;
        let name = "a merging apply".to_owned();
        Self { name, held, options, base: Some(base), plan, state: Some(state) }
    }

    pub(crate) fn target(&self) -> World {
        match &self.state {
            None => World::with(options(22)),
            Some(state) => loaded(22, state.path()),
        }
    }

    /// Applies without a crash; answers how many requests it took and what the target then holds.
    pub(crate) async fn whole(&self) -> (usize, Held) {
        let (gate, count) = mortal(usize::MAX, When::Before, Arc::default());
        let target = self.target().through(gate);
        let report =
            target.apply(&self.held, &Rewrites::default(), &self.plan, &Mutex::default()).await;
        assert!(report.is_success(), "{}", describe(&self.plan, &report));
        let requests = count.load(Ordering::SeqCst);
        (requests, target.export().await)
    }

    /// Applies until death at a request, resumes, and compares with an undisturbed run.
    pub(crate) async fn killed(&self, at: usize, when: When, undisturbed: &Held) {
        let label = format!("{}, killed {when:?} {at}", self.name);
        let rules = Rewrites::default();
        let dead = Arc::new(Notify::new());
        let target = self.target();
        let mortal_one = target.again().through(mortal(at, when, dead.clone()).0);
        let journal: Mutex<Vec<Record>> = Mutex::default();
        tokio::select! {
            biased;
            () = dead.notified() => {}
            _ = mortal_one.apply(&self.held, &rules, &self.plan, &journal) => panic!("{label} never came"),
        }
        let report = target.apply(&self.held, &rules, &self.plan, &journal).await;
        assert!(report.is_success(), "{label}: {}", describe(&self.plan, &report));
        assert_eq!(report.outcomes.len(), self.plan.steps.len());
        let second = target.plan_onto(&self.held, &rules, &self.options, self.base.as_ref()).await;
        assert_eq!(steps(&second), Vec::<String>::new(), "{label}");
        // When a value was put, only this workspace tells.
        let (held, undisturbed) =
            (target.export().await.without_versions(), undisturbed.without_versions());
        assert_eq!(held.snapshot.resources, undisturbed.snapshot.resources, "{label}");
    }

    async fn sweep(&self, when: When) {
        let (requests, undisturbed) = self.whole().await;
        assert!(
            requests > self.plan.steps.len(),
            "{requests} requests for {} steps",
            self.plan.steps.len()
        );
        for at in 1..=requests {
            self.killed(at, when, &undisturbed).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn killed_before_any_request_of_a_first_apply() {
    Stage::empty().await.sweep(When::Before).await;
}

#[tokio::test(start_paused = true)]
async fn killed_after_any_request_of_a_first_apply() {
    Stage::empty().await.sweep(When::After).await;
}

#[tokio::test(start_paused = true)]
async fn killed_before_any_request_of_a_later_apply() {
    Stage::lived_in().await.sweep(When::Before).await;
}

#[tokio::test(start_paused = true)]
async fn killed_after_any_request_of_a_later_apply() {
    Stage::lived_in().await.sweep(When::After).await;
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_request_of_an_apply_that_merges_renames_and_deletes() {
    let stage = Stage::tended().await;
    let count =
        |wanted: Change| stage.plan.steps.iter().filter(|step| step.change == wanted).count();
    let shown = steps(&stage.plan);
    assert_eq!((count(Change::Rename), count(Change::Delete)), (2, 3), "{shown:#?}");
    let merged = stage.plan.steps.iter().filter(|step| !step.merged.is_empty()).count();
    assert!(merged > 2 && count(Change::Create) == 1, "{shown:#?}");
    stage.sweep(When::Before).await;
    stage.sweep(When::After).await;
}
