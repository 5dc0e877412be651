//! Steps and blocked objects, for people.

use std::fmt::Write as _;

use super::field::draw_field;
use super::lines::Texts;
use super::paint::{Paint, Tone};
use super::text::{columns, counted, cut, kinds, names, number, plain, wrap};
use super::view::{Group, Topic, View};
use crate::model::{Blocked, Change, Step};

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

/// The most groups of a section, fields of a group and blocked objects that are drawn.
const GROUPS: usize = 30;
const FIELDS: usize = 10;
const BLOCKED: usize = 10;

impl Topic {
    fn tone(self) -> Tone {
        match self {
            Self::Delete => Tone::Delete,
            Self::Replace => Tone::Replace,
            Self::Update | Self::Rename | Self::Complete => Tone::Update,
            Self::Grants | Self::NewGrants => Tone::Grants,
            Self::Create => Tone::Create,
        }
    }
}

impl Human<'_> {
    /// Without colours and contents.
    #[cfg(test)]
    pub(super) fn plain(width: usize) -> Self {
        Human { paint: Paint::plain(), width, expand: false, contents: &|_| None }
    }

    fn more(&self, count: usize, what: &str) -> String {
        if count == 0 {
            return String::new();
        }
        let more = format!("more {what}");
        let text = format!("  … {}; --expand shows the rest", counted(count, &more));
        format!("{}\n", self.paint.tone(Tone::Dim, &text))
    }
}

/// Draws steps in their sections.
pub(crate) fn steps(human: &Human<'_>, steps: &[Step]) -> String {
    sections(human, steps, Topic::title)
}

/// Draws what leads from a snapshot to a workspace in its sections.
pub(crate) fn differences(human: &Human<'_>, steps: &[Step]) -> String {
    sections(human, steps, Topic::difference)
}

fn sections(human: &Human<'_>, steps: &[Step], title: fn(Topic) -> &'static str) -> String {
    let view = View::of(steps, human.expand);
    let mut text = String::new();
    for section in &view.sections {
        let _ = writeln!(text, "{}", human.paint.tone(Tone::Title, title(section.topic)));
        let limit = if human.expand { usize::MAX } else { GROUPS };
        for group in section.groups.iter().take(limit) {
            text.push_str(&draw_group(human, section.topic, group));
        }
        text.push_str(&human.more(section.groups.len().saturating_sub(limit), "group"));
        if let Some(look) = section.look() {
            let _ = writeln!(text, "{}", human.paint.tone(Tone::Dim, &format!("  {look}")));
        }
        text.push('\n');
    }
    text
}

fn draw_group(human: &Human<'_>, topic: Topic, group: &Group<'_>) -> String {
    let sign = human.paint.tone(topic.tone(), topic.sign());
    let indent = columns(topic.sign()) + 3;
    let room = human.width.saturating_sub(indent);
    let lead = " ".repeat(indent + 2);
    let mut text = String::new();
    let keys = || group.members.iter().map(|address| address.key.as_str());
    if let [address] = group.members.as_slice() {
        let _ = writeln!(text, "  {sign} {}", cut(&plain(&address.to_string()), room));
    } else {
        let count = number(group.members.len());
        let head = format!("{count} {}", kinds(group.kind, group.members.len()));
        let one = match group.fields.as_slice() {
            [field] if field.path != "/content" => format!("{head}: {}", super::field::line(field)),
            _ => head.clone(),
        };
        if columns(&one) <= room && one != head {
            let _ = writeln!(text, "  {sign} {one}");
            let _ =
                writeln!(text, "{lead}{}", human.paint.tone(Tone::Dim, &names(keys(), room - 2)));
            return text;
        }
        let first = names(keys(), room.saturating_sub(columns(&head) + 2));
        let _ = writeln!(text, "  {sign} {head}: {first}");
    }
    for note in &group.notes {
        let note = wrap(note, room - 2, indent + 2);
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

/// The word for a change that does not happen.
fn verb(change: Change) -> &'static str {
    match change {
        Change::Create => "create",
        Change::Update => "change",
        Change::Rename => "rename",
        Change::Replace => "replace",
        Change::Delete => "delete",
        Change::Grants => "set rights of",
    }
}

/// Draws what must not be done, with reason and hint; what has both in common stands together.
pub(crate) fn blocked(human: &Human<'_>, blocked: &[Blocked]) -> String {
    if blocked.is_empty() {
        return String::new();
    }
    let mut groups: Vec<Vec<&Blocked>> = Vec::new();
    let alike = |a: &Blocked, b: &Blocked| {
        (a.change, &a.address.kind, &a.reason, &a.hint)
            == (b.change, &b.address.kind, &b.reason, &b.hint)
    };
    for one in blocked {
        match groups.iter_mut().find(|group| !human.expand && alike(group[0], one)) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let mut text = format!("{}\n", human.paint.tone(Tone::Title, "Blocked: not done, and why"));
    let limit = if human.expand { usize::MAX } else { BLOCKED };
    for group in groups.iter().take(limit) {
        draw_blocked(human, group, &mut text);
    }
    let rest = groups.iter().skip(limit).map(Vec::len).sum();
    text.push_str(&human.more(rest, "blocked object"));
    text.push('\n');
    text
}

fn draw_blocked(human: &Human<'_>, group: &[&Blocked], text: &mut String) {
    let Blocked { address, change, reason, hint } = group[0];
    let room = human.width.saturating_sub(4);
    let (head, each) = if group.len() == 1 {
        (format!("{} {}", verb(*change), plain(&address.to_string())), "")
    } else {
        let count = group.len();
        let head = format!("{} {} {}: ", verb(*change), number(count), kinds(&address.kind, count));
        let keys = group.iter().map(|one| one.address.key.as_str());
        let first = names(keys, room.saturating_sub(columns(&head)));
        (format!("{head}{first}"), "each: ")
    };
    let _ = writeln!(text, "  {} {}", human.paint.tone(Tone::Blocked, "!"), cut(&head, room));
    let reason = wrap(&format!("{each}{}", plain(reason)), human.width - 6, 6);
    let _ = writeln!(text, "      {}", reason.trim_start());
    if !hint.is_empty() {
        let hint = wrap(&format!("hint: {}", plain(hint)), human.width - 6, 6);
        let _ = writeln!(text, "      {}", human.paint.tone(Tone::Dim, &hint));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, FieldChange};
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
            let text = steps(&Human::plain(width), &many);
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
        let text = steps(&Human::plain(80), &[update(1, &odd, &odd, "b")]);
        assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}[31mred\\n"), "{text}");
        assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
    }

    #[test]
    fn blocked_objects_say_why() {
        let one = Blocked {
            address: Address::new("job", "x"),
            change: Change::Create,
            reason: "it refers to cluster:y, which neither the target nor the snapshot has".into(),
            hint: "create it in the target, then plan again".into(),
        };
        let other = Blocked { address: Address::new("job", "y"), ..one.clone() };
        let both = blocked(&Human::plain(60), &[one.clone(), other]);
        assert!(both.contains("  ! create 2 jobs: x, y\n      each: it refers to"), "{both}");
        let text = blocked(&Human::plain(60), &[one]);
        assert!(text.contains("  ! create job:x\n") && text.contains("hint: create it"), "{text}");
        assert!(text.lines().all(|line| columns(line) <= 60), "{text}");
    }
}
