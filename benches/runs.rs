//! How many requests 10,000 MLflow runs take, and how long: exported, planned, applied, planned again.
//!
//! `cargo bench --bench runs` prints one table, with the bound that the published 120 requests a second
//! imply, 7 of them searches. The third setting runs in the time of the requests alone: the clock is
//! simulated. `--runs N` takes another number.

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

const LATENCY: Duration = Duration::from_millis(20);

/// What is measured: so many runs in ten experiments, each with twenty metrics of fifty steps.
struct Bench {
    runs: usize,
    source: World,
}

/// One way to measure it.
struct Setting {
    name: &'static str,
    latency: Duration,
    limits: fn() -> Limits,
}

impl Bench {
    fn row(&self, what: &str, setting: &Setting, counts: &BTreeMap<String, u64>, wall: Duration) {
        let of = |family: &str| counts.get(family).copied().unwrap_or(0);
        let (calls, searches) = (of("mlflow"), of("mlflow/search"));
        let bound = (calls as f64 / 120.0).max(searches as f64 / 7.0);
        println!(
            "{what:<8} {:<24} {calls:>7} requests ({:>5.2} a run) {searches:>5} searches {:>8.1} s, at the limits {bound:>7.1} s",
            setting.name,
            calls as f64 / self.runs as f64,
            wall.as_secs_f64(),
        );
    }

    async fn measure(&self, setting: &Setting) {
        let limits = setting.limits;
        let asked = |seed| {
            let (latency, limits) = (setting.latency, limits());
            let pages = sim::Options { page_size: 1_000, ..sim::Options::default() };
            sim::Options { seed, latency, limits, ..pages }
        };
        let reader = World::paced(self.source.workspace.copy_with(asked(1)), limits());
        let begun = Instant::now();
        let held = reader.export().await;
        self.row("export", setting, &reader.session.counts(), begun.elapsed());

        let target = World::paced(World::new(2).workspace.copy_with(asked(2)), limits());
        let (rules, options) = (Rewrites::default(), Options::default());
        let begun = Instant::now();
        let plan = target.plan(&held, &rules, &options).await;
        self.row("plan", setting, &target.session.counts(), begun.elapsed());

        let applying = World::paced(target.workspace.clone(), limits());
        let begun = Instant::now();
        let report = applying.apply(&held, &rules, &plan, &Mutex::default()).await;
        assert!(report.is_success(), "{}", describe(&plan, &report));
        self.row("apply", setting, &applying.session.counts(), begun.elapsed());

        let again = World::paced(target.workspace.clone(), limits());
        let begun = Instant::now();
        assert!(again.plan(&held, &rules, &options).await.is_empty());
        self.row("replan", setting, &again.session.counts(), begun.elapsed());
    }
}

async fn bench(runs: usize) -> Bench {
    let workload = format!("scale:experiments=10,runs={runs},metrics=20,steps=50");
    println!("{workload}");
    Bench { runs, source: World::planted(1, &workload).await }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == "--runs");
    let runs = at.map_or(10_000, |at| arguments[at + 1].parse().unwrap());
    let multi = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let bench = multi.block_on(async {
        let bench = bench(runs).await;
        let (name, latency, limits): (_, _, fn() -> Limits) =
            ("no latency", Duration::ZERO, || Limits::None);
        bench.measure(&Setting { name, latency, limits }).await;
        bench.measure(&Setting { name: "20 ms", latency: LATENCY, limits }).await;
        bench
    });
    let paused =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let (name, limits) = ("20 ms, published limits", || Limits::Published);
    paused.unwrap().block_on(bench.measure(&Setting { name, latency: LATENCY, limits }));
}
