//! A plan as a comment on a pull request.

use std::fmt::Write as _;

use super::field;
use super::lines::{Texts, compare, texts};
use super::summary::summary_line;
use super::text::{cut, kinds, names, number, plain};
use super::view::{Group, Topic, View};
use crate::model::{Plan, Severity, Step};

/// What a comment may hold, with room for a word around it.
const LONGEST: usize = 60_000;

/// The most groups of a section, and lines of a group.
const GROUPS: usize = 50;
const LINES: usize = 30;

/// Text in which nothing is markup.
pub(super) fn code(text: &str) -> String {
    let text = plain(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("`{text}`") } else { format!("{fence} {text} {fence}") }
}

/// Writes a plan as markdown that fits a comment.
pub(crate) fn markdown(plan: &Plan, contents: Texts<'_>, expand: bool) -> String {
    let host = code(&plan.target.host);
    let mut text = format!("## brickform plan for {host}\n\n**{}**\n", summary_line(plan));
    let left_out = sections(&mut text, &plan.steps, Topic::title, contents, expand);
    if !plan.blocked.is_empty() {
        let _ = write!(text, "\n### Blocked ({})\n\n", number(plan.blocked.len()));
        for one in plan.blocked.iter().take(GROUPS) {
            let line = format!("- {}: {}\n", code(&one.address.to_string()), code(&one.reason));
            if text.len() + line.len() < LONGEST {
                text.push_str(&line);
            }
        }
    }
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings")] {
        let found: Vec<_> =
            plan.findings.iter().filter(|finding| finding.severity == severity).collect();
        if found.is_empty() {
            continue;
        }
        let _ = write!(text, "\n### {title} ({})\n\n", number(found.len()));
        for finding in found.iter().take(10) {
            let line = format!("- {} {}\n", code(&finding.about), code(&finding.message));
            if text.len() + line.len() < LONGEST {
                text.push_str(&line);
            }
        }
    }
    if left_out > 0 {
        let _ = write!(
            text,
            "\n{} objects are left out here; `brickform show --expand` names them.\n",
            number(left_out)
        );
    }
    text
}

/// A page about differences between a snapshot and a workspace, or about what might come of a plan.
pub(crate) struct Page<'a> {
    /// The command.
    pub what: &'a str,
    /// The workspace.
    pub host: &'a str,
    /// What was found, in one line.
    pub line: &'a str,
    /// What leads from the snapshot to the workspace.
    pub steps: &'a [Step],
    /// What else there is to say.
    pub lists: &'a [List],
}

/// Lines under a heading; nothing is written where there are none.
pub(crate) struct List {
    /// The heading.
    pub title: &'static str,
    /// The lines.
    pub items: Vec<String>,
}

impl Page<'_> {
    /// Writes the page as markdown that fits a comment.
    pub(crate) fn markdown(&self, contents: Texts<'_>, expand: bool) -> String {
        let (what, host) = (self.what, code(self.host));
        let mut text = format!("## brickform {what} for {host}\n\n**{}**\n", self.line);
        let mut left_out = sections(&mut text, self.steps, Topic::difference, contents, expand);
        for List { title, items } in self.lists.iter().filter(|list| !list.items.is_empty()) {
            let _ = write!(text, "\n### {title} ({})\n\n", number(items.len()));
            let mut room = if expand { usize::MAX } else { GROUPS };
            for item in items {
                let line = format!("- {}\n", code(item));
                if room == 0 || text.len() + line.len() > LONGEST {
                    left_out += 1;
                } else {
                    text.push_str(&line);
                    room -= 1;
                }
            }
        }
        if left_out > 0 {
            let _ = write!(
                text,
                "\n{} lines are left out here; `brickform {what} --expand` shows them.\n",
                number(left_out)
            );
        }
        text
    }
}

