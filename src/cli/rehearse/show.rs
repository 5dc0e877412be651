//! How a rehearsal went, as it is printed.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::RehearseArgs;
use super::play::Played;
use super::stage::Stage;
use super::unknowns::{Unknown, unplayed};
use crate::cli::plan::{Format, Look};
use crate::cli::render::text::{as_whom, counted, number, plain, wrap};
use crate::cli::render::{Human, List, Page, Tone, findings, outcomes, steps};
use crate::cli::review::Review;
use crate::cli::terminal::Terminal;
use crate::model::{Plan, Step};

/// A rehearsal, and what it is about.
pub(super) struct Seen<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Where it was played.
    pub stage: &'a Stage,
    /// How it went.
    pub played: &'a Played,
    /// What it says nothing about.
    pub unknowns: &'a [Unknown],
    /// How it was asked for.
    pub args: &'a RehearseArgs,
}

/// Counts that are no family of calls.
const NO_FAMILY: [&str; 2] = ["total", "retries"];

/// How many lines of a list are drawn.
const LINES: usize = 20;

impl Seen<'_> {
    /// Draws it in the form that was asked for.
    pub(super) fn draw(&self, look: &Look, terminal: &Terminal) -> String {
        match look.format {
            Format::Json => format!("{:#}\n", self.json()),
            Format::Markdown => self.markdown(look.expand),
            Format::Human => self.human(&Human {
                paint: terminal.paint,
                width: terminal.width,
                expand: look.expand,
                contents: &|_| None,
            }),
        }
    }

    fn count(&self, name: &str) -> usize {
        let count = self.played.requests.get(name).copied().unwrap_or_default();
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    fn families(&self) -> impl Iterator<Item = (&String, &u64)> {
        self.played.requests.iter().filter(|(name, _)| !NO_FAMILY.contains(&name.as_str()))
    }

    fn json(&self) -> Value {
        let (plan, played) = (self.plan, self.played);
        let step = |step: &Step| {
            let (outcome, message) =
                match (self.stage.unplayable.get(&step.id), played.report.outcomes.get(&step.id)) {
                    (Some(reason), _) => (json!("not_rehearsed"), reason.clone()),
                    (None, Some((outcome, message))) => (json!(outcome), message.clone()),
                    (None, None) => (json!("not_started"), String::new()),
                };
            json!({
                "id": step.id, "address": step.address, "change": step.change,
                "outcome": outcome, "message": message,
            })
        };
        let requests: serde_json::Map<String, Value> =
            self.families().map(|(name, count)| (name.clone(), json!(count))).collect();
        json!({
            "verdict": if played.is_success() { "would-succeed" } else { "would-fail" },
            "plan": plan.compute_digest(),
            "target": plan.target,
            "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
            "findings": played.report.findings,
            "requests": {"total": self.count("total"), "retries": self.count("retries"), "families": requests},
            "seconds": played.took.as_secs_f64(),
            "latency_seconds": self.args.latency.as_secs_f64(),
            "chaos": self.args.chaos.map(|seed| json!({"seed": seed, "killed": played.deaths})),
            "second_plan": {"empty": played.left.is_empty(), "steps": played.left},
            "unknown": self.unknowns,
        })
    }

    /// How it went, in one line.
    fn line(&self) -> String {
        let played = self.played;
        let total = self.plan.steps.len() - self.stage.unplayable.len();
        let good =
            played.report.outcomes.values().filter(|(outcome, _)| outcome.is_success()).count();
        let skipped = match self.stage.unplayable.len() {
            0 => String::new(),
            count => format!("; {}", unplayed(count)),
        };
        let (good, of) = (number(good), counted(total, "step"));
        if played.is_success() {
            format!("Would succeed: {of} as wanted, and a second plan is empty{skipped}")
        } else if played.left.is_empty() {
            format!("Would not succeed: {good} of {of} as wanted{skipped}")
        } else {
            let left = counted(played.left.len(), "step");
            format!(
                "Would not succeed: {good} of {of} as wanted, and a second plan has {left}{skipped}"
            )
        }
    }

    /// What it would cost, in one line.
    fn cost(&self) -> String {
        let again = match self.count("retries") {
            0 => String::new(),
            retries => format!(", {} of them once more after trouble,", number(retries)),
        };
        format!(
            "{} requests{again} in {}, at {} a request and under the published limits",
            number(self.count("total")),
            duration(self.played.took),
            duration(self.args.latency)
        )
    }

    /// What went wrong on the way, in one line.
    fn chaos(&self) -> Option<String> {
        let deaths = times(self.played.deaths);
        self.args.chaos.map(|seed| {
            format!("Chaos with seed {seed}: the client was killed {deaths} and went on")
        })
    }

    fn unplayed(&self) -> Vec<String> {
        let named = self.plan.steps.iter().filter_map(|step| {
            let reason = self.stage.unplayable.get(&step.id)?;
            Some(format!("{}: {reason}", step.address))
        });
        named.collect()
    }

    fn human(&self, human: &Human<'_>) -> String {
        let title = |word: &str| human.paint.tone(Tone::Title, word);
        let target = &self.plan.target;
        let mut text = format!(
            "{} on a simulated copy of {}{}\n",
            title("Rehearsed"),
            plain(&target.host),
            as_whom(&target.caller)
        );
        let mut played = self.plan.clone();
        played.steps.retain(|step| !self.stage.unplayable.contains_key(&step.id));
        text.push_str(&outcomes(human, &played, &self.played.report));
        let list = |text: &mut String, head: &str, lines: Vec<String>| {
            if lines.is_empty() {
                return;
            }
            let _ = writeln!(text, "{}", title(head));
            let limit = if human.expand { usize::MAX } else { LINES };
            for line in lines.iter().take(limit) {
                let line = wrap(&plain(line), human.width.saturating_sub(4), 4);
                let _ = writeln!(text, "  - {line}");
            }
            if lines.len() > limit {
                let _ = writeln!(
                    text,
                    "  … and {} more; --expand shows them",
                    number(lines.len() - limit)
                );
            }
            text.push('\n');
        };
        list(&mut text, "Not rehearsed, and why", self.unplayed());
        text.push_str(&findings(human, &self.played.report.findings));
        if !self.played.left.is_empty() {
            let _ = writeln!(text, "{}\n", title("A second plan would still do this"));
            text.push_str(&steps(human, &self.played.left, &Review::default()));
        }
        let _ = writeln!(text, "{}", wrap(&self.cost(), human.width, 0));
        for (name, count) in self.families() {
            let _ = writeln!(
                text,
                "{:>7}  {name}",
                number(usize::try_from(*count).unwrap_or(usize::MAX))
            );
        }
        if let Some(chaos) = self.chaos() {
            let _ = writeln!(text, "{chaos}");
        }
        text.push('\n');
        list(
            &mut text,
            "What a rehearsal cannot know",
            self.unknowns.iter().map(Unknown::line).collect(),
        );
        let _ = writeln!(text, "{}", title(&wrap(&self.line(), human.width, 2)));
        text
    }

    fn markdown(&self, expand: bool) -> String {
        let failed = self.plan.steps.iter().filter_map(|step| {
            let (outcome, message) = self.played.report.outcomes.get(&step.id)?;
            (!outcome.is_success()).then(|| format!("{}: {message}", step.address))
        });
        let left = self.played.left.iter().map(|step| step.address.to_string());
        let found = self.played.report.findings.iter();
        let found = found.map(|one| format!("{}: {}", one.about, one.message));
        let page = Page {
            what: "rehearse",
            host: &self.plan.target.host,
            line: &self.line(),
            steps: &[],
            lists: &[
                List { title: "Would fail", items: failed.collect() },
                List { title: "Left for a second plan", items: left.collect() },
                List { title: "Findings", items: found.collect() },
                List { title: "Not rehearsed", items: self.unplayed() },
                List {
                    title: "Cost",
                    items: [self.cost()].into_iter().chain(self.chaos()).collect(),
                },
                List {
                    title: "What a rehearsal cannot know",
                    items: self.unknowns.iter().map(Unknown::line).collect(),
                },
            ],
        };
        page.markdown(&|_| None, expand)
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => counted(count, "time"),
    }
}

/// A time for people.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_for_people() {
        let shown = |millis| duration(Duration::from_millis(millis));
        assert_eq!(shown(20), "20 ms");
        assert_eq!(shown(1500), "1.5 s");
        assert_eq!(shown(252_000), "4 min 12 s");
        assert_eq!(shown(3_900_000), "1 h 5 min");
        assert_eq!((times(1), times(2)), ("once".to_owned(), "2 times".to_owned()));
    }
}
