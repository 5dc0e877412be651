//! The rehearsal itself: the plan is applied by the code that applies plans, and planned again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::chaos::{DEATHS, death, faults};
use super::stage::{Stage, addresses};
use crate::cli::apply::{Run, carry_out_logged};
use crate::cli::base::Known;
use crate::cli::connection::Target;
use crate::cli::error::CliError;
use crate::cli::plan::{self, Source};
use crate::engine::Progress;
use crate::engine::apply::{NOT_CONVERGENT, Report};
use crate::model::{Address, Record, Step};
use crate::sim::Faults;

/// How a rehearsal went.
pub(super) struct Played {
    /// What became of each step, and what reads back otherwise than it was written; only what could be played.
    pub report: Report,
    /// How many requests were sent, per family of calls, in `total`, and as `retries`.
    pub requests: BTreeMap<String, u64>,
    /// How long it took, in the time of the rehearsal.
    pub took: Duration,
    /// How often the client was killed, and went on.
    pub deaths: usize,
    /// What a second plan would do.
    pub left: Vec<Step>,
}

impl Played {
    /// Whether every step that could be played succeeded, and nothing is left to do.
    pub(super) fn is_success(&self) -> bool {
        self.report.is_success() && self.left.is_empty()
    }
}

/// Applies a plan on a stage, with chaos if there is a seed for it, and plans again.
pub(super) async fn play(
    stage: &Stage,
    source: &Source,
    chaos: Option<u64>,
    progress: Progress,
) -> Result<Played, CliError> {
    let begun = Instant::now();
    let plan = &stage.plan;
    let mut rehearsal =
        Rehearsal { stage, source, progress, requests: BTreeMap::new(), records: Mutex::default() };
    stage.copy.workspace.set_faults(chaos.map(faults).unwrap_or_default());
    let mut deaths = 0;
    let mut report = None;
    if let Some(seed) = chaos {
        for number in 0..DEATHS {
            // Each further life has less to do, and is to be cut off within it.
            let requests = plan.steps.len().max(1) * 2 / (number + 1);
            report = rehearsal.live(Some((seed, number, requests))).await?;
            if report.is_some() {
                break;
            }
            deaths += 1;
        }
    }
    let mut report = match report {
        Some(report) => report,
        None => rehearsal
            .live(None)
            .await?
            .ok_or_else(|| CliError::failed("the rehearsal broke off"))?,
    };
    let took = begun.elapsed();
    stage.copy.workspace.set_faults(Faults::default());
    let Rehearsal { requests, .. } = rehearsal;

    let left_out = addresses(plan, &stage.unplayable);
    report.outcomes.retain(|id, _| !stage.unplayable.contains_key(id));
    report.findings.retain(|finding| {
        finding.code != NOT_CONVERGENT || !left_out.iter().any(|address| finding.is_about(address))
    });
    let again = stage.enter(None).await?;
    let quiet: Progress = Arc::new(|_, _, _| {});
    let mut left =
        plan::make(&again, source, plan.options.clone(), Known::default(), quiet).await?.plan.steps;
    // Edits that stay are known from the last apply, which no copy has seen.
    let kept: BTreeSet<&Address> =
        plan.kept.iter().chain(&plan.conflicts).map(|diverged| &diverged.address).collect();
    left.retain(|step| {
        let address = &step.address;
        !left_out.contains(address) && !stage.unlike.contains(address) && !kept.contains(address)
    });
    Ok(Played { report, requests, took, deaths, left })
}

/// A rehearsal under way.
struct Rehearsal<'a> {
    stage: &'a Stage,
    source: &'a Source,
    progress: Progress,
    requests: BTreeMap<String, u64>,
    /// The journal, which stands on no disk.
    records: Mutex<Vec<Record>>,
}

impl Rehearsal<'_> {
    /// One life of the client: to the end of the plan, or `None` where it dies before.
    async fn live(
        &mut self,
        mortal: Option<(u64, usize, usize)>,
    ) -> Result<Option<Report>, CliError> {
        let told = Arc::new(Notify::new());
        let death =
            mortal.map(|(seed, number, requests)| death(seed, number, requests, told.clone()));
        let entered = tokio::select! {
            biased;
            () = told.notified() => None,
            target = self.stage.enter(death) => Some(target?),
        };
        let Some(target) = entered else { return Ok(None) };
        let report = tokio::select! {
            biased;
            () = told.notified() => None,
            report = self.apply(&target) => Some(report?),
        };
        for (name, count) in target.session.counts() {
            *self.requests.entry(name).or_default() += count;
        }
        Ok(report)
    }

    async fn apply(&self, target: &Target) -> Result<Report, CliError> {
        let (_keep, stop) = watch::channel(false);
        let before = self.records.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let log = |record: Record| {
            self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
            async { io::Result::Ok(()) }.boxed()
        };
        let run = Run::of(target, self.source, &self.stage.plan, stop);
        carry_out_logged(run, &log, before, Arc::clone(&self.progress)).await
    }
}
