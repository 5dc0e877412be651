//! Every field that can change: a plan shows it and nothing else, and an apply brings it back.

use brickform::engine::Rewrites;
use brickform::model::{Address, Change, FieldChange, Options, Plan};
use serde_json::{Value, json};

use super::sample::{Sample, all};
use crate::world::{World, steps};

/// What a plan does to the sample's own object, and to anything else.
fn shown(plan: &Plan, sample: &Sample) -> (Vec<(Change, Vec<String>)>, Vec<String>) {
    let own = |step: &&brickform::model::Step| step.address == sample.address();
    let paths = |step: &brickform::model::Step| {
        step.fields.iter().map(|field| field.path.clone()).collect::<Vec<_>>()
    };
    let others = plan.steps.iter().filter(|step| !own(step)).map(|step| step.address.to_string());
    (
        plan.steps.iter().filter(own).map(|step| (step.change, paths(step))).collect(),
        others.collect(),
    )
}

async fn planned(world: &World, held: &crate::world::Held) -> Plan {
    world.plan(held, &Rewrites::default(), &Options::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_field_is_shown_and_brought_back() {
    for sample in all() {
        let world = sample.made(1).await;
        let original = sample.held();
        for (path, replaces, edited) in sample.edited() {
            let label = format!("{} {path}", sample.label());
            let change = match path.starts_with("/grants/") {
                true => Change::Grants,
                false if replaces => Change::Replace,
                false => Change::Update,
            };
            for held in [&edited, &original] {
                let plan = planned(&world, held).await;
                let (mut own, others) = shown(&plan, &sample);
                if replaces {
                    // A new object has its rights to be set anew.
                    own.retain(|(change, _)| *change != Change::Grants);
                }
                assert_eq!(own, [(change, vec![path.clone()])], "{label}: {:#?}", plan.blocked);
                assert_eq!(others, Vec::<String>::new(), "{label}");
                world.sync(held).await;
                assert_eq!(steps(&planned(&world, held).await), Vec::<String>::new(), "{label}");
            }
        }
    }
}

/// A replaced object has another identifier, and whatever refers to it is told.
#[tokio::test(flavor = "multi_thread")]
async fn those_who_use_a_replaced_object_get_the_new_one() {
    let pool = Address::new("instance_pool", "small");
    for kind in ["cluster", "cluster_policy", "job"] {
        let sample = all().into_iter().find(|one| one.kind.name == kind && one.name == "full");
        let sample = sample.unwrap();
        let original = sample.held();
        let world = sample.made(1).await;
        let mut edited = original.clone();
        let resource = edited.snapshot.resources.get_mut(&pool).unwrap();
        resource.spec["node_type_id"] = json!("i3.2xlarge");
        world.sync(&edited).await;
        let before = id_of(&world, &pool).await;

        let plan = planned(&world, &original).await;
        let step = |address: &Address| {
            let found = plan.steps.iter().find(|step| step.address == *address);
            found.unwrap_or_else(|| panic!("{kind}: {:#?}", steps(&plan)))
        };
        assert_eq!(step(&pool).change, Change::Replace);
        let user = step(&sample.address());
        assert_eq!(user.change, Change::Update);
        assert!(user.needs.contains(&step(&pool).id), "{kind}");
        let told = |field: &FieldChange| field.cause == "instance_pool:small is replaced";
        assert!(!user.fields.is_empty() && user.fields.iter().all(told), "{:#?}", user.fields);

        world.sync(&original).await;
        assert_ne!(id_of(&world, &pool).await, before, "{kind}");
        assert_eq!(steps(&planned(&world, &original).await), Vec::<String>::new(), "{kind}");
    }
}

async fn id_of(world: &World, pool: &Address) -> Value {
    let (_, answer) = world.raw("GET", "/api/2.0/instance-pools/list", Value::Null).await;
    let pools = answer["instance_pools"].as_array().unwrap();
    let found = pools.iter().find(|one| one["instance_pool_name"] == json!(pool.key)).unwrap();
    found["instance_pool_id"].clone()
}
