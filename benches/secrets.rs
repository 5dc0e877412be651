//! How long secrets take, and how many requests: 5,000 of them in 50 scopes, exported, planned and put.
//!
//! `cargo bench --bench secrets` prints one table. Nothing is asserted about time: machines differ. With
//! `--limits` the published limit is kept, of 1,100 calls a minute.

#![expect(clippy::print_stdout, reason = "the table is what it is run for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop at once")]

#[path = "../tests/it/world.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod world;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use brickform::engine::Rewrites;
use brickform::model::Options;
use brickform::sim::{self, Limits};
use serde_json::json;
use world::{World, describe};

const SCOPES: usize = 50;
const KEYS: usize = 100;
const LATENCY: Duration = Duration::from_millis(20);

fn row(what: &str, world: &World, begun: Instant) {
    let requests = world.session.counts().get("total").copied().unwrap_or(0);
    println!("{what:<8} {requests:>7} requests {:>8.2} s", begun.elapsed().as_secs_f64());
}

/// A workspace with its secrets, made before any clock runs.
async fn source() -> World {
    let world = World::new(1);
    for scope in 0..SCOPES {
        let scope = format!("scope-{scope:02}");
        let created = world.raw("POST", "/api/2.0/secrets/scopes/create", json!({"scope": scope}));
        assert!(created.await.0.is_success());
        for key in 0..KEYS {
            let body =
                json!({"scope": scope, "key": format!("key-{key:03}"), "string_value": "value"});
            assert!(world.raw("POST", "/api/2.0/secrets/put", body).await.0.is_success());
        }
    }
    World::of(world.workspace.copy_with(options(1, Limits::None)), "dapi-simulated")
}

fn options(seed: u64, limits: Limits) -> sim::Options {
    sim::Options { seed, latency: LATENCY, limits, ..sim::Options::default() }
}

async fn measure(limits: Limits) {
    let source = source().await;
    let begun = Instant::now();
    let held = source.export().await;
    row("export", &source, begun);

    let target = World::with(options(2, limits));
    let (rules, options) = (Rewrites::default(), Options::default());
    let begun = Instant::now();
    let plan = target.plan(&held, &rules, &options).await;
    row("plan", &target, begun);

    let applying = target.again();
    let begun = Instant::now();
    let report = applying.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    row("apply", &applying, begun);

    let again = target.again();
    let begun = Instant::now();
    let second = again.plan(&held, &rules, &options).await;
    assert!(second.is_empty(), "{} steps in the second plan", second.steps.len());
    row("replan", &again, begun);
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{} secrets in {SCOPES} scopes, 20 ms latency", SCOPES * KEYS);
    runtime.block_on(async {
        let limited = std::env::args().any(|argument| argument == "--limits");
        measure(if limited { Limits::Published } else { Limits::None }).await;
    });
}
