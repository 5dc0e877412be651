//! Ctrl-C: an apply that is told to stop ends cleanly after any step, says nothing about what it did not
//! write, and goes on to the same end.

use std::sync::{Arc, Mutex};

use brickform::engine::apply::{Apply, NOT_CONVERGENT, Report, apply};
use brickform::engine::{Progress, Rewrites, desired};
use brickform::model::{Options, Outcome, Plan, Record, Resource};
use futures::FutureExt as _;
use tokio::sync::watch;

use crate::crash::{options, small};
use crate::world::{Held, World, describe};

/// Applies a plan, step by step, and tells it to stop once `steps` of them are over.
async fn stopped_after(
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
    let contents = |resource: &Resource| {
        let digest = &resource.content.as_ref().unwrap().digest;
        Ok(held.contents.get(digest).unwrap().clone())
    };
    let log = |record: Record| {
        journal.lock().unwrap().push(record);
        async { Ok(()) }.boxed()
    };
    let caller = world.caller().await;
    apply(&Apply {
        session: &world.session,
        catalogue: &world.catalogue,
        plan,
        desired: &desired,
        contents: &contents,
        log: &log,
        before: Vec::new(),
        blobs: world.blobs(),
        concurrency: 1,
        progress,
        stop: stopped,
        caller: &caller,
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn stopped_after_any_step_and_gone_on_with() {
    let held = small().await;
    let rules = Rewrites::default();
    let first = World::with(options(7));
    let plan = first.plan(&held, &rules, &Options::default()).await;
    for steps in 0..plan.steps.len() {
        let world = World::with(options(7));
        let journal = Mutex::default();
        let report = stopped_after(&world, &held, &plan, steps, &journal).await;
        let happened = describe(&plan, &report);
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

        let report = world.apply(&held, &rules, &plan, &journal).await;
        assert!(report.is_success(), "{steps}: {}", describe(&plan, &report));
        assert!(world.plan(&held, &rules, &Options::default()).await.is_empty(), "{steps}");
    }
}
