//! One field that changes.

use std::fmt::Write as _;

use super::human::Human;
use super::lines::{compare, draw, texts};
use super::paint::Tone;
use super::path::path;
use super::text::{columns, cut, plain, wrap};
use super::value::value;
use crate::model::FieldChange;

/// What stands before and after: the value of the snapshot takes the place of none.
fn sides(field: &FieldChange) -> (Option<String>, Option<String>) {
    let before = field.before.as_ref().or(field.source.as_ref());
    let text = |text: &serde_json::Value| match text {
        // Levels of rights, which need no quotes.
        serde_json::Value::String(level) if field.path.starts_with("/grants/") => plain(level),
        other => value(other),
    };
    (before.map(text), field.after.as_ref().map(text))
}

/// The field on one line, whatever its length, without sign or colours.
pub(super) fn line(field: &FieldChange) -> String {
    let name = path(&field.path);
    let text = match sides(field) {
        (Some(before), Some(after)) if before == after => format!("{name}: {after}"),
        (Some(before), Some(after)) => format!("{name}: {before} ⇒ {after}"),
        (None, Some(after)) => format!("{name}: {after}"),
        (Some(before), None) => format!("{name}: {before}"),
        (None, None) => name,
    };
    if field.cause.is_empty() { text } else { format!("{text}  [{}]", plain(&field.cause)) }
}

/// The sign in front of the field, and its tone.
pub(super) fn sign(field: &FieldChange) -> (&'static str, Tone) {
    match (&field.before, &field.source, &field.after) {
        (None, None, Some(_)) => ("+", Tone::Create),
        (_, _, None) => ("-", Tone::Delete),
        _ => ("~", Tone::Update),
    }
}

/// Draws the field, on several lines where one is not enough.
pub(super) fn draw_field(human: &Human<'_>, field: &FieldChange, indent: usize) -> String {
    let lead = " ".repeat(indent);
    let (sign, tone) = sign(field);
    let sign = human.paint.tone(tone, sign);
    let room = human.width.saturating_sub(indent + 2);
    let name = path(&field.path);
    let cause = if field.cause.is_empty() {
        String::new()
    } else {
        human.paint.tone(Tone::Dim, &format!("  [{}]", plain(&field.cause)))
    };
    if let Some((before, after)) =
        texts(field.before.as_ref(), field.after.as_ref(), human.contents)
        && before != after
    {
        let lines = compare(&before, &after);
        let limit = if human.expand { usize::MAX } else { 12 };
        let mut text = format!("{lead}{sign} {}\n", cut(&format!("{name}:{cause}"), room));
        text.push_str(&draw(&lines, human.paint, human.width, indent + 4, limit));
        return text;
    }
    let one = line(field);
    if columns(&one) <= room {
        let body = one.strip_suffix(&format!("  [{}]", plain(&field.cause))).unwrap_or(&one);
        return format!("{lead}{sign} {body}{cause}\n");
    }
    let mut text = format!("{lead}{sign} {}\n", cut(&format!("{name}:{cause}"), room));
    let (before, after) = sides(field);
    let mut side = |mark: &str, tone, value: Option<String>| {
        let Some(value) = value else { return };
        let value = if human.expand {
            wrap(&value, room.saturating_sub(6), indent + 6)
        } else {
            cut(&value, room.saturating_sub(6))
        };
        let _ = writeln!(text, "{lead}    {}", human.paint.tone(tone, &format!("{mark} {value}")));
    };
    if before != after {
        side("-", Tone::Delete, before);
    }
    side("+", Tone::Create, after);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn field(before: Option<Value>, after: Option<Value>, cause: &str) -> FieldChange {
        FieldChange { path: "/a".into(), before, after, source: None, cause: cause.into() }
    }

    #[test]
    fn a_field_is_one_line_with_its_cause() {
        let human = Human::plain(80);
        let change = field(Some(json!("x")), Some(json!("y")), "emails.exact (line 4)");
        let drawn = draw_field(&human, &change, 2);
        assert_eq!(drawn, "  ~ a: \"x\" ⇒ \"y\"  [emails.exact (line 4)]\n");
        assert_eq!(draw_field(&human, &field(None, Some(json!(1)), ""), 0), "+ a: 1\n");
        assert_eq!(draw_field(&human, &field(Some(json!(1)), None, ""), 0), "- a: 1\n");
    }

    #[test]
    fn long_values_stand_below_each_other() {
        let human = Human::plain(80);
        let change = field(Some(json!("x".repeat(100))), Some(json!("y".repeat(100))), "");
        let drawn = draw_field(&human, &change, 2);
        assert_eq!(drawn.lines().count(), 3, "{drawn}");
        assert!(drawn.lines().all(|line| columns(line) <= 80), "{drawn}");
    }

    #[test]
    fn structures_are_compared_line_by_line() {
        let human = Human::plain(80);
        let change = field(Some(json!({"k": 1, "same": 2})), Some(json!({"k": 3, "same": 2})), "");
        assert_eq!(draw_field(&human, &change, 0), "~ a:\n    -k: 1\n    +k: 3\n     same: 2\n");
    }
}
