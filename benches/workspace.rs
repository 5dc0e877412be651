//! How long whole commands take, and how many requests: export, plan and apply of synthetic workspaces.
//!
//! `cargo bench` prints one table. Nothing is asserted about time: machines differ. The workload is the
//! one that the project's targets are stated for, 100 users, 1,000 notebooks and 300 jobs with a direct
//! grant on every object.

#![expect(clippy::print_stdout, reason = "the table is what it is run for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop at once")]

#[path = "../tests/it/world.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use brickform::engine::Rewrites;
use brickform::model::Options;
use brickform::sim::{self, Limits};
use world::{World, describe};

const WORKLOAD: &str = "scale:users=100,groups=10,members=100,notebooks=1000,folders=100,clusters=40,jobs=300,pools=3,policies=3";

fn options(seed: u64, latency: Duration, limits: Limits) -> sim::Options {
    sim::Options {
        seed,
        latency,
        limits,
        page_size: 100,
        scim_page_size: 100,
        ..sim::Options::default()
    }
}

fn total(counts: &BTreeMap<String, u64>) -> u64 {
    counts.get("total").copied().unwrap_or(0)
}

fn row(what: &str, setting: &str, requests: u64, wall: Duration) {
    println!("{what:<8} {setting:<28} {requests:>7} requests {:>8.2} s", wall.as_secs_f64());
}

async fn measure(setting: &str, latency: Duration, limits: fn() -> Limits) {
    let source = World::with(options(1, latency, limits()));
    sim::seed::plant(&source.workspace, &WORKLOAD.parse().unwrap()).await.unwrap();
    let start = Instant::now();
    let held = source.export().await;
    row("export", setting, total(&source.session.counts()), start.elapsed());

    let target = World::with(options(2, latency, limits()));
    let (rules, options) = (Rewrites::default(), Options::default());
    let start = Instant::now();
    let plan = target.plan(&held, &rules, &options).await;
    let planned = total(&target.session.counts());
    row("plan", setting, planned, start.elapsed());

    let applying = target.again();
    let start = Instant::now();
    let report = applying.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    row("apply", setting, total(&applying.session.counts()), start.elapsed());
    if latency.is_zero() {
        println!("  export by family: {:?}", source.session.counts());
        println!("  apply by family:  {:?}", applying.session.counts());
    }

    let again = target.again();
    let start = Instant::now();
    let second = again.plan(&held, &rules, &options).await;
    assert!(second.is_empty(), "{} steps in the second plan", second.steps.len());
    row("replan", setting, total(&again.session.counts()), start.elapsed());
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{WORKLOAD}");
    runtime.block_on(async {
        measure("no latency, no limits", Duration::ZERO, || Limits::None).await;
        measure("20 ms latency, no limits", Duration::from_millis(20), || Limits::None).await;
        if std::env::args().any(|argument| argument == "--limits") {
            measure("20 ms latency, all limits", Duration::from_millis(20), || Limits::Published)
                .await;
        }
    });
}
