//! What a comparison of a workspace with a snapshot found, as it is printed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::judge::{Judgement, Verdict};
use crate::cli::connection::Target;
use crate::cli::plan::{Format, Look, Source};
use crate::cli::render::text::{as_whom, kinds, number, plain, wrap};
use crate::cli::render::{Human, List, Page, Texts, Tone, differences, findings};
use crate::cli::terminal::Terminal;
use crate::model::{Change, Severity};

/// A judgement, and what it is about.
pub(super) struct Seen<'a> {
    /// The judgement.
    pub judgement: &'a Judgement,
    /// The snapshot.
    pub source: &'a Source,
    /// The workspace.
    pub target: &'a Target,
    /// Contents of either side.
    pub texts: Texts<'a>,
}

/// How many things that could not be compared are named.
const NAMED: usize = 20;

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
                contents: self.texts,
            }),
        }
    }

    fn json(&self) -> Value {
        let judgement = self.judgement;
        let of = |change: Change| -> Vec<String> {
            let steps = judgement.steps.iter().filter(|step| step.change == change);
            steps.map(|step| step.address.to_string()).collect()
        };
        let differences: Vec<Value> = judgement
            .steps
            .iter()
            .filter(|step| matches!(step.change, Change::Update | Change::Grants))
            .map(|step| {
                let fields: Vec<Value> = step
                    .fields
                    .iter()
                    .map(|field| json!({"path": field.path, "snapshot": field.before, "workspace": field.after}))
                    .collect();
                json!({"address": step.address, "fields": fields})
            })
            .collect();
        let source = &self.target.caller.source;
        json!({
            "verdict": match judgement.verdict() {
                Verdict::Equal => "equal",
                Verdict::Different => "different",
                Verdict::Unverified => "unverified",
            },
            "snapshot": self.source.dir.root_digest(),
            "target": {"host": source.host, "workspace_id": source.workspace_id, "caller": source.caller},
            "same": judgement.same,
            "missing": of(Change::Delete),
            "differences": differences,
            "extra": of(Change::Create),
            "allowed_extra": judgement.allowed,
            "unverified": judgement.unverified,
            "outside": judgement.outside,
            "findings": judgement.findings,
        })
    }

    /// What was found, in one line.
    fn line(&self) -> String {
        let judgement = self.judgement;
        let count = |change| judgement.steps.iter().filter(|step| step.change == change).count();
        let counts = [
            (count(Change::Delete), "missing"),
            (count(Change::Update), "different"),
            (count(Change::Grants), "with other rights"),
            (count(Change::Create), "only in the workspace"),
            (judgement.unverified.len(), "not compared"),
        ];
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!("{} {words}", number(count)))
            .collect();
        let mut line = match judgement.verdict() {
            Verdict::Equal => format!("Equal: {} as the snapshot says", number(judgement.same)),
            Verdict::Different => {
                format!("Different: {}; {} the same", counts.join(", "), number(judgement.same))
            }
            Verdict::Unverified => format!(
                "Not verified: {}; {} the same, and nothing that was compared differs",
                counts.join(", "),
                number(judgement.same)
            ),
        };
        if !judgement.allowed.is_empty() {
            let _ = write!(line, "; {} more in the workspace", number(judgement.allowed.len()));
        }
        line
    }

    /// What was not compared because the snapshot was not to hold it.
    fn outside(&self) -> Option<String> {
        let outside: Vec<String> = self
            .judgement
            .outside
            .iter()
            .map(|(kind, count)| format!("{} {}", number(*count), kinds(kind, *count)))
            .collect();
        (!outside.is_empty()).then(|| {
            format!(
                "The snapshot was not to hold these, so they are not compared: {}",
                outside.join(", ")
            )
        })
    }

    fn unverified(&self) -> Vec<String> {
        let unverified = self.judgement.unverified.iter();
        unverified.map(|(about, reason)| format!("{about}: {reason}")).collect()
    }

    fn human(&self, human: &Human<'_>) -> String {
        let source = &self.target.caller.source;
        let title = |word: &str| human.paint.tone(Tone::Title, word);
        let mut text = format!(
            "{} {}{}\n{} {} ({})\n\n",
            title("Target  "),
            plain(&source.host),
            as_whom(&source.caller),
            title("Snapshot"),
            plain(&self.source.dir.dir().display().to_string()),
            self.source.dir.root_digest().short()
        );
        text.push_str(&differences(human, &self.judgement.steps));
        let unverified = self.unverified();
        if !unverified.is_empty() {
            let _ = writeln!(text, "{}", title("Not compared, and why"));
            let limit = if human.expand { usize::MAX } else { NAMED };
            for line in unverified.iter().take(limit) {
                let line = wrap(&plain(line), human.width.saturating_sub(4), 4);
                let _ = writeln!(text, "  ? {line}");
            }
            if unverified.len() > limit {
                let rest = number(unverified.len() - limit);
                let _ = writeln!(text, "  … and {rest} more; --expand shows them");
            }
            text.push('\n');
        }
        text.push_str(&findings(human, &self.judgement.findings));
        if let Some(outside) = self.outside() {
            let _ = writeln!(text, "{}\n", wrap(&plain(&outside), human.width, 2));
        }
        let _ = writeln!(text, "{}", title(&wrap(&self.line(), human.width, 2)));
        text
    }

    fn markdown(&self, expand: bool) -> String {
        let warnings = self.judgement.findings.iter().filter(|one| one.severity != Severity::Note);
        let warnings = warnings.map(|one| format!("{}: {}", one.about, one.message)).collect();
        let page = Page {
            what: "verify",
            host: &self.target.caller.source.host,
            line: &self.line(),
            steps: &self.judgement.steps,
            lists: &[
                List { title: "Not compared", items: self.unverified() },
                List { title: "Not in the snapshot", items: self.outside().into_iter().collect() },
                List { title: "Findings", items: warnings },
            ],
        };
        page.markdown(self.texts, expand)
    }
}
