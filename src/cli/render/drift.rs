//! What was edited in the target since the last apply.

use super::text::number;
use crate::engine::Drift;
use crate::model::{Change, Step};

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
    let counts: Vec<String> = by_change(drift)
        .map(|(edited, words)| format!("{} {words}", number(edited.len())))
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

/// What was edited, by what happened to it, with words for that; nothing is empty.
pub(super) fn by_change(drift: &Drift) -> impl Iterator<Item = (Vec<&Step>, &'static str)> {
    let all = WORDS.into_iter().map(|(change, words)| (of(drift, change).collect(), words));
    all.filter(|(edited, _): &(Vec<&Step>, _)| !edited.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::drift_markdown;
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
        assert!(text.len() < 65_000 && text.contains("Left out here: 4,"), "{}", text.len());
    }
}
