//! The run of an apply: waves of steps, the read-back between them, and the report.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{FuturesUnordered, StreamExt as _};

use super::schedule::{Journalled, Schedule};
use super::target::{InDoubt, Target};
use super::{Apply, OnStale, Report};
use crate::engine::apply::create::{Ended, failed};
use crate::model::{Change, Finding, Grant, Outcome, Record, Selector, Step, StepId};

/// What earlier runs of the plan left behind.
#[derive(Default)]
pub(super) struct Earlier {
    succeeded: BTreeMap<StepId, Outcome>,
    /// Steps that were started, and whose end is not known.
    pub(super) in_doubt: BTreeMap<StepId, InDoubt>,
    /// Fingerprints of objects that were created.
    pub(super) objects: BTreeMap<StepId, String>,
    /// Steps of which it was kept what there was before, and the rights among it.
    pub(super) imaged: BTreeMap<StepId, Option<BTreeSet<Grant>>>,
}

fn earlier(records: &[Record]) -> Earlier {
    let mut earlier = Earlier::default();
    for record in records {
        match record {
            Record::Started { step, namesakes } => {
                // The first count stands: later ones may already include the object.
                earlier.in_doubt.entry(*step).or_insert(InDoubt { namesakes: *namesakes });
            }
            Record::Ended { step, outcome, object, .. } if outcome.is_success() => {
                earlier.objects.extend(object.clone().map(|object| (*step, object)));
                earlier.in_doubt.remove(step);
                earlier.succeeded.insert(*step, *outcome);
            }
            Record::Before { step, grants, .. } => {
                earlier.imaged.insert(*step, grants.clone());
            }
            Record::Ended { .. }
            | Record::Opened { .. }
            | Record::Locking { .. }
            | Record::Left { .. }
            | Record::Closed => {}
        }
    }
    earlier
}

/// Applies a plan.
///
/// A failing step stops only what needs it. Every step of the plan is in the report exactly once.
pub async fn apply<'a>(run: &'a Apply<'a>) -> Report {
    let mut report = Report::default();
    let earlier = earlier(&run.before);
    for (step, outcome) in &earlier.succeeded {
        report.outcomes.insert(*step, (*outcome, "in an earlier run".to_owned()));
    }
    for step in &run.unselected {
        report.outcomes.entry(*step).or_insert((Outcome::Unselected, String::new()));
    }
    (run.progress)("checking the target", 0, None);
    let target = match Target::open(run, earlier).await {
        Ok(target) => target,
        Err(reasons) => {
            for step in &run.plan.steps {
                report.outcomes.entry(step.id).or_insert((Outcome::NotStarted, String::new()));
            }
            let findings =
                reasons.into_iter().map(|reason| Finding::error("unreadable", "", reason));
            report.findings.extend(findings);
            return report;
        }
    };
    let is_late = |step: &Step| matches!(step.change, Change::Grants | Change::Delete);
    target.wave("applying", &mut report, |step| !is_late(step)).await;
    (run.progress)("reading back", 0, None);
    let mut back = target.read_back(&report.outcomes).await;
    report.findings.append(&mut back.findings);
    target.note_left(&back, &mut report).await;
    target.wave("rights", &mut report, |step| step.change == Change::Grants).await;
    target.wave("deleting", &mut report, |step| step.change == Change::Delete).await;
    report.stopped = *run.stop.borrow();
    report.deleted = target.deleted(&report.outcomes);
    report.left = target.with_rights(back.left, &report.outcomes);
    if (run.log)(Record::Closed).await.is_err() {
        report.findings.push(Finding::warning("journal", "", "the journal cannot be closed"));
    }
    report
}

impl Target<'_> {
    async fn wave(&self, phase: &str, report: &mut Report, chosen: impl Fn(&Step) -> bool) {
        let run = self.run;
        let decided = report.outcomes.keys().copied().collect::<std::collections::BTreeSet<_>>();
        let mut schedule = Schedule::new(run, |step| chosen(step) && !decided.contains(&step.id));
        let total = run.plan.steps.iter().filter(|step| chosen(step)).count();
        let mut over =
            run.plan.steps.iter().filter(|step| chosen(step) && decided.contains(&step.id)).count();
        (run.progress)(phase, over, Some(total));
        let journal = Journalled { log: run.log };
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < run.concurrency.max(1)
                && let Some(step) = schedule.next()
            {
                let obstacle = self.obstacle(step, report);
                let journal = &journal;
                running.push(async move {
                    let ended = match obstacle {
                        Some(ended) => ended,
                        None => {
                            let (outcome, message) = self.step(step, journal).await;
                            let ended = (outcome, self.index().without_identifiers(&message));
                            let object = self.fingerprint_of(step).filter(|_| ended.0.is_success());
                            match journal.ended(step.id, ended.0, &ended.1, object).await {
                                Ok(()) => ended,
                                Err(error) => {
                                    failed(format!("the journal cannot be written: {error}"))
                                }
                            }
                        }
                    };
                    (step.id, ended)
                });
            }
            let Some((id, ended)) = running.next().await else { break };
            report.outcomes.insert(id, ended);
            schedule.over(id);
            over += 1;
            (run.progress)(phase, over, Some(total));
        }
    }

    /// Why a step is not even tried, if it is not.
    fn obstacle(&self, step: &Step, report: &Report) -> Option<Ended> {
        if *self.run.stop.borrow() {
            return Some((Outcome::NotStarted, "the run was stopped before".to_owned()));
        }
        let is_stale = |(outcome, _): &Ended| *outcome == Outcome::Stale;
        if self.run.on_stale == OnStale::Stop && report.outcomes.values().any(is_stale) {
            let why = "another step was stale, and the run was to stop there";
            return Some((Outcome::NotStarted, why.to_owned()));
        }
        let missed = step.needs.iter().find_map(|need| {
            let (outcome, _) = report.outcomes.get(need)?;
            (!outcome.is_success() && !self.is_only_before(*need, step))
                .then_some((*need, *outcome))
        });
        let (need, outcome) = missed?;
        let name = self
            .run
            .plan
            .steps
            .iter()
            .find(|other| other.id == need)
            .map(|other| other.address.to_string());
        let needed = format!("it needs step {need} ({})", name.unwrap_or_default());
        let message = if outcome == Outcome::Unselected {
            let both = Selector::with_needs(&step.address);
            format!("{needed}, which is not selected; select both: --select '{both}'")
        } else {
            format!("{needed}, which did not succeed")
        };
        Some((
            if outcome == Outcome::NotStarted { Outcome::NotStarted } else { Outcome::Blocked },
            message,
        ))
    }

    /// Whether a step only comes before another, whose object can be there without: it is about one that
    /// others name in texts, or of a kind that comes first.
    fn is_only_before(&self, id: StepId, other: &Step) -> bool {
        let step = self.run.plan.steps.iter().find(|step| step.id == id);
        let table = step.and_then(|step| self.table(&step.address));
        let follows =
            |kind| self.table(&other.address).is_some_and(|t| t.kind.after.contains(&kind));
        table.is_some_and(|table| table.kind.mention.is_some() || follows(table.kind))
    }

    async fn step(&self, step: &Step, journal: &Journalled<'_>) -> Ended {
        if let Err(message) = self.agrees(step) {
            return failed(message);
        }
        match step.change {
            Change::Create => self.create(step, journal).await,
            Change::Update | Change::Rename => self.update(step, journal).await,
            Change::Replace => self.replace(step, journal).await,
            Change::Grants => self.set_grants(step, journal).await,
            Change::Delete => self.delete(step, journal).await,
        }
    }
}
