//! What a run did, as its journal tells it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Digest, Grant, Image, Plan, Record, Step, StepId};

/// What a run did, as its journal tells it.
#[derive(Default)]
pub(super) struct Past<'a> {
    started: BTreeSet<StepId>,
    objects: BTreeMap<StepId, &'a str>,
    before: BTreeMap<StepId, (Option<&'a Image>, Option<&'a BTreeSet<Grant>>)>,
    left: BTreeMap<StepId, (&'a Digest, Option<&'a Image>)>,
}

impl<'a> Past<'a> {
    /// Reads a journal.
    ///
    /// # Errors
    /// In words, if it cannot be the journal of this plan.
    pub(super) fn of(plan: &Plan, records: &'a [Record]) -> Result<Self, String> {
        let steps: BTreeMap<StepId, &Step> =
            plan.steps.iter().map(|step| (step.id, step)).collect();
        let mut past = Self::default();
        for record in records {
            let step = match record {
                Record::Opened { .. } | Record::Locking { .. } | Record::Closed => continue,
                Record::Before { step, .. }
                | Record::Started { step, .. }
                | Record::Left { step, .. }
                | Record::Ended { step, .. } => *step,
            };
            let Some(planned) = steps.get(&step) else {
                return Err(format!("it tells of a step {step}, which the plan does not have"));
            };
            match record {
                Record::Started { .. } => drop(past.started.insert(step)),
                // The first image stands: what a later run finds may be an earlier one's work.
                Record::Before { object, grants, .. } => {
                    if object.as_ref().is_some_and(|image| !image.spec.is_object()) {
                        let address = &planned.address;
                        return Err(format!("what it says {address} was before is no object"));
                    }
                    past.before.entry(step).or_insert((object.as_ref(), grants.as_ref()));
                }
                Record::Left { digest, object, .. } => {
                    past.left.insert(step, (digest, object.as_ref()));
                }
                Record::Ended { object, .. } => {
                    past.objects.extend(object.as_deref().map(|object| (step, object)));
                }
                Record::Opened { .. } | Record::Locking { .. } | Record::Closed => {}
            }
        }
        Ok(past)
    }

    /// Whether a step was begun, so that it may have had an effect.
    pub(super) fn began(&self, step: StepId) -> bool {
        self.started.contains(&step)
    }

    /// The fingerprint of the object that a step created, where that was noted.
    pub(super) fn object(&self, step: StepId) -> Option<&'a str> {
        self.objects.get(&step).copied()
    }

    /// What an object was before a step changed it.
    pub(super) fn image(&self, step: StepId) -> Option<&'a Image> {
        self.before.get(&step)?.0
    }

    /// The rights on an object before a step changed them or took the object away.
    pub(super) fn grants(&self, step: StepId) -> Option<&'a BTreeSet<Grant>> {
        self.before.get(&step)?.1
    }

    /// The digest of what reading back showed.
    pub(super) fn left(&self, step: StepId) -> Option<&'a Digest> {
        Some(self.left.get(&step)?.0)
    }

    /// What the server made of what a step wrote, where that was something else.
    pub(super) fn echoed(&self, step: StepId) -> Option<&'a Image> {
        self.left.get(&step)?.1
    }
}
