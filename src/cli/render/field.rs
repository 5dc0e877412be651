//! One field that changes.

use std::fmt::Write as _;

use super::human::Human;
use super::lines::{compare, draw, texts};
use super::paint::Tone;
use super::path::path;
use super::text::{columns, cut, plain, wrap};
use super::value::value;
use crate::model::FieldChange;

/// The values of a field, each on one line.
pub(super) struct Sides {
    /// In the target.
    pub(super) before: Option<String>,
    /// As it will be.
    pub(super) after: Option<String>,
    /// In the snapshot, before a rewrite.
    pub(super) source: Option<String>,
}

/// The values of a field, each on one line.
pub(super) fn sides(field: &FieldChange) -> Sides {
    let text = |text: &serde_json::Value| match text {
        // Levels of rights and who holds them, which need no quotes.
        serde_json::Value::String(level) if field.is_right() => plain(level),
        other => value(other),
    };
    Sides {
        before: field.before.as_ref().map(text),
        after: field.after.as_ref().map(text),
        source: field.source.as_ref().map(text),
    }
}

/// What stands before and after: the value of the snapshot takes the place of none.
fn two_sides(field: &FieldChange) -> (Option<String>, Option<String>) {
    let Sides { before, after, source } = sides(field);
    // What a rewrite changed about a right is who holds it, which is no value.
    (before.or(source.filter(|_| !field.is_right())), after)
}

/// Why it changes, in brackets: the rule, and for a right who held it before the rule applied.
fn cause(field: &FieldChange) -> String {
    let holder =
        field.source.as_ref().filter(|_| field.is_right()).and_then(|holder| holder.as_str());
    match (holder, field.cause.as_str()) {
        (_, "") => String::new(),
        (Some(holder), rule) => format!("  [{}, {}]", plain(holder), plain(rule)),
        (None, rule) => format!("  [{}]", plain(rule)),
    }
}

/// The field on one line, whatever its length, without sign or colours.
pub(crate) fn line(field: &FieldChange) -> String {
    let name = path(&field.path);
    let text = match two_sides(field) {
        (Some(before), Some(after)) if before == after => format!("{name}: {after}"),
        (Some(before), Some(after)) => format!("{name}: {before} ⇒ {after}"),
        (None, Some(after)) => format!("{name}: {after}"),
        (Some(before), None) => format!("{name}: {before}"),
        (None, None) => name,
    };
    format!("{text}{}", cause(field))
}

/// The sign in front of the field, and its tone.
pub(super) fn sign(field: &FieldChange) -> (&'static str, Tone) {
    match (&field.before, &field.source, &field.after) {
        (None, None, Some(_)) => ("+", Tone::Create),
        (None, Some(_), Some(_)) if field.is_right() => ("+", Tone::Create),
        (_, _, None) => ("-", Tone::Delete),
        _ => ("~", Tone::Update),
    }
}

/// Draws the field, on several lines where one is not enough.
pub(crate) fn draw_field(human: &Human<'_>, field: &FieldChange, indent: usize) -> String {
    let lead = " ".repeat(indent);
    let (sign, tone) = sign(field);
    let sign = human.paint.tone(tone, sign);
    let room = human.width.saturating_sub(indent + 2);
    let name = path(&field.path);
    let reason = cause(field);
    let cause =
        if reason.is_empty() { String::new() } else { human.paint.tone(Tone::Dim, &reason) };
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
    let body = one.strip_suffix(&reason).unwrap_or(&one);
    if columns(&one) <= room {
        return format!("{lead}{sign} {body}{cause}\n");
    }
    if columns(body) <= room && !reason.is_empty() {
        let below = cut(reason.trim_start(), room.saturating_sub(2));
        return format!("{lead}{sign} {body}\n{lead}    {}\n", human.paint.tone(Tone::Dim, &below));
    }
    let mut text = format!("{lead}{sign} {}\n", cut(&format!("{name}:{cause}"), room));
    let (before, after) = two_sides(field);
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
    fn a_rewritten_right_names_who_held_it() {
        let mut right = field(None, Some(json!("CAN_EDIT")), "emails.domain (line 5)");
        right.path = "/grants/user:a@new.com".into();
        right.source = Some(json!("user:a@old.com"));
        assert_eq!(
            draw_field(&Human::plain(80), &right, 0),
            "+ user:a@new.com: CAN_EDIT  [user:a@old.com, emails.domain (line 5)]\n"
        );
        assert_eq!(
            draw_field(&Human::plain(50), &right, 0),
            "+ user:a@new.com: CAN_EDIT\n    [user:a@old.com, emails.domain (line 5)]\n"
        );
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
