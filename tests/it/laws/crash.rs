//! Killed at any request that is about an object, an apply goes on to the same end.

use std::path::Path;

use brickform::engine::Rewrites;
use brickform::model::Options;
use tempfile::TempDir;

use super::sample::{Sample, all};
use crate::contenders::Luck;
use crate::crash::{Stage, When, loaded};
use crate::torture::in_full;
use crate::world::{Held, World};

/// What the sample of points to die at follows from. Another number is another sample.
const SEED: u64 = 1;

/// Of so many points to die at in a change one is tried, where not all are.
const SHARE: u64 = 8;

/// A workspace, as it was saved, that is to become what a snapshot says.
async fn stage(name: String, saved: &Path, held: Held) -> Stage {
    let state = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(saved).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), state.path().join(entry.file_name())).unwrap();
    }
    let (world, options) = (loaded(22, state.path()), Options::default());
    let plan = world.plan(&held, &Rewrites::default(), &options).await;
    assert!(!plan.steps.is_empty() && plan.blocked.is_empty(), "{:#?}", plan.blocked);
    Stage { name, held, options, base: None, plan, state: Some(state) }
}

fn saved(world: &World) -> TempDir {
    let state = tempfile::tempdir().unwrap();
    world.workspace.save(state.path()).unwrap();
    state
}

/// The samples whose fields a saved workspace knows.
fn samples() -> impl Iterator<Item = Sample> {
    all().into_iter().filter(|sample| sample.name != "future")
}

async fn killed(stage: &Stage, is_a_point: impl Fn() -> bool) {
    let (requests, undisturbed) = stage.whole().await;
    for at in 1..=requests {
        for when in [When::Before, When::After] {
            if is_a_point() {
                stage.killed(at, when, &undisturbed).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_created_is_there_once() {
    for sample in samples() {
        let state = saved(&sample.prepared(2).await);
        let stage = stage(sample.label(), state.path(), sample.held()).await;
        killed(&stage, || true).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_changed_is_as_wanted() {
    let luck = Luck::new(SEED);
    for sample in samples() {
        let state = saved(&sample.made(2).await);
        for (path, _, edited) in sample.edited() {
            let name = format!("{} {path}", sample.label());
            let stage = stage(name, state.path(), edited).await;
            killed(&stage, || in_full() || luck.one_in(SHARE)).await;
        }
    }
}
