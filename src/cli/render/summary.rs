//! A plan in one line.

use super::text::number;
use crate::model::{Change, Plan, Step};

fn of(steps: &[Step], change: Change) -> usize {
    steps.iter().filter(|step| step.change == change && !is_look(step)).count()
}

/// Whether a step only makes sure that nothing is granted on a new object.
fn is_look(step: &Step) -> bool {
    step.change == Change::Grants && step.fields.is_empty()
}

/// What happens, in figures; what does not happen at all is left out.
fn changes(steps: &[Step]) -> Vec<String> {
    let looks = steps.iter().filter(|step| is_look(step)).count();
    [
        (Change::Create, "to create"),
        (Change::Update, "to change"),
        (Change::Rename, "to rename"),
        (Change::Replace, "to replace"),
        (Change::Delete, "to delete"),
        (Change::Grants, "rights to set"),
    ]
    .into_iter()
    .map(|(change, words)| (of(steps, change), words))
    .chain([(looks, "rights to look at")])
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{} {words}", number(count)))
    .collect()
}

/// The plan in one line.
pub(crate) fn summary_line(plan: &Plan) -> String {
    let summary = &plan.summary;
    let changes = changes(&plan.steps);
    let mut parts = Vec::new();
    if changes.is_empty() {
        parts.push("No changes".to_owned());
    } else {
        parts.push(format!("Plan: {}", changes.join(", ")));
    }
    if !plan.blocked.is_empty() {
        parts.push(format!("{} blocked", number(plan.blocked.len())));
    }
    parts.push(format!("{} in sync", number(summary.in_sync)));
    if summary.collisions > 0 {
        parts.push(format!("{} already there and different", number(summary.collisions)));
    }
    if summary.foreign > 0 {
        parts.push(format!("{} only in the target, left alone", number(summary.foreign)));
    }
    if summary.unselected > 0 {
        parts.push(format!("{} not selected", number(summary.unselected)));
    }
    if summary.requests > 0 {
        parts.push(format!("~{} requests", number(summary.requests)));
    }
    parts.join("; ")
}

/// The difference of two snapshots in one line.
pub(crate) fn comparison_line(steps: &[Step], same: usize, hidden: usize) -> String {
    let mut same = format!("{} the same", number(same));
    if hidden > 0 {
        same.push_str(&format!("; {} not selected", number(hidden)));
    }
    let counts: Vec<String> = [
        (Change::Create, "added"),
        (Change::Delete, "removed"),
        (Change::Update, "changed"),
        (Change::Grants, "with other rights"),
    ]
    .into_iter()
    .map(|(change, words)| (of(steps, change), words))
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{} {words}", number(count)))
    .collect();
    if counts.is_empty() {
        format!("No differences; {same}")
    } else {
        format!("Differences: {}; {same}", counts.join(", "))
    }
}
