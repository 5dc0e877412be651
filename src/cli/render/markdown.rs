//! A plan as a comment on a pull request.

use std::collections::BTreeMap;

use super::access::{count_line, sentence};
use super::code::{block, code};
use super::comment::Comment;
use super::diverged::{Why, place, sides};
use super::drift::drift_line;
use super::lines::{Texts, compare, texts};
use super::risk::{difference, is_grave, sign, title};
use super::summary::summary_line;
use super::text::{cut, kinds, names, number};
use super::view::{Group, Section, View};
use super::{blocked, field};
use crate::cli::review::Review;
use crate::engine::{Access, Drift, Effect, Risk};
use crate::model::{Blocked, Diverged, Finding, Plan, Severity, Step};

/// The most lines of a group, and columns of a line.
const LINES: usize = 30;
const COLUMNS: usize = 400;

/// Writes a plan as markdown that fits a comment, whatever is in it.
pub(crate) fn markdown(
    plan: &Plan,
    review: &Review<'_>,
    contents: Texts<'_>,
    expand: bool,
) -> String {
    let host = code(&cut(&plan.target.host, COLUMNS));
    let mut comment =
        Comment::new(format!("## brickform plan for {host}\n\n**{}**\n", summary_line(plan)));
    if !plan.blocked.is_empty() {
        let head = format!("\n### Blocked ({})\n\n", number(plan.blocked.len()));
        let groups = blocked::groups(&plan.blocked, expand);
        let pieces = groups.iter().map(|group| (group.len(), draw_blocked(group)));
        comment.section((&head, ""), "blocked objects", 0.25, pieces);
    }
    diverged(&mut comment, Why::Conflict, plan);
    for section in &View::of(&plan.steps, expand).sections {
        steps(&mut comment, section, title, review, contents, expand);
    }
    diverged(&mut comment, Why::Kept, plan);
    diverged(&mut comment, Why::NotConvergent, plan);
    if let Some(access) = &review.access {
        access_short(&mut comment, access);
    }
    grave(&mut comment, &plan.findings);
    comment.finish(
        "`brickform show PLAN --expand` shows everything, and `--format html` makes a page of it.",
    )
}

/// Writes the difference of two snapshots as markdown that fits a comment. `line` says it in one.
pub(crate) fn comparison_markdown(
    (before, after): (&str, &str),
    line: &str,
    differences: &[Step],
    review: &Review<'_>,
    all: &[Finding],
    contents: Texts<'_>,
    expand: bool,
) -> String {
    let [before, after] = [before, after].map(|name| code(&cut(name, COLUMNS)));
    let head = format!("## brickform diff from {before} to {after}\n\n**{line}**\n");
    let mut comment = Comment::new(head);
    for section in &View::of_differences(differences, expand).sections {
        steps(&mut comment, section, difference, review, contents, expand);
    }
    if let Some(access) = &review.access {
        access_short(&mut comment, access);
    }
    grave(&mut comment, all);
    findings(&mut comment, all, Severity::Note, "Notes");
    comment.finish(
        "`brickform diff A B --expand` shows everything, and `--format html` makes a page of it.",
    )
}

/// Writes what was edited in the target since the last apply as markdown that fits a comment.
pub(crate) fn drift_markdown(drift: &Drift, host: &str) -> String {
    let head = format!("## brickform drift of {}\n\n**{}**\n", code(host), drift_line(drift));
    let mut comment = Comment::new(head);
    for (edited, words) in super::drift::by_change(drift) {
        let head = format!("\n### {} {words}\n\n", number(edited.len()));
        let pieces = edited.iter().map(|step| (1, draw_edited(step)));
        comment.section((&head, ""), words, 0.8, pieces);
    }
    grave(&mut comment, &drift.findings);
    comment.finish("`brickform drift DIR --expand` shows everything.")
}

