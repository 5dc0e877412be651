//! What must not be done, and why.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::human::Human;
use super::paint::Tone;
use super::text::{columns, cut, kinds, names, number, plain, wrap};
use crate::model::{Blocked, Change};

/// How many blocked groups are drawn.
const BLOCKED: usize = 10;

/// The word for a change that does not happen.
pub(super) fn verb(change: Change) -> &'static str {
    match change {
        Change::Create => "create",
        Change::Update => "change",
        Change::Rename => "rename",
        Change::Replace => "replace",
        Change::Delete => "delete",
        Change::Grants => "set rights of",
    }
}

/// Blocked objects that have change, kind, reason and hint in common, in the order of the first of each.
pub(super) fn groups(blocked: &[Blocked], expand: bool) -> Vec<Vec<&Blocked>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<&Blocked>> = Vec::new();
    for (index, one) in blocked.iter().enumerate() {
        let alone = if expand { index } else { 0 };
        let signature = (alone, one.change, &one.address.kind, &one.reason, &one.hint);
        let place = *places.entry(signature).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// Draws what must not be done, with reason and hint; what has both in common stands together.
pub(crate) fn blocked(human: &Human<'_>, blocked: &[Blocked]) -> String {
    if blocked.is_empty() {
        return String::new();
    }
    let groups = groups(blocked, human.expand);
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
    use crate::model::Address;

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
