//! How many requests one more object costs: a figure that grows is a workspace that takes hours.

use std::collections::BTreeMap;
use std::sync::Mutex;

use brickform::engine::Rewrites;
use brickform::model::Options;

use crate::world::{World, describe};

const WHAT: [&str; 4] = ["export", "plan", "apply", "replan"];

type Counts = [BTreeMap<String, u64>; 4];

/// The requests it takes to move a workspace of that size.
async fn counts(size: &str) -> Counts {
    let source = World::planted(1, &format!("scale:{size}")).await;
    let (target, rules) = (World::new(2), Rewrites::default());
    let held = source.export().await;
    let plan = target.plan(&held, &rules, &Options::default()).await;
    let applying = target.again();
    let report = applying.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    let again = target.again();
    assert!(again.plan(&held, &rules, &Options::default()).await.is_empty(), "{size}");
    [&source, &target, &applying, &again].map(|world| world.session.counts())
}

/// What each of some more objects costs in a family of calls.
async fn each(family: &str, more: u64, few: &str, many: &str) -> [f64; 4] {
    let (few, many) = (counts(few).await, counts(many).await);
    let of = |counts: &Counts, at: usize| counts[at].get(family).copied().unwrap_or(0);
    std::array::from_fn(|at| (of(&many, at) - of(&few, at)) as f64 / more as f64)
}

#[track_caller]
fn costs(what: &str, found: [f64; 4], wanted: [f64; 4]) {
    let found: Vec<_> = WHAT.iter().zip(found).collect();
    let wanted: Vec<_> = WHAT.iter().zip(wanted).collect();
    assert_eq!(found, wanted, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_costs_its_metrics_and_four_writes() {
    // The history of each metric, and its files; made, logged, ended, marked.
    let runs = |runs: usize| format!("experiments=2,runs={runs},metrics=3,steps=4");
    costs("a run", each("mlflow", 20, &runs(20), &runs(40)).await, [4.0, 0.0, 4.0, 0.0]);
    // 1,200 values and two parameters are two batches.
    let long = |runs: usize| format!("experiments=2,runs={runs},metrics=4,steps=300");
    costs("a long run", each("mlflow", 4, &long(4), &long(8)).await, [13.0, 0.0, 5.0, 0.0]);
    // Of a day, all of it: a search to see what is there, and one more each before and after the writes.
    let searches = each("mlflow/search", 20, &runs(20), &runs(40)).await;
    costs("searches of a run", searches, [0.0; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_costs_one_put() {
    let secrets = |secrets: usize| format!("scopes=2,secrets={secrets}");
    costs("a secret", each("secrets", 20, &secrets(10), &secrets(30)).await, [0.0, 0.0, 1.0, 0.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_costs_a_read_and_where_it_is_new_a_write() {
    let files = |files: usize| format!("dbfs={files}");
    costs("a file", each("dbfs", 20, &files(10), &files(30)).await, [1.0, 0.0, 2.0, 1.0]);
}
