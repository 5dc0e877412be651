//! Steps and blocked objects, for people.

use std::fmt::Write as _;

use super::field::draw_field;
use super::lines::Texts;
use super::paint::{Paint, Tone};
use super::risk::{difference, sign, title, tone};
use super::text::{columns, counted, cut, kinds, names, names_of, number, plain, wrap};
use super::view::{Group, View};
use crate::cli::review::Review;
use crate::engine::Risk;
use crate::model::{Address, Step};

/// How steps are drawn.
pub(crate) struct Human<'a> {
    /// Colours.
    pub paint: Paint,
    /// The columns of a line.
    pub width: usize,
    /// Whether every object stands alone, with all its fields.
    pub expand: bool,
    /// Where contents come from.
    pub contents: Texts<'a>,
}

/// The most groups of a section, and fields of a group, that are drawn.
const GROUPS: usize = 30;
const FIELDS: usize = 10;

impl Human<'_> {
    /// Without colours and contents.
    #[cfg(test)]
    pub(super) fn plain(width: usize) -> Self {
        Human { paint: Paint::plain(), width, expand: false, contents: &|_| None }
    }

    pub(super) fn more(&self, count: usize, what: &str) -> String {
        if count == 0 {
            return String::new();
        }
        let more = format!("more {what}");
        let text = format!("  … {}; --expand shows the rest", counted(count, &more));
        format!("{}\n", self.paint.tone(Tone::Dim, &text))
    }
}

/// Draws steps in their sections.
pub(crate) fn steps(human: &Human<'_>, steps: &[Step], review: &Review<'_>) -> String {
    sections(human, &View::of(steps, human.expand), title, review)
}

/// Draws what leads from a snapshot to a workspace in its sections.
pub(crate) fn differences(human: &Human<'_>, steps: &[Step]) -> String {
    let view = View::of_differences(steps, human.expand);
    sections(human, &view, difference, &Review::default())
}

fn sections(
    human: &Human<'_>,
    view: &View<'_>,
    title: fn(Risk) -> &'static str,
    review: &Review<'_>,
) -> String {
    let mut text = String::new();
    for section in &view.sections {
        let _ = writeln!(text, "{}", human.paint.tone(Tone::Title, title(section.risk)));
        let limit = if human.expand { usize::MAX } else { GROUPS };
        for group in section.groups.iter().take(limit) {
            text.push_str(&draw_group(human, section.risk, group, review));
        }
        text.push_str(&human.more(section.groups.len().saturating_sub(limit), "group"));
        if let Some(look) = section.look() {
            let _ = writeln!(text, "{}", human.paint.tone(Tone::Dim, &format!("  {look}")));
        }
        text.push('\n');
    }
    text
}

fn draw_group(human: &Human<'_>, risk: Risk, group: &Group<'_>, review: &Review<'_>) -> String {
    let indent = columns(sign(risk)) + 3;
    let sign = human.paint.tone(tone(risk), sign(risk));
    let room = human.width.saturating_sub(indent);
    let lead = " ".repeat(indent + 2);
    let mut text = String::new();
    let reach = struck(group, review, room);
    let keys = || group.members().map(|address| address.key.as_str());
    if let [step] = group.steps.as_slice() {
        let _ = writeln!(text, "  {sign} {}", cut(&plain(&step.address.to_string()), room));
    } else {
        let count = number(group.steps.len());
        let head = format!("{count} {}", kinds(group.kind, group.steps.len()));
        let one = match group.fields.as_slice() {
            [field] if field.path != "/content" => format!("{head}: {}", super::field::line(field)),
            _ => head.clone(),
        };
        if columns(&one) <= room && one != head {
            let _ = writeln!(text, "  {sign} {one}");
            let _ =
                writeln!(text, "{lead}{}", human.paint.tone(Tone::Dim, &names(keys(), room - 2)));
            if let Some(note) = &reach {
                let _ = writeln!(text, "{lead}{}", human.paint.tone(Tone::Dim, note));
            }
            return text;
        }
        let first = names(keys(), room.saturating_sub(columns(&head) + 2));
        let _ = writeln!(text, "  {sign} {head}: {first}");
    }
    for note in group.notes.iter().chain(&reach) {
        let note = wrap(&plain(note), room - 2, indent + 2);
        let _ = writeln!(text, "{lead}{}", human.paint.tone(Tone::Dim, &note));
    }
    let limit = if human.expand { usize::MAX } else { FIELDS };
    for field in group.fields.iter().take(limit) {
        text.push_str(&draw_field(human, field, indent + 2));
    }
    if group.fields.len() > limit {
        let rest = format!("… {} more fields; --expand shows them", group.fields.len() - limit);
        let _ = writeln!(text, "{lead}{}", human.paint.tone(Tone::Dim, &rest));
    }
    text
}

/// What depends on the objects of a group, in one line; nothing for objects on which nothing depends.
fn struck(group: &Group<'_>, review: &Review<'_>, room: usize) -> Option<String> {
    let members: Vec<&Address> = group.members().collect();
    let reach = review.reach(&members);
    if reach.is_empty() {
        return None;
    }
    let verb = if reach.len() == 1 { "depends" } else { "depend" };
    let them = if members.len() == 1 { "it" } else { "them" };
    let head = format!("{} {verb} on {them}: ", counted(reach.len(), "object"));
    let all: Vec<String> = reach.iter().take(50).map(ToString::to_string).collect();
    Some(names_of(
        all.iter().map(String::as_str),
        reach.len(),
        room.saturating_sub(columns(&head) + 2),
    ))
    .map(|names| format!("{head}{names}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Change, FieldChange};
    use serde_json::json;

    fn update(id: u32, key: &str, before: &str, after: &str) -> Step {
        let field = FieldChange {
            path: "/node_type_id".into(),
            before: Some(json!(before)),
            after: Some(json!(after)),
            source: None,
            cause: String::new(),
        };
        Step { fields: vec![field], ..Step::new(id, Address::new("job", key), Change::Update) }
    }

    #[test]
    fn what_is_the_same_is_one_line() {
        let many: Vec<Step> = (0..412)
            .map(|n| update(n, &format!("job {n}"), "i3.xlarge", "Standard_L4s_v3"))
            .collect();
        for width in [80, 120] {
            let text = steps(&Human::plain(width), &many, &Review::default());
            assert!(
                text.contains("  ~ 412 jobs: node_type_id: \"i3.xlarge\" ⇒ \"Standard_L4s_v3\"\n"),
                "{text}"
            );
            assert!(text.lines().all(|line| columns(line) <= width), "{text}");
        }
    }

    #[test]
    fn names_do_not_move_the_cursor_and_lines_fit() {
        let odd = format!("\u{1b}[31mred\n{}", "漢".repeat(100));
        let text = steps(&Human::plain(80), &[update(1, &odd, &odd, "b")], &Review::default());
        assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}[31mred\\n"), "{text}");
        assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
    }

    #[test]
    fn what_depends_on_a_change_is_named() {
        let blast = crate::engine::Blast {
            direct: 1,
            all: vec![Address::new("job", "b"), Address::new("job", "c")],
        };
        let review =
            Review { blast: [(Address::new("job", "a"), blast)].into(), ..Review::default() };
        let text = steps(&Human::plain(80), &[update(1, "a", "x", "y")], &review);
        assert!(text.contains("  ~ job:a\n      2 objects depend on it: job:b, job:c\n"), "{text}");
    }
}
