//! What an apply leaves for another run, because it is not selected.

use std::collections::BTreeSet;

use crate::cli::error::CliError;
use crate::cli::plan::Source;
use crate::cli::{select, selection};
use crate::engine::apply::Report;
use crate::model::{Finding, Outcome, Plan, Selectors, StepId};

/// The steps that selectors leave for another run, and what is to be said of the selectors.
pub(super) fn unselected(
    plan: &Plan,
    source: &Source,
    selectors: &Selectors,
) -> Result<(BTreeSet<StepId>, Vec<Finding>), CliError> {
    if selectors.is_everything() {
        return Ok((BTreeSet::new(), Vec::new()));
    }
    let desired = source.desired(&selection::everything(), &plan.options);
    let chosen = select::of_plan(plan, selectors, Some(&desired.snapshot.resources))?;
    let left = plan.steps.iter().filter(|step| !chosen.has(&step.address, step.change));
    Ok((left.map(|step| step.id).collect(), chosen.findings))
}

/// How many steps were left for another run.
pub(super) fn left(report: &Report) -> usize {
    report.outcomes.values().filter(|(outcome, _)| *outcome == Outcome::Unselected).count()
}
