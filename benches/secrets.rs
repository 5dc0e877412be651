//! How long secrets take, and how many requests: 5,000 of them in 50 scopes, exported, planned and put.
//!
//! `cargo bench --bench secrets` prints one table, with the bound that the published 1,100 requests a minute
//! imply. The third setting runs in the time of the requests alone: the clock is simulated.

#![expect(clippy::print_stdout, reason = "the table is what it is run for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop at once")]

#[path = "../tests/it/world.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use brickform::engine::Rewrites;
use brickform::model::Options;
use brickform::sim::{self, Limits};
use tokio::time::Instant;
use world::{World, describe};

const WORKLOAD: &str = "scale:scopes=50,secrets=5000";
const LATENCY: Duration = Duration::from_millis(20);

fn row(what: &str, setting: &str, counts: &BTreeMap<String, u64>, wall: Duration) {
    let secrets = counts.get("secrets").copied().unwrap_or(0);
    let (wall, bound) = (wall.as_secs_f64(), secrets as f64 / 1_100.0 * 60.0);
    println!(
        "{what:<8} {setting:<24} {secrets:>7} requests {wall:>8.1} s, at 1,100 a minute {bound:>6.1} s"
    );
}

async fn measure(setting: &str, latency: Duration, limits: fn() -> Limits) {
    let source = World::planted(1, WORKLOAD).await;
    let asked = |seed| sim::Options { seed, latency, limits: limits(), ..sim::Options::default() };
    let reader = World::paced(source.workspace.copy_with(asked(1)), limits());
    let begun = Instant::now();
    let held = reader.export().await;
    row("export", setting, &reader.session.counts(), begun.elapsed());

    let target = World::paced(World::new(2).workspace.copy_with(asked(2)), limits());
    let (rules, options) = (Rewrites::default(), Options::default());
    let begun = Instant::now();
    let plan = target.plan(&held, &rules, &options).await;
    row("plan", setting, &target.session.counts(), begun.elapsed());

    let applying = World::paced(target.workspace.clone(), limits());
    let begun = Instant::now();
    let report = applying.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    row("apply", setting, &applying.session.counts(), begun.elapsed());

    let again = World::paced(target.workspace.clone(), limits());
    let begun = Instant::now();
    let second = again.plan(&held, &rules, &options).await;
    assert!(second.is_empty(), "{} steps in the second plan", second.steps.len());
    row("replan", setting, &again.session.counts(), begun.elapsed());
}

fn main() {
    println!("{WORKLOAD}");
    let multi = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    multi.block_on(async {
        measure("no latency", Duration::ZERO, || Limits::None).await;
        measure("20 ms", LATENCY, || Limits::None).await;
    });
    let paused =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    paused.unwrap().block_on(measure("20 ms, published limits", LATENCY, || Limits::Published));
}