/// Writes steps in their sections, and says how many objects did not fit.
fn sections(
    text: &mut String,
    steps: &[Step],
    title: fn(Topic) -> &'static str,
    contents: Texts<'_>,
    expand: bool,
) -> usize {
    let mut left_out = 0;
    for section in &View::of(steps, expand).sections {
        let count: usize = section.groups.iter().map(|group| group.members.len()).sum();
        let open =
            if matches!(section.topic, Topic::Replace | Topic::Delete) { " open" } else { "" };
        let head = format!(
            "\n<details{open}><summary>{} ({})</summary>\n\n",
            title(section.topic),
            number(count)
        );
        let mut body = String::new();
        for group in section.groups.iter().take(GROUPS) {
            let drawn = draw(section.topic, group, contents, expand);
            if text.len() + head.len() + body.len() + drawn.len() > LONGEST {
                left_out += group.members.len();
            } else {
                body.push_str(&drawn);
            }
        }
        left_out +=
            section.groups.iter().skip(GROUPS).map(|group| group.members.len()).sum::<usize>();
        if let Some(look) = section.look() {
            let _ = writeln!(body, "- {look}");
        }
        if !body.is_empty() {
            let _ = write!(text, "{head}{body}\n</details>\n");
        }
    }
    left_out
}

fn draw(topic: Topic, group: &Group<'_>, contents: Texts<'_>, expand: bool) -> String {
    let keys = || group.members.iter().map(|address| address.key.as_str());
    let mut text = match group.members.as_slice() {
        [address] => format!("- {} {}\n", code(topic.sign()), code(&address.to_string())),
        members => {
            let room = if expand { usize::MAX } else { 300 };
            format!(
                "- {} **{} {}**: {}\n",
                code(topic.sign()),
                number(members.len()),
                kinds(group.kind, members.len()),
                code(&names(keys(), room))
            )
        }
    };
    for note in &group.notes {
        let _ = writeln!(text, "  {}", code(note));
    }
    let mut lines: Vec<String> = Vec::new();
    for change in &group.fields {
        let (sign, _) = field::sign(change);
        let sign = if sign == "~" { "!" } else { sign };
        match texts(change.before.as_ref(), change.after.as_ref(), contents) {
            Some((before, after)) if before != after => {
                lines.push(format!("! {}", super::path::path(&change.path)));
                lines.extend(
                    compare(&before, &after)
                        .iter()
                        .map(|line| line.as_ref().map_or("⋮".to_owned(), |line| line.patch())),
                );
            }
            _ => lines.push(format!("{sign} {}", cut(&field::line(change), 400))),
        }
    }
    if lines.is_empty() {
        return text;
    }
    let limit = if expand { usize::MAX } else { LINES };
    let rest = lines.len().saturating_sub(limit);
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let _ = writeln!(text, "  {fence}diff");
    for line in lines.iter().take(limit) {
        let _ = writeln!(text, "  {line}");
    }
    if rest > 0 {
        let _ = writeln!(text, "  … {rest} more lines");
    }
    let _ = writeln!(text, "  {fence}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Change, FieldChange, Target, digest_bytes};
    use serde_json::json;

    fn plan(keys: &[String]) -> Plan {
        let step = |(id, key): (usize, &String)| Step {
            fields: vec![FieldChange {
                path: "/n".into(),
                before: Some(json!(key)),
                after: Some(json!("```\n</details>")),
                source: None,
                cause: String::new(),
            }],
            ..Step::new(u32::try_from(id).unwrap(), Address::new("job", key), Change::Update)
        };
        let target = Target { host: "https://h".into(), workspace_id: None, caller: "c".into() };
        let steps = keys.iter().enumerate().map(step).collect();
        Plan { steps, ..Plan::new("s", digest_bytes(b"s"), target) }
    }

    #[test]
    fn names_are_no_markup() {
        let text = markdown(&plan(&["`x` **b**".to_owned()]), &|_| None, false);
        assert!(text.contains("- `~` `` job:`x` **b** ``\n"), "{text}");
        assert!(
            text.contains("  ````diff\n  ! n\n  -`x` **b**\n  +```\n  +</details>\n  ````\n"),
            "{text}"
        );
    }

    #[test]
    fn it_fits_a_comment_however_large_the_plan_is() {
        let keys: Vec<String> = (0..3000).map(|n| format!("{n} {}", "k".repeat(2000))).collect();
        let text = markdown(&plan(&keys), &|_| None, false);
        assert!(text.len() < 65_000, "{}", text.len());
        assert!(text.contains("are left out here"), "{}", &text[text.len() - 200..]);
    }
}
