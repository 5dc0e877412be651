//! Objects that are not what the last apply left: conflicts, edits that stay, what does not converge.

use std::fmt::Write as _;

use serde_json::Value;

use super::human::Human;
use super::paint::Tone;
use super::path::path;
use super::text::{counted, cut, plain, wrap};
use super::value::value;
use crate::model::{Diverged, Divergence, Plan};

/// Why objects are not what the last apply left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Source and target both changed it.
    Conflict,
    /// It was edited in the target, and stays.
    Kept,
    /// The target made it otherwise than it was sent.
    NotConvergent,
}

/// How many objects of one sort are drawn.
const OBJECTS: usize = 10;

impl Why {
    /// All of them, the gravest first.
    pub(super) const ALL: [Self; 3] = [Self::Conflict, Self::Kept, Self::NotConvergent];

    /// The plan's objects of this sort.
    pub(super) fn of(self, plan: &Plan) -> &[Diverged] {
        match self {
            Self::Conflict => &plan.conflicts,
            Self::Kept => &plan.kept,
            Self::NotConvergent => &plan.not_convergent,
        }
    }

    /// The heading.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Conflict => "Conflicts: changed on both sides since the last apply, left alone",
            Self::Kept => "Kept: edited in the target since the last apply",
            Self::NotConvergent => "Not convergent: the target made it otherwise than it was sent",
        }
    }

    /// Its objects, many of them.
    pub(super) fn objects(self) -> &'static str {
        match self {
            Self::Conflict => "conflicts",
            Self::Kept => "kept edits",
            Self::NotConvergent => "objects that do not converge",
        }
    }

    /// What can be done about them, where there is something.
    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Conflict => Some(
                "decide with --write-resolutions FILE, or for all with --on-conflict source|target",
            ),
            Self::Kept => Some("--on-edit overwrite makes them again what the snapshot says"),
            Self::NotConvergent => None,
        }
    }

    fn sign(self) -> (&'static str, Tone) {
        match self {
            Self::Conflict => ("!", Tone::Blocked),
            Self::Kept => ("=", Tone::Dim),
            Self::NotConvergent => ("?", Tone::Warning),
        }
    }
}

/// Where the difference is: a field, a right, or the object as a whole.
pub(super) fn place(field: &Divergence) -> String {
    if field.path.is_empty() { "the object".to_owned() } else { path(&field.path) }
}

/// The three values of a field, as far as there are any: what each side is called, and its value. Of an object as
/// a whole, whether it is there.
pub(super) fn sides(field: &Divergence) -> Vec<(&'static str, String)> {
    if field.path.is_empty() {
        let is_there =
            |side: &Option<Value>| if side.is_some() { "there" } else { "deleted" }.to_owned();
        return vec![("snapshot", is_there(&field.source)), ("target", is_there(&field.target))];
    }
    let text = |side: &Option<Value>| side.as_ref().map_or_else(|| "(none)".to_owned(), value);
    let base = field.base.as_ref().map(|base| ("last applied", value(base)));
    let rest = [("snapshot", text(&field.source)), ("target", text(&field.target))];
    base.into_iter().chain(rest).collect()
}

/// Draws the objects of a plan that are not what the last apply left.
pub(crate) fn diverged(human: &Human<'_>, plan: &Plan) -> String {
    Why::ALL.into_iter().map(|why| draw(human, why, why.of(plan))).collect()
}

fn draw(human: &Human<'_>, why: Why, objects: &[Diverged]) -> String {
    if objects.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", human.paint.tone(Tone::Title, why.title()));
    let (sign, tone) = why.sign();
    let limit = if human.expand { usize::MAX } else { OBJECTS };
    let room = human.width.saturating_sub(4);
    for object in objects.iter().take(limit) {
        let name = cut(&plain(&object.address.to_string()), room);
        let _ = writeln!(text, "  {} {name}", human.paint.tone(tone, sign));
        let fields = if human.expand { usize::MAX } else { 5 };
        for field in object.fields.iter().take(fields) {
            let sides: Vec<String> =
                sides(field).into_iter().map(|(side, value)| format!("{side} {value}")).collect();
            let line = format!("{}: {}", place(field), sides.join(", "));
            let line = if human.expand {
                wrap(&line, human.width.saturating_sub(6), 8)
            } else {
                cut(&line, human.width.saturating_sub(6))
            };
            let _ = writeln!(text, "      {}", line.trim_start());
        }
        if object.fields.len() > fields {
            let rest = counted(object.fields.len() - fields, "more field");
            let _ = writeln!(text, "      … {rest}; --expand shows them");
        }
    }
    text.push_str(&human.more(objects.len().saturating_sub(limit), "object"));
    if let Some(hint) = why.hint() {
        let hint = wrap(&format!("hint: {hint}"), human.width.saturating_sub(2), 4);
        let _ = writeln!(text, "  {}", human.paint.tone(Tone::Dim, hint.trim_start()));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_conflict_shows_all_three_values() {
        let objects: Vec<Diverged> = serde_json::from_value(json!([
            {"address": "job:gone", "fields": [{"path": "", "base": "job:gone", "source": "job:gone"}]},
            {"address": "job:a", "fields": [
                {"path": "/timeout_seconds", "base": 1, "source": 2, "target": 3},
                {"path": "/name\u{1b}", "target": "x"},
            ]},
        ]))
        .unwrap();
        let text = draw(&Human::plain(100), Why::Conflict, &objects);
        assert!(
            text.contains(
                "  ! job:a\n      timeout_seconds: last applied 1, snapshot 2, target 3\n"
            ),
            "{text}"
        );
        assert!(
            text.contains("  ! job:gone\n      the object: snapshot there, target deleted\n"),
            "{text}"
        );
        assert!(text.contains("[name\\u{1b}]: snapshot (none), target \"x\"\n"), "{text}");
    }
}
