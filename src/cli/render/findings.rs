//! Findings, grouped by their code.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::human::Human;
use super::paint::Tone;
use super::text::{number, plain, wrap};
use crate::model::{Finding, Severity};

/// How many findings of one code are drawn.
const SHOWN: usize = 3;

fn word(severity: Severity) -> (&'static str, Tone) {
    match severity {
        Severity::Note => ("note", Tone::Dim),
        Severity::Warning => ("warning", Tone::Warning),
        Severity::Error => ("error", Tone::Error),
    }
}

/// Draws findings by code, the gravest first, with the first few of each.
pub(crate) fn findings(human: &Human<'_>, findings: &[Finding]) -> String {
    let mut codes: BTreeMap<(std::cmp::Reverse<Severity>, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        codes
            .entry((std::cmp::Reverse(finding.severity), &finding.code))
            .or_default()
            .push(finding);
    }
    if codes.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", human.paint.tone(Tone::Title, "Findings"));
    for ((severity, code), findings) in codes {
        let (word, tone) = word(severity.0);
        let head = human.paint.tone(tone, &format!("{word}: {code}"));
        let count: usize = findings.iter().map(|finding| finding.count).sum();
        let _ = writeln!(text, "  {head} ×{}", number(count));
        let limit = match (human.expand, severity.0) {
            (true, _) => usize::MAX,
            (false, Severity::Note) => 1,
            (false, _) => SHOWN,
        };
        for finding in findings.iter().take(limit) {
            let about = match finding.about.as_str() {
                "" => String::new(),
                about => format!("{about}: "),
            };
            let line = wrap(&plain(&format!("{about}{}", finding.message)), human.width - 6, 6);
            let _ = writeln!(text, "    {}", line.trim_start());
        }
        if findings.len() > limit {
            let rest = format!("    … and {} more", number(findings.len() - limit));
            let _ = writeln!(text, "{}", human.paint.tone(Tone::Dim, &rest));
        }
        let mut hints: Vec<&str> = findings
            .iter()
            .map(|finding| finding.hint.as_str())
            .filter(|hint| !hint.is_empty())
            .collect();
        hints.sort_unstable();
        hints.dedup();
        for hint in hints.into_iter().take(2) {
            let hint = wrap(&plain(&format!("hint: {hint}")), human.width - 6, 6);
            let _ = writeln!(text, "    {}", human.paint.tone(Tone::Dim, &hint));
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_first_and_no_more_than_needed() {
        let list: Vec<Finding> = (0..9)
            .map(|n| Finding::warning("odd", format!("job:{n}"), "it is odd").hint("look at it"))
            .chain([Finding::error("unreadable", "job", "the listing failed")])
            .collect();
        let text = findings(&Human::plain(80), &list);
        assert!(text.find("error: unreadable").unwrap() < text.find("warning: odd ×9").unwrap());
        assert_eq!(text.matches("it is odd").count(), 3);
        assert_eq!(text.matches("hint: look at it").count(), 1);
    }
}
