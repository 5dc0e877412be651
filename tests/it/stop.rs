//! Ctrl-C: an apply that is told to stop ends cleanly after any step, says nothing about what it did not
//! write, and goes on to the same end.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use brickform::engine::apply::{Apply, NOT_CONVERGENT, OnStale, Report, apply};
use brickform::engine::{Progress, Rewrites, desired};
use brickform::model::{Options, Outcome, Plan, Record};
use futures::FutureExt as _;
use serde_json::json;
use tokio::sync::watch;

use crate::crash::{options, small};
use crate::world::{Given, Held, World, describe};

/// Applies a plan, step by step, and tells it to stop once `steps` of them are over.
pub(crate) async fn stopped_after(
    world: &World,
    held: &Held,
    plan: &Plan,
    steps: usize,
    journal: &Mutex<Vec<Record>>,
) -> Report {
    let (stop, stopped) = watch::channel(steps == 0);
    let over = Mutex::new(0);
    let progress: Progress = Arc::new(move |phase, done, _| {
        if matches!(phase, "applying" | "rights") && done > 0 {
            let mut over = over.lock().unwrap();
            *over += 1;
            stop.send_replace(*over >= steps);
        }
    });
    let desired =
        desired(&held.snapshot, &world.catalogue, &Rewrites::default(), &Options::default());
    let log = |record: Record| {
        journal.lock().unwrap().push(record);
        async { Ok(()) }.boxed()
    };
    let caller = world.caller().await;
    apply(&Apply {
        session: &world.session,
        catalogue: &world.catalogue,
        plan,
        unselected: BTreeSet::new(),
        desired: &desired,
        contents: held,
        values: &Given,
        log: &log,
        before: Vec::new(),
        blobs: world.blobs(),
        concurrency: 1,
        progress,
        stop: stopped,
        kept: None,
        on_stale: OnStale::Skip,
        caller: &caller,
    })
    .await
}

/// Two service principals that differ in nothing but the jobs that run as them.
async fn twins() -> Held {
    let world = World::with(options(11));
    let mut applications = Vec::new();
    for _ in 0..2 {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"], "displayName": "runner",
        });
        let path = "/api/2.0/preview/scim/v2/ServicePrincipals";
        let (status, answer) = world.raw("POST", path, body).await;
        assert!(status.is_success(), "{answer}");
        applications.push(answer["applicationId"].clone());
    }
    for n in 0..4 {
        let body = json!({
            "name": format!("job {n}"),
            "run_as": {"service_principal_name": applications[n % 2]},
            "tasks": [{"task_key": "t", "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}}],
        });
        let (status, answer) = world.raw("POST", "/api/2.2/jobs/create", body).await;
        assert!(status.is_success(), "{answer}");
    }
    world.export().await
}

/// Stops after each step in turn, in targets whose identifiers differ, and goes on.
async fn sweep(held: &Held, targets: std::ops::Range<u64>) {
    let rules = Rewrites::default();
    for target in targets {
        let plan = World::with(options(target)).plan(held, &rules, &Options::default()).await;
        assert!(!plan.is_empty());
        for steps in 0..plan.steps.len() {
            let world = World::with(options(target));
            stop_and_go_on(&world, held, &plan, steps).await;
        }
    }
}

async fn stop_and_go_on(world: &World, held: &Held, plan: &Plan, steps: usize) {
    let journal = Mutex::default();
    let report = stopped_after(world, held, plan, steps, &journal).await;
    let happened = describe(plan, &report);
    assert!(report.stopped, "{steps}: {happened}");
    let counted = |wanted: fn(&Outcome) -> bool| {
        report.outcomes.values().filter(|(outcome, _)| wanted(outcome)).count()
    };
    assert_eq!(counted(|outcome| outcome.is_success()), steps, "{happened}");
    let left = plan.steps.len() - steps;
    assert_eq!(counted(|outcome| *outcome == Outcome::NotStarted), left, "{happened}");
    let false_alarm = report.findings.iter().find(|finding| finding.code == NOT_CONVERGENT);
    assert!(false_alarm.is_none(), "{steps}: {happened}");
    assert_eq!(journal.lock().unwrap().last(), Some(&Record::Closed));

    let rules = Rewrites::default();
    let report = world.apply(held, &rules, plan, &journal).await;
    assert!(report.is_success(), "{steps}: {}", describe(plan, &report));
    assert!(world.plan(held, &rules, &Options::default()).await.is_empty(), "{steps}");
}

#[tokio::test(start_paused = true)]
async fn stopped_after_any_step_and_gone_on_with() {
    sweep(&small().await, 7..8).await;
}

#[tokio::test(start_paused = true)]
async fn twins_are_not_taken_for_each_other_when_an_apply_goes_on() {
    sweep(&twins().await, 20..26).await;
}