fn draw_edited(step: &Step) -> String {
    let before = step.from.as_ref().map(|from| format!(", before {}", code(&from.to_string())));
    let address = code(&step.address.to_string());
    let mut text = format!("- {address}{}\n", before.unwrap_or_default());
    for change in &step.fields {
        text.push_str(&format!("  - {}\n", code(&cut(&field::line(change), COLUMNS))));
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
        let (what, host) = (self.what, code(&cut(self.host, COLUMNS)));
        let mut comment =
            Comment::new(format!("## brickform {what} for {host}\n\n**{}**\n", self.line));
        let nothing = Review::default();
        for section in &View::of_differences(self.steps, expand).sections {
            steps(&mut comment, section, difference, &nothing, contents, expand);
        }
        for List { title, items } in self.lists.iter().filter(|list| !list.items.is_empty()) {
            let head = format!("\n### {title} ({})\n\n", number(items.len()));
            let lines = items.iter().map(|item| (1, format!("- {}\n", code(&cut(item, 1_000)))));
            comment.section((&head, ""), "lines", 0.6, lines);
        }
        comment.finish(&format!("`brickform {what} --expand` shows them."))
    }
}

/// Writes who gains and loses what as markdown that fits a comment.
pub(crate) fn access_markdown(plan: &Plan, access: &Access) -> String {
    let host = code(&cut(&plan.target.host, COLUMNS));
    let mut comment = Comment::new(format!("## Access after the brickform plan for {host}\n"));
    for effect in [Effect::Loses, Effect::Gains, Effect::Goes, Effect::New] {
        access_section(&mut comment, access, effect, 0.6);
    }
    if access.changes.is_empty() {
        return comment.finish("") + "\nNobody gains or loses access.\n";
    }
    comment.finish("`brickform show PLAN --access` shows everything.")
}

fn access_short(comment: &mut Comment, access: &Access) {
    access_section(comment, access, Effect::Loses, 0.5);
    let counts = [Effect::Gains, Effect::Goes, Effect::New];
    let lines = counts.map(|effect| count_line(access, effect));
    let lines = lines.into_iter().filter(|line| !line.is_empty());
    let head = "\n### Other access\n\n";
    comment.section((head, ""), "lines", 1.0, lines.map(|line| (1, format!("- {line}\n"))));
}

fn access_section(comment: &mut Comment, access: &Access, effect: Effect, share: f64) {
    let line = count_line(access, effect);
    if line.is_empty() {
        return;
    }
    let head = format!("\n### Access: {line}\n\n");
    let changes = access.changes.iter().filter(|change| change.effect == effect);
    let pieces = changes
        .map(|change| (1, format!("- {}\n", code(&cut(&sentence(change, 100), 2 * COLUMNS)))));
    comment.section((&head, ""), "changes of access", share, pieces);
}

fn steps(
    comment: &mut Comment,
    section: &Section<'_>,
    title: fn(Risk) -> &'static str,
    review: &Review<'_>,
    contents: Texts<'_>,
    expand: bool,
) {
    let count: usize = section.groups.iter().map(|group| group.steps.len()).sum();
    let open = if is_grave(section.risk) { " open" } else { "" };
    let (title, count) = (title(section.risk), number(count));
    let head = format!("\n<details{open}><summary>{title} ({count})</summary>\n\n");
    let look = section.look().map(|look| (0, format!("- {look}\n")));
    let groups = section.groups.iter();
    let pieces = groups
        .map(|group| (group.steps.len(), draw(section.risk, group, review, contents, expand)));
    comment.section((&head, "\n</details>\n"), "objects", 0.6, pieces.chain(look));
}

fn draw_blocked(group: &[&Blocked]) -> String {
    let Blocked { address, change, reason, hint } = group[0];
    let what = if group.len() == 1 {
        code(&cut(&address.to_string(), COLUMNS))
    } else {
        let keys = group.iter().map(|one| one.address.key.as_str());
        let count = group.len();
        format!("**{} {}** {}", number(count), kinds(&address.kind, count), code(&names(keys, 200)))
    };
    let mut text = format!("- {} {what}: {}\n", blocked::verb(*change), code(&cut(reason, 1_000)));
    if !hint.is_empty() {
        text.push_str(&format!("  hint: {}\n", code(&cut(hint, COLUMNS))));
    }
    text
}

