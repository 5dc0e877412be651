//! Which step may start when.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::io;

use super::{Apply, Log};
use crate::model::{Outcome, Record, Step, StepId};

/// Writes records before and after steps.
pub(super) struct Journalled<'a> {
    pub(super) log: Log<'a>,
}

impl Journalled<'_> {
    /// Puts a record on disk.
    pub(super) async fn write(&self, record: Record) -> io::Result<()> {
        (self.log)(record).await.map_err(|error| {
            io::Error::new(error.kind(), format!("the journal cannot be written: {error}"))
        })
    }

    /// Puts on disk that a step starts, before its first request leaves.
    pub(super) async fn started(&self, step: StepId, namesakes: Option<usize>) -> io::Result<()> {
        self.write(Record::Started { step, namesakes }).await
    }

    /// Puts on disk how a step ended.
    pub(super) async fn ended(
        &self,
        step: StepId,
        outcome: Outcome,
        message: &str,
        object: Option<String>,
    ) -> io::Result<()> {
        (self.log)(Record::Ended { step, outcome, message: message.to_owned(), object }).await
    }
}

/// Steps that wait for others, and steps that may start.
pub(super) struct Schedule<'a> {
    steps: BTreeMap<StepId, &'a Step>,
    waiting: BTreeMap<StepId, BTreeSet<StepId>>,
    dependents: BTreeMap<StepId, Vec<StepId>>,
    ready: BinaryHeap<Reverse<StepId>>,
}

impl<'a> Schedule<'a> {
    /// Schedules some of a plan's steps; what is not among them is taken to be decided.
    pub(super) fn new(run: &Apply<'a>, chosen: impl Fn(&Step) -> bool) -> Self {
        let steps: BTreeMap<StepId, &'a Step> =
            run.plan.steps.iter().filter(|step| chosen(step)).map(|step| (step.id, step)).collect();
        let mut schedule = Self {
            waiting: BTreeMap::new(),
            dependents: BTreeMap::new(),
            ready: BinaryHeap::new(),
            steps,
        };
        for (id, step) in &schedule.steps {
            let needs: BTreeSet<StepId> = step
                .needs
                .iter()
                .copied()
                .filter(|need| schedule.steps.contains_key(need))
                .collect();
            for need in &needs {
                schedule.dependents.entry(*need).or_default().push(*id);
            }
            if needs.is_empty() {
                schedule.ready.push(Reverse(*id));
            }
            schedule.waiting.insert(*id, needs);
        }
        schedule
    }

    /// The next step that may start.
    pub(super) fn next(&mut self) -> Option<&'a Step> {
        let Reverse(id) = self.ready.pop()?;
        self.steps.get(&id).copied()
    }

    /// Notes that a step is over, so that those waiting for it may start.
    pub(super) fn over(&mut self, id: StepId) {
        for dependent in self.dependents.remove(&id).unwrap_or_default() {
            if let Some(needs) = self.waiting.get_mut(&dependent) {
                needs.remove(&id);
                if needs.is_empty() {
                    self.ready.push(Reverse(dependent));
                }
            }
        }
    }
}
