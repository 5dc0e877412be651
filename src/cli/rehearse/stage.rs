//! The stage of a rehearsal: a simulated copy of the target that goes by the target's name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::cli::connection::Target;
use crate::cli::copy::{Copy, copy_of};
use crate::cli::error::CliError;
use crate::cli::in_process::{Death, Way, open, open_by};
use crate::cli::plan::{Source, see};
use crate::cli::selection;
use crate::client::{Limits, Patience};
use crate::engine::{Otherwise, Progress, seen_otherwise};
use crate::kind::Kind;
use crate::model::{Address, Change, Plan, Step, StepId};
use crate::sim::{self, Options};

const TOKEN: &str = "dapi-rehearsal";

/// A simulated copy of a plan's target.
pub(super) struct Stage {
    /// The copy, and what it lacks.
    pub copy: Copy,
    /// Steps that say nothing about the target when they are carried out here, with the reason.
    pub unplayable: BTreeMap<StepId, String>,
    host: String,
    concurrency: usize,
}

impl Stage {
    /// Builds the copy, and finds out what of a plan can be played on it.
    pub(super) async fn build(
        plan: &Plan,
        source: &Source,
        target: &Source,
        unlike: &BTreeMap<Address, Otherwise>,
        latency: Duration,
        concurrency: usize,
    ) -> Result<Self, CliError> {
        let options = Options {
            token: TOKEN.to_owned(),
            user: plan.target.caller.clone(),
            workspace_id: plan.target.workspace_id.as_ref().and_then(|id| id.parse().ok()),
            latency,
            limits: sim::Limits::Published,
            ..Options::default()
        };
        let catalogue = selection::everything();
        let desired = source.desired(&catalogue, &plan.options);
        let touched =
            plan.steps.iter().filter_map(|step| desired.snapshot.resources.get(&step.address));
        let calm =
            Options { latency: Duration::ZERO, limits: sim::Limits::None, ..options.clone() };
        let copy = copy_of(target, calm, touched).await?;
        // The copy is read with nothing in the way, and only then does it get the target's pace.
        let reader = open(&copy.workspace, TOKEN).await?;
        let progress: Progress = Arc::new(|_, _, _| {});
        let seen = see(&reader, &catalogue, &desired, progress).await?;
        let mut reasons: BTreeMap<Address, String> = BTreeMap::new();
        for (address, how) in seen_otherwise(plan, &seen.live.snapshot) {
            // Whoever calls is there in any copy.
            if how != Otherwise::New {
                reasons.insert(
                    address,
                    format!("the copy is not as the plan saw the target: it {}", words(how)),
                );
            }
        }
        for (address, how) in unlike {
            let reason = format!(
                "the target's snapshot is not as the plan saw the target: it {}",
                words(*how)
            );
            reasons.insert(address.clone(), reason);
        }
        for (address, reason) in &copy.unplanted {
            reasons.insert(address.clone(), format!("the copy lacks it: {reason}"));
        }
        let unplayable = unplayable(plan, |step| {
            let kind = catalogue.kind(&step.address.kind)?;
            let unserved = || {
                let served =
                    calls(kind, step).all(|(method, path)| copy.workspace.serves(method, path));
                (!served).then(|| format!("the simulator does not play the kind {}", kind.name))
            };
            reasons.get(&step.address).cloned().or_else(unserved)
        });
        let copy = Copy { workspace: copy.workspace.copy_with(options), ..copy };
        Ok(Self { copy, unplayable, host: plan.target.host.clone(), concurrency })
    }

    /// Signs in as whoever made the plan, as `apply` would; waits follow from nothing but the requests.
    pub(super) async fn enter(&self, death: Option<Death>) -> Result<Target, CliError> {
        let way = Way {
            host: self.host.clone(),
            limits: Limits::Published,
            patience: Patience { jitter: 0.0, ..Patience::default() },
            concurrency: self.concurrency,
            death,
        };
        open_by(way, &self.copy.workspace, TOKEN).await
    }
}

/// The difference, in words that follow the object's name.
pub(super) fn words(how: Otherwise) -> &'static str {
    match how {
        Otherwise::Gone => "is not there",
        Otherwise::New => "is new",
        Otherwise::Changed => "differs",
        Otherwise::Rights => "has other rights",
    }
}

/// The calls that a step of a kind makes, as the kind's table has them.
fn calls(kind: &'static Kind, step: &Step) -> impl Iterator<Item = (&'static str, &'static str)> {
    let calls = match step.change {
        Change::Create => vec![kind.api.create],
        Change::Update => vec![kind.api.update],
        Change::Replace => vec![kind.api.delete, kind.api.create],
        Change::Delete => vec![kind.api.delete],
        Change::Grants => Vec::new(),
    };
    calls.into_iter().flatten().map(|call| (call.method.name(), call.path))
}

/// The steps that cannot be played, and those that need one of them.
fn unplayable(plan: &Plan, why: impl Fn(&Step) -> Option<String>) -> BTreeMap<StepId, String> {
    let mut found: BTreeMap<StepId, String> = BTreeMap::new();
    for step in &plan.steps {
        let reason = why(step).or_else(|| {
            let needed = step.needs.iter().find(|need| found.contains_key(need))?;
            Some(format!("it needs step {needed}, which cannot be rehearsed"))
        });
        found.extend(reason.map(|reason| (step.id, reason)));
    }
    found
}

/// The addresses of some steps.
pub(super) fn addresses<'a>(
    plan: &'a Plan,
    steps: &'a BTreeMap<StepId, String>,
) -> BTreeSet<&'a Address> {
    plan.steps
        .iter()
        .filter(|step| steps.contains_key(&step.id))
        .map(|step| &step.address)
        .collect()
}
