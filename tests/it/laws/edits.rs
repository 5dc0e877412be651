//! Every field that can change: a plan shows it and nothing else, and an apply brings it back.

use brickform::engine::Rewrites;
use brickform::model::{Change, Options, Plan};

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
