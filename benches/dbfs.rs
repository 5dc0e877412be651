//! How many requests a folder of 10,000 files on DBFS takes, and how long: exported, planned, applied.
//!
//! `cargo bench --bench dbfs` prints one table, with the bound that the published 30 requests a second
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
use serde_json::json;
use tokio::time::Instant;
use world::{World, describe};

const FILES: usize = 10_000;

fn row(what: &str, setting: &str, counts: &BTreeMap<String, u64>, wall: Duration) {
    let dbfs = counts.get("dbfs").copied().unwrap_or(0);
    let (wall, bound) = (wall.as_secs_f64(), dbfs as f64 / 30.0);
    println!(
        "{what:<8} {setting:<24} {dbfs:>7} requests {wall:>8.1} s, at 30 a second {bound:>6.1} s"
    );
}

async fn measure(setting: &str, latency: Duration, limits: fn() -> Limits) {
    let of = |seed| {
        World::with(sim::Options { seed, latency: Duration::ZERO, ..sim::Options::default() })
    };
    let source = of(1);
    for number in 0..FILES {
        let text = world_text(number);
        let body = json!({"path": format!("/FileStore/libs/{number:05}.py"), "contents": text});
        let (status, answer) = source.raw("POST", "/api/2.0/dbfs/put", body).await;
        assert!(status.is_success(), "{answer}");
    }
    let as_asked = |world: &World, seed| {
        let options = sim::Options { seed, latency, limits: limits(), ..sim::Options::default() };
        World::paced(world.workspace.copy_with(options), limits())
    };
    let reader = as_asked(&source, 1);
    let start = Instant::now();
    let held = reader.export().await;
    row("export", setting, &reader.session.counts(), start.elapsed());

    let target = as_asked(&of(2), 2);
    let (rules, options) = (Rewrites::default(), Options::default());
    let start = Instant::now();
    let plan = target.plan(&held, &rules, &options).await;
    row("plan", setting, &target.session.counts(), start.elapsed());
    assert_eq!(plan.steps.len(), FILES);

    let applying = World::paced(target.workspace.clone(), limits());
    let start = Instant::now();
    let report = applying.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    row("apply", setting, &applying.session.counts(), start.elapsed());

    let again = World::paced(target.workspace.clone(), limits());
    let start = Instant::now();
    assert!(again.plan(&held, &rules, &options).await.is_empty());
    row("replan", setting, &again.session.counts(), start.elapsed());
}

/// A file of some lines, in base64.
fn world_text(number: usize) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("print({number})\n").repeat(40))
}

fn main() {
    let multi = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    multi.block_on(async {
        measure("no latency", Duration::ZERO, || Limits::None).await;
        measure("20 ms", Duration::from_millis(20), || Limits::None).await;
    });
    let paused =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    paused.unwrap().block_on(measure("20 ms, published limits", Duration::from_millis(20), || {
        Limits::Published
    }));
}