fn diverged(comment: &mut Comment, why: Why, plan: &Plan) {
    let objects = why.of(plan);
    if objects.is_empty() {
        return;
    }
    let head = format!("\n### {} ({})\n\n", why.title(), number(objects.len()));
    let draw = |object: &Diverged| {
        let mut text = format!("- {}\n", code(&cut(&object.address.to_string(), COLUMNS)));
        let line = |field| {
            let sides: Vec<String> = sides(field)
                .into_iter()
                .map(|(side, value)| format!("{side} {}", cut(&value, COLUMNS / 4)))
                .collect();
            format!("{}: {}", place(field), sides.join(", "))
        };
        let mut lines: Vec<String> = object.fields.iter().take(LINES).map(line).collect();
        if object.fields.len() > LINES {
            lines.push(format!("… {} more fields", object.fields.len() - LINES));
        }
        text.push_str(&block("", &lines));
        text
    };
    let pieces = objects.iter().map(|object| (1, draw(object)));
    comment.section((&head, ""), why.objects(), 0.4, pieces);
}

/// Writes what is wrong, and what may be.
fn grave(comment: &mut Comment, all: &[Finding]) {
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings")] {
        findings(comment, all, severity, title);
    }
}

fn findings(comment: &mut Comment, all: &[Finding], severity: Severity, title: &str) {
    let mut codes: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in all.iter().filter(|finding| finding.severity == severity) {
        codes.entry(&finding.code).or_default().push(finding);
    }
    if codes.is_empty() {
        return;
    }
    let count = codes.values().map(Vec::len).sum();
    let head = format!("\n### {title} ({})\n\n", number(count));
    let pieces = codes.into_iter().map(|(word, findings)| {
        let mut text = format!("- **{}** {}\n", number(findings.len()), code(word));
        for finding in findings.iter().take(3) {
            let (about, message) = (&finding.about, &finding.message);
            let line = format!("{about}: {message}");
            let line = line.strip_prefix(": ").unwrap_or(&line);
            text.push_str(&format!("  - {}\n", code(&cut(line, COLUMNS))));
        }
        if findings.len() > 3 {
            text.push_str(&format!("  - … and {} more\n", number(findings.len() - 3)));
        }
        (findings.len(), text)
    });
    comment.section((&head, ""), "findings", 0.6, pieces);
}

fn draw(
    risk: Risk,
    group: &Group<'_>,
    review: &Review<'_>,
    contents: Texts<'_>,
    expand: bool,
) -> String {
    let mut text = match group.steps.as_slice() {
        [step] => {
            let address = cut(&step.address.to_string(), COLUMNS);
            format!("- {} {}\n", code(sign(risk)), code(&address))
        }
        steps => {
            let keys = group.members().map(|address| address.key.as_str());
            format!(
                "- {} **{} {}**: {}\n",
                code(sign(risk)),
                number(steps.len()),
                kinds(group.kind, steps.len()),
                code(&names(keys, 300))
            )
        }
    };
    for note in &group.notes {
        text.push_str(&format!("  {}\n", code(&cut(note, COLUMNS))));
    }
    let members: Vec<_> = group.members().collect();
    let reach = review.reach(&members);
    if !reach.is_empty() {
        let first: Vec<String> = reach.iter().take(20).map(ToString::to_string).collect();
        let first = super::text::names_of(first.iter().map(String::as_str), reach.len(), 200);
        text.push_str(&format!("  depends on it: {}\n", code(&first)));
    }
    let lines = lines(group, contents);
    if lines.is_empty() {
        return text;
    }
    let limit = if expand { 10 * LINES } else { LINES };
    let mut shown: Vec<String> = lines.iter().take(limit).map(|line| cut(line, COLUMNS)).collect();
    if lines.len() > limit {
        shown.push(format!("… {} more lines", number(lines.len() - limit)));
    }
    text + &block("diff", &shown)
}

/// The fields of a group as lines of a patch.
fn lines(group: &Group<'_>, contents: Texts<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &group.fields {
        let (sign, _) = field::sign(change);
        let sign = if sign == "~" { "!" } else { sign };
        match texts(change.before.as_ref(), change.after.as_ref(), contents) {
            Some((before, after)) if before != after => {
                lines.push(format!("! {}", super::path::path(&change.path)));
                let patch = compare(&before, &after);
                lines.extend(
                    patch
                        .iter()
                        .map(|line| line.as_ref().map_or("⋮".to_owned(), |line| line.patch())),
                );
            }
            _ => lines.push(format!("{sign} {}", field::line(change))),
        }
    }
    lines
}

#[cfg(test)]
mod tests;
