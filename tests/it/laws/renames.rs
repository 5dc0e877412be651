//! Objects that are the same under another name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use brickform::engine::Rewrites;
use brickform::kind::{Depth, Live, Wanted, Writing, resolve};
use brickform::model::{Address, Base, Deletes, Options, Resource, Side, Source, visit_refs};
use serde_json::{Value, json};

use super::sample::{Sample, all};
use crate::world::{World, describe, steps};

/// The resource under another name.
fn renamed(resource: &Resource) -> (Resource, String) {
    let mut other = resource.clone();
    other.address.key = format!("{} renamed", resource.address.key);
    let fields = other.spec.as_object_mut().unwrap();
    let bears_name = |(_, value): &(&String, &mut Value)| {
        value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(&resource.address.key))
    };
    let (field, value) = fields.iter_mut().find(bears_name).unwrap();
    *value = json!(other.address.key);
    let path = format!("/{field}");
    (other, path)
}

fn renamable() -> Vec<Sample> {
    let can_be = |sample: &Sample| {
        let resource = &sample.held().snapshot.resources[&sample.address()];
        sample.kind.hooks.renames()
            && sample.kind.hooks.uncreatable(resource, &Source::default()).is_none()
    };
    all().into_iter().filter(can_be).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_says_so_gives_an_object_another_name() {
    let mut kinds = BTreeSet::new();
    for sample in renamable() {
        kinds.insert(sample.kind.name);
        let world = sample.made(1).await;
        let address = sample.address();
        let before = world.look(BTreeSet::new()).await;
        let id = before.index.id(&address).unwrap().clone();
        let table = world.catalogue.table(sample.kind.name).unwrap();
        let (wanted, path) = renamed(&before.snapshot.resources[&address]);
        let body = resolve(table, &wanted.spec, &before.index).unwrap();
        let raw = {
            use brickform::kind::{Listed, Reading, Scope};
            let scope = Scope::Everything;
            let (kind, session, blobs) = (sample.kind, &world.session, world.blobs());
            let cx = Reading { kind, session, scope: &scope, blobs, depth: Depth::Whole(None) };
            let listing = kind.hooks.list(cx).await.unwrap();
            let is_it = |one: &Listed| one.id == id && one.kind == kind;
            let listed = listing.objects.into_iter().find(is_it).unwrap();
            kind.hooks.fresh(cx, listed).await.unwrap().raw
        };
        let (kind, session) = (sample.kind, &world.session);
        let cx = Writing { kind, session, contents: world.blobs() };
        let live = Live { id: id.clone(), raw, changed: vec![path] };
        let sent = Wanted { resource: &wanted, body, value: None };
        sample.kind.hooks.update(cx, live, sent).await.unwrap();

        let after = world.look(BTreeSet::new()).await;
        let label = sample.label();
        assert_eq!(
            after.index.address(sample.kind.name, id.as_str()),
            Some(&wanted.address),
            "{label}"
        );
        let found = &after.snapshot.resources[&wanted.address];
        assert_eq!(found.spec, wanted.spec, "{label}");
        assert_eq!(
            found.grants, before.snapshot.resources[&address].grants,
            "{label}: rights stay"
        );
        assert!(!after.snapshot.resources.contains_key(&address), "{label}");
    }
    let wanted = [
        "cluster",
        "cluster_policy",
        "global_init_script",
        "group",
        "instance_pool",
        "job",
        "mlflow_experiment",
        "service_principal",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), wanted);
}

/// Whoever may be renamed is known by fingerprint, so that a later export tells a rename from a new object.
#[tokio::test(flavor = "multi_thread")]
async fn a_fingerprint_is_kept_of_whatever_may_be_renamed() {
    for sample in renamable() {
        let world = sample.made(1).await;
        let seen = world.look(BTreeSet::new()).await;
        let keys = &seen.sticky[sample.kind.name];
        let known: BTreeSet<Address> =
            keys.values().map(|key| Address::new(sample.kind.name, key.clone())).collect();
        let held: BTreeSet<Address> =
            seen.snapshot.of_kind(sample.kind.name).map(|one| one.address.clone()).collect();
        assert_eq!(known, held, "{}", sample.label());
    }
}

/// Whatever refers to an object that was renamed has not been edited by anybody: it can be changed and deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_rename_is_nobodys_edit_of_what_refers_to_it() {
    const SCALE: &str = "scale:users=1,groups=1,members=1,notebooks=1,folders=1,clusters=1,jobs=3,pools=1,policies=1";
    let (source, target) = (World::planted(1, SCALE).await, World::new(2));
    let (mut held, rules) = (source.export().await, Rewrites::default());
    let journal = Mutex::default;
    let plan = target.plan(&held, &rules, &Options::default()).await;
    let report = target.apply(&held, &rules, &plan, &journal()).await;
    let sides = (Side::from(&held.snapshot.source), Side::from(&plan.target));
    let base = target.remembered(&held, &Base::new(sides.0, sides.1), &plan, &report);

    let [old, new] = ["pool-000", "pool renamed"].map(|name| Address::new("instance_pool", name));
    let resources = &mut held.snapshot.resources;
    let mut pool = resources.remove(&old).unwrap();
    pool.address = new.clone();
    pool.spec["instance_pool_name"] = json!(new.key);
    let called = |address: &Address| (*address == old).then(|| new.clone());
    resources.values_mut().for_each(|resource| resource.rename(&called));
    resources.insert(new.clone(), pool);
    let [gone, changed] = ["job-00000", "job-00002"].map(|name| Address::new("job", name));
    for job in [&gone, &changed] {
        let mut refers = false;
        visit_refs(&resources[job].spec, &mut |_, to| refers |= to == new);
        assert!(refers, "{job}");
    }
    resources.remove(&gone);
    describe_by_hand(&target, &changed.key).await;
    let pairs = BTreeMap::from([(new.clone(), old.clone())]);
    let options = Options { pairs, ..Options::default() };
    let plan = target.plan_onto(&held, &rules, &options, Some(&base)).await;
    assert_eq!(plan.steps.iter().map(|step| &step.address).collect::<Vec<_>>(), [&new]);
    let report = target.apply(&held, &rules, &plan, &journal()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    let base = target.remembered(&held, &base, &plan, &report);

    let job = held.snapshot.resources.get_mut(&changed).unwrap();
    job.spec["job_clusters"][0]["new_cluster"].as_object_mut().unwrap().remove("instance_pool_id");
    job.spec["job_clusters"][0]["new_cluster"]["node_type_id"] = json!("i3.xlarge");
    let deletes = Deletes { prune: true, ..Deletes::default() };
    let options = Options { deletes, ..Options::default() };
    let plan = target.plan_onto(&held, &rules, &options, Some(&base)).await;
    assert!(
        plan.conflicts.is_empty() && plan.blocked.is_empty(),
        "{:#?}",
        (plan.conflicts, plan.blocked)
    );
    let done: Vec<&str> = plan.steps.iter().map(|step| step.address.key.as_str()).collect();
    assert_eq!(done, [changed.key.as_str(), gone.key.as_str()], "{:#?}", steps(&plan));
}

async fn describe_by_hand(target: &World, name: &str) {
    let path = format!("/api/2.2/jobs/list?name={name}");
    let (_, listed) = target.raw("GET", &path, Value::Null).await;
    let id = &listed["jobs"][0]["job_id"];
    let body = json!({"job_id": id, "new_settings": {"description": "by hand"}});
    let (status, answer) = target.raw("POST", "/api/2.2/jobs/update", body).await;
    assert!(status.is_success(), "{answer}");
}
