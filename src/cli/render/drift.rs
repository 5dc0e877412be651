//! What was edited in the target since the last apply.

use std::fmt::Write as _;

use super::code::code;
use super::field;
use super::text::{cut, number};
use crate::engine::Drift;
use crate::model::{Change, Severity, Step};

/// What a comment may hold, with room for a word around it.
const LONGEST: usize = 60_000;

/// What happened to objects, the gravest first.
const WORDS: [(Change, &str); 5] = [
    (Change::Delete, "deleted"),
    (Change::Replace, "deleted and made anew"),
    (Change::Update, "edited"),
    (Change::Rename, "renamed"),
    (Change::Grants, "with other rights"),
];

fn of(drift: &Drift, change: Change) -> impl Iterator<Item = &Step> {
    drift.steps.iter().filter(move |step| step.change == change)
}

/// What was edited, in one line.
pub(crate) fn drift_line(drift: &Drift) -> String {
    let counts: Vec<String> = WORDS
        .into_iter()
        .map(|(change, words)| (of(drift, change).count(), words))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{} {words}", number(count)))
        .collect();
    let head = match counts.as_slice() {
        [] => "No drift".to_owned(),
        counts => format!("Drift: {}", counts.join(", ")),
    };
    let mut parts = vec![head, format!("{} as the last apply left them", number(drift.unchanged))];
    if drift.foreign > 0 {
        parts.push(format!("{} never applied, not compared", number(drift.foreign)));
    }
    parts.join("; ")
}

/// Writes it as markdown that fits a comment.
pub(crate) fn drift_markdown(drift: &Drift, host: &str) -> String {
    let mut text = format!("## brickform drift of {}\n\n**{}**\n", code(host), drift_line(drift));
    let mut left_out = 0;
    let add = |text: &mut String, more: &str| {
        let fits = text.len() + more.len() < LONGEST;
        if fits {
            text.push_str(more);
        }
        fits
    };
    for (change, words) in WORDS {
        let count = of(drift, change).count();
        if count == 0 || !add(&mut text, &format!("\n### {} {words}\n\n", number(count))) {
            left_out += count;
            continue;
        }
        left_out += of(drift, change).filter(|step| !add(&mut text, &draw(step))).count();
    }
    let graver = |severity: &Severity| *severity != Severity::Note;
    for finding in drift.findings.iter().filter(|finding| graver(&finding.severity)) {
        let about = code(&finding.about);
        add(&mut text, &format!("\n- {about} {}\n", code(&finding.message)));
    }
    if left_out > 0 {
        let _ = write!(text, "\n{} more do not fit here.\n", number(left_out));
    }
    text
}

fn draw(step: &Step) -> String {
    let before = step.from.as_ref().map(|from| format!(", before {}", code(&from.to_string())));
    let address = code(&step.address.to_string());
    let mut text = format!("- {address}{}\n", before.unwrap_or_default());
    for field in &step.fields {
        let _ = writeln!(text, "  - {}", code(&cut(&field::line(field), 400)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, FieldChange, Finding};
    use serde_json::json;

    fn drift(objects: usize) -> Drift {
        let field = FieldChange {
            path: "/n".to_owned(),
            before: Some(json!(1)),
            after: Some(json!("`</details>`")),
            source: None,
            cause: "last changed 2024-05-01T00:00:00Z".to_owned(),
        };
        let step = |n: usize| Step {
            fields: vec![field.clone()],
            ..Step::new(1, Address::new("job", format!("etl {n}")), Change::Update)
        };
        Drift {
            steps: (0..objects).map(step).collect(),
            unchanged: 1234,
            foreign: 5,
            findings: vec![Finding::warning("not-seen", "job:x", "it is not shown")],
        }
    }

    #[test]
    fn one_line_says_how_much_drifted() {
        let none = Drift { foreign: 0, ..drift(0) };
        assert_eq!(drift_line(&none), "No drift; 1,234 as the last apply left them");
        assert_eq!(
            drift_line(&drift(2)),
            "Drift: 2 edited; 1,234 as the last apply left them; 5 never applied, not compared"
        );
    }

    #[test]
    fn a_comment_shows_what_fits() {
        let text = drift_markdown(&drift(2), "https://two.example");
        for part in ["## brickform drift of `https://two.example`", "### 2 edited", "- `job:etl 1`"]
        {
            assert!(text.contains(part), "{text}");
        }
        assert!(
            text.contains("last changed 2024-05-01") && text.contains("it is not shown"),
            "{text}"
        );
        let text = drift_markdown(&drift(5000), "h");
        assert!(text.len() < 65_000 && text.contains("more do not fit here"), "{}", text.len());
    }
}
