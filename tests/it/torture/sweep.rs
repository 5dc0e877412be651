//! Killed at every request of a large apply, before or after its effect: the end is the same.

use std::panic::AssertUnwindSafe;

use brickform::model::Change;
use futures::FutureExt as _;

use super::ground::stage;
use super::in_full;
use crate::contenders::Luck;
use crate::crash::{Stage, When};
use crate::world::steps;

/// What the sample of points to die at follows from. Another number is another sample.
const SEED: u64 = 1;

const SAMPLE: u64 = 6;

const LARGE: &str = "scale:users=12,groups=6,members=4,notebooks=70,folders=10,clusters=24,jobs=70,pools=4,policies=6";

/// Expects that a plan is worth being killed in.
fn assert_worth_it(stage: &Stage) {
    let steps = &stage.plan.steps;
    let count = |wanted: Change| steps.iter().filter(|step| step.change == wanted).count();
    let merged = steps.iter().filter(|step| !step.merged.is_empty()).count();
    let counts = [
        Change::Create,
        Change::Update,
        Change::Rename,
        Change::Replace,
        Change::Grants,
        Change::Delete,
    ]
    .map(|change| (change, count(change)));
    assert!(counts.iter().all(|(_, count)| *count > 1), "{counts:?}");
    assert!(merged > 5 && steps.len() >= 300, "{merged} of {}: {counts:?}", steps.len());
}

async fn swept(when: When) {
    let stage = stage(LARGE).await;
    assert_worth_it(&stage);
    let (requests, undisturbed) = stage.whole().await;
    assert!(requests > stage.plan.steps.len(), "{:#?}", steps(&stage.plan));
    let luck = Luck::new(SEED ^ (when as u64) << 32);
    let points: Vec<usize> = if in_full() {
        (1..=requests).collect()
    } else {
        (0..SAMPLE).map(|_| 1 + luck.below(requests as u64) as usize).collect()
    };
    let mut failed = Vec::new();
    for at in points {
        let killed = AssertUnwindSafe(stage.killed(at, when, &undisturbed));
        failed.extend(killed.catch_unwind().await.is_err().then_some(at));
    }
    assert!(failed.is_empty(), "killed {when:?} {failed:?}: it went wrong as told above");
}

#[tokio::test(start_paused = true)]
async fn killed_before_any_request_of_a_large_apply() {
    swept(When::Before).await;
}

#[tokio::test(start_paused = true)]
async fn killed_after_any_request_of_a_large_apply() {
    swept(When::After).await;
}
