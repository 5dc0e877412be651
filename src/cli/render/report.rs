//! How an apply went: every step exactly once, by how it ended.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::findings::findings;
use super::human::Human;
use super::paint::Tone;
use super::text::{number, plain, wrap};
use crate::engine::apply::{NOT_CONVERGENT, Report};
use crate::model::{Outcome, Plan, Step};

/// The outcomes, the good ones first, in words.
const WORDS: [(Outcome, &str); 7] = [
    (Outcome::Done, "done"),
    (Outcome::Already, "already as wanted"),
    (Outcome::Stale, "stale: changed in the target since the plan"),
    (Outcome::Failed, "failed"),
    (Outcome::Blocked, "left out: what they need is not there"),
    (Outcome::NotStarted, "not started"),
    (Outcome::Unselected, "not selected"),
];

/// How many steps of one outcome are named.
const NAMED: usize = 20;

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Done | Outcome::Already => Tone::Create,
        Outcome::Stale | Outcome::NotStarted | Outcome::Unselected => Tone::Warning,
        Outcome::Failed | Outcome::Blocked => Tone::Error,
    }
}

/// Draws a report.
pub(crate) fn report(human: &Human<'_>, plan: &Plan, report: &Report) -> String {
    let mut text = outcomes(human, plan, report);
    text.push_str(&findings(human, &report.findings));
    let _ = writeln!(text, "{}", wrap(&verdict(plan, report), human.width, 0));
    text
}

/// Draws what became of the steps of a plan.
pub(crate) fn outcomes(human: &Human<'_>, plan: &Plan, report: &Report) -> String {
    let mut by_outcome: BTreeMap<Outcome, Vec<(&Step, &str)>> = BTreeMap::new();
    for step in &plan.steps {
        let (outcome, message) = report
            .outcomes
            .get(&step.id)
            .map_or((Outcome::NotStarted, ""), |(outcome, message)| (*outcome, message.as_str()));
        by_outcome.entry(outcome).or_default().push((step, message));
    }
    let mut text = String::new();
    for (outcome, words) in WORDS {
        let Some(steps) = by_outcome.get(&outcome) else { continue };
        let count = human.paint.tone(tone(outcome), &format!("{:>7}", number(steps.len())));
        let _ = writeln!(text, "{count}  {words}");
        let of_itself = matches!(outcome, Outcome::NotStarted | Outcome::Unselected);
        if outcome.is_success() || of_itself {
            continue;
        }
        let limit = if human.expand { usize::MAX } else { NAMED };
        for (step, message) in steps.iter().take(limit) {
            let what = serde_json::json!(step.change);
            let what = what.as_str().unwrap_or_default();
            let line = plain(&format!("{what} {}: {message}", step.address));
            let line = wrap(&line, human.width.saturating_sub(13), 13);
            let _ = writeln!(text, "         {}", line.trim_start());
        }
        if steps.len() > limit {
            let _ = writeln!(text, "         … and {} more", number(steps.len() - limit));
        }
    }
    text.push('\n');
    text
}

/// What a second plan would find.
fn verdict(plan: &Plan, report: &Report) -> String {
    let total = plan.steps.len();
    let good = report.outcomes.values().filter(|(outcome, _)| outcome.is_success()).count();
    let stubborn = report.findings.iter().filter(|finding| finding.code == NOT_CONVERGENT).count();
    let left = report.outcomes.values().filter(|(outcome, _)| *outcome == Outcome::Unselected);
    let left = left.count();
    if left > 0 && good + left == total {
        let (good, left) = (number(good), number(left));
        return format!("Applied what was selected: {good} steps are as wanted, {left} were left.");
    }
    if good < total {
        let (good, total) = (number(good), number(total));
        return format!("Applied in part: {good} of {total} steps are as wanted.");
    }
    if stubborn > 0 {
        return format!(
            "Applied, but {} of what was written reads back otherwise; that is noted, and not sent again.",
            number(stubborn)
        );
    }
    if !plan.blocked.is_empty() {
        return format!(
            "Applied: what was written reads back as wanted. A second plan has no steps, and still {} blocked.",
            number(plan.blocked.len())
        );
    }
    "Applied: what was written reads back as wanted, so a second plan is empty.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Change, Digest, Finding, digest_bytes};

    fn plan(steps: u32) -> Plan {
        let digest: Digest = digest_bytes(b"");
        let step = |id| serde_json::json!({"id": id, "address": Address::new("job", format!("j{id}")), "change": Change::Create});
        serde_json::from_value(serde_json::json!({
            "format": "1.0", "snapshot": "s", "snapshot_digest": digest,
            "target": {"host": "h", "workspace_id": null, "caller": "c"}, "options": {},
            "steps": (1..=steps).map(step).collect::<Vec<_>>(), "blocked": [], "observed": {}, "findings": [],
            "summary": {"changes": {}, "in_sync": 0, "foreign": 0, "collisions": 0, "rewritten": 0, "requests": 0},
            "digest": null
        }))
        .unwrap()
    }

    #[test]
    fn every_step_is_counted_once() {
        let mut run = Report::default();
        run.outcomes.insert(1, (Outcome::Done, String::new()));
        run.outcomes.insert(2, (Outcome::Failed, "400: no".into()));
        run.outcomes.insert(3, (Outcome::Blocked, "it needs step 2".into()));
        let text = report(&Human::plain(80), &plan(4), &run);
        for line in
            ["1  done", "1  failed", "1  left out: ", "1  not started", "create job:j2: 400: no"]
        {
            assert!(text.contains(line), "{text}");
        }
        assert!(text.ends_with("Applied in part: 1 of 4 steps are as wanted.\n"), "{text}");
    }

    #[test]
    fn a_second_plan_is_foretold() {
        let mut run = Report::default();
        run.outcomes.insert(1, (Outcome::Done, String::new()));
        assert!(report(&Human::plain(80), &plan(1), &run).contains("a second plan is empty"));
        run.findings.push(Finding::warning(NOT_CONVERGENT, "job:j1", "/a differs"));
        assert!(
            report(&Human::plain(80), &plan(1), &run).replace('\n', " ").contains("not sent again")
        );
    }
}
