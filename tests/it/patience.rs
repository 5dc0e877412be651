//! The patience law: an export and an apply end as they would undisturbed, whatever the network and the
//! server do on the way.

use std::sync::Mutex;

use brickform::engine::Rewrites;
use brickform::model::Options;
use brickform::sim::{Action, Faults, Rule};

use crate::crash::{options, small, worked_on};
use crate::world::{Held, World, describe, steps};

fn every(on: &str, action: Action, chance: f64, seed: u64) -> Faults {
    let rule = Rule { on: on.to_owned(), chance: Some(chance), action, ..Rule::default() };
    Faults { seed, rules: vec![rule], kill: None }
}

/// Applies under faults, to an empty and to a lived-in workspace; both must end as if nothing had been.
async fn endures(held: &Held, faults: impl Fn(u64) -> Faults) {
    for seed in 0..6 {
        let target = World::with(options(22));
        for wanted in [held.clone(), worked_on(held)] {
            let rules = Rewrites::default();
            let plan = target.plan(&wanted, &rules, &Options::default()).await;
            assert!(!plan.steps.is_empty());
            target.workspace.set_faults(faults(seed));
            let report = target.apply(&wanted, &rules, &plan, &Mutex::default()).await;
            target.workspace.set_faults(Faults::default());
            let retries = target.session.counts().get("retries").copied().unwrap_or(0);
            let stale = faults(seed).rules.iter().all(|rule| rule.action == Action::Stale);
            assert!(stale || retries > 0, "seed {seed}: nothing went wrong on the way");
            assert!(report.is_success(), "seed {seed}: {}", describe(&plan, &report));
            let second = target.plan(&wanted, &rules, &Options::default()).await;
            assert_eq!(steps(&second), Vec::<String>::new(), "seed {seed}");
            let mut found = target.export().await.snapshot.resources;
            found.retain(|address, _| wanted.snapshot.resources.contains_key(address));
            assert_eq!(found.len(), wanted.snapshot.resources.len());
            let extra = target.export().await.snapshot.resources.len() - found.len();
            assert_eq!(
                extra,
                extra_of_a_new_workspace().await,
                "seed {seed}: something was created twice"
            );
        }
    }
}

/// What every workspace holds beside what is moved to it: whoever administers it.
async fn extra_of_a_new_workspace() -> usize {
    let fresh = World::with(options(22)).export().await.snapshot.resources;
    let moved = small().await.snapshot.resources;
    fresh.keys().filter(|address| !moved.contains_key(address)).count()
}

#[tokio::test(start_paused = true)]
async fn too_many_requests() {
    endures(&small().await, |seed| every("*", Action::Throttle, 0.3, seed)).await;
}

#[tokio::test(start_paused = true)]
async fn unavailable_before_the_effect() {
    endures(&small().await, |seed| every("*", Action::UnavailableBefore, 0.2, seed)).await;
}

#[tokio::test(start_paused = true)]
async fn unavailable_after_the_effect() {
    endures(&small().await, |seed| every("*", Action::UnavailableAfter, 0.2, seed)).await;
}

#[tokio::test(start_paused = true)]
async fn connections_cut_before_the_effect() {
    endures(&small().await, |seed| every("*", Action::CutBefore, 0.05, seed)).await;
}

#[tokio::test(start_paused = true)]
async fn connections_cut_after_the_effect() {
    endures(&small().await, |seed| every("*", Action::CutAfter, 0.2, seed)).await;
}

#[tokio::test(start_paused = true)]
async fn stale_reads_after_writes() {
    endures(&small().await, |seed| every("GET *", Action::Stale, 0.5, seed)).await;
}

#[tokio::test(start_paused = true)]
async fn an_export_under_every_trouble_is_the_same() {
    let source = World::planted(31, "acme").await;
    let undisturbed = source.export().await.snapshot;
    for (seed, action) in
        [Action::Throttle, Action::UnavailableBefore, Action::CutBefore, Action::CutAfter]
            .into_iter()
            .enumerate()
    {
        source.workspace.set_faults(every("*", action, 0.2, seed as u64));
        let disturbed = source.again().export().await.snapshot;
        assert_eq!(disturbed.resources, undisturbed.resources, "{action:?}");
        assert_eq!(disturbed.kinds, undisturbed.kinds, "{action:?}");
    }
    let sent: usize = source.workspace.per_family().values().sum();
    assert!(sent > undisturbed.resources.len(), "the workspace was really asked: {sent}");
}
