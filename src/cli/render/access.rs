//! Who gains and who loses access, in words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::human::Human;
use super::paint::Tone;
use super::text::{counted, kinds, names, number, plain, wrap};
use crate::engine::{Access, AccessChange, Effect};
use crate::model::Address;

/// How many losses and gains a plan shows by itself.
const SHOWN: usize = 10;

/// The name of somebody: people by their address alone.
fn who(person: &Address) -> String {
    match person.kind.as_str() {
        "user" => person.key.clone(),
        _ => person.to_string(),
    }
}

fn list(levels: &BTreeSet<String>) -> String {
    levels.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The people in words, with as many names as fit.
fn people(change: &AccessChange, width: usize) -> String {
    match change.people.as_slice() {
        [one] => plain(&who(one)),
        many => {
            let all: Vec<String> = many.iter().map(who).collect();
            let count = number(all.len());
            format!("{count} people ({})", names(all.iter().map(String::as_str), width))
        }
    }
}

/// The objects in words, with as many names as fit.
fn objects(change: &AccessChange, width: usize) -> String {
    match change.objects.as_slice() {
        [one] => plain(&one.to_string()),
        many => {
            let keys = many.iter().map(|address| address.key.as_str());
            let head = format!("{} {}", number(many.len()), kinds(&change.kind, many.len()));
            if width < 20 { head } else { format!("{head} ({})", names(keys, width)) }
        }
    }
}

/// Through which group or folder the right is held, if not directly.
fn way(change: &AccessChange) -> String {
    let mut text = String::new();
    if let [first, inner @ ..] = change.through.as_slice() {
        let _ = write!(text, " through {}", plain(&first.to_string()));
        for group in inner {
            let _ = write!(text, " and {}", plain(&group.to_string()));
        }
    }
    if let Some(folder) = &change.folder {
        let _ = write!(text, " from {}", plain(&folder.to_string()));
    }
    text
}

/// What happens, in one sentence.
pub(super) fn sentence(change: &AccessChange, width: usize) -> String {
    let (many, before, after) =
        (change.people.len() > 1, list(&change.before), list(&change.after));
    let verb = |one: &'static str, more: &'static str| if many { more } else { one };
    let what = match change.effect {
        Effect::Loses if after.is_empty() => format!("{} {before}", verb("loses", "lose")),
        Effect::Loses => format!("{} {after} instead of {before}", verb("has", "have")),
        Effect::Gains if before.is_empty() => format!("{} {after}", verb("gains", "gain")),
        Effect::Gains => format!("{} {after} instead of {before}", verb("gains", "gain")),
        Effect::Goes => format!("{} {before}, which goes away,", verb("has", "have")),
        Effect::New => format!("{} {after}", verb("gets", "get")),
    };
    let new = if change.effect == Effect::New { "new: " } else { "" };
    let (people, objects) = (people(change, width), objects(change, width));
    format!("{people} {} on {new}{objects}{}", plain(&what), way(change))
}

fn sign(effect: Effect) -> (&'static str, Tone) {
    match effect {
        Effect::Loses | Effect::Goes => ("-", Tone::Delete),
        Effect::Gains | Effect::New => ("+", Tone::Create),
    }
}

/// How many people and objects the changes of one effect are about.
pub(super) fn counts(access: &Access, effect: Effect) -> (usize, usize) {
    let changes = || access.changes.iter().filter(|change| change.effect == effect);
    let people: BTreeSet<&Address> = changes().flat_map(|change| &change.people).collect();
    let objects: BTreeSet<&Address> = changes().flat_map(|change| &change.objects).collect();
    (people.len(), objects.len())
}

/// The changes of one effect in one sentence; empty where there are none.
pub(super) fn count_line(access: &Access, effect: Effect) -> String {
    let (people, objects) = counts(access, effect);
    if people == 0 {
        return String::new();
    }
    let who =
        if people == 1 { "1 person".to_owned() } else { format!("{} people", number(people)) };
    let verb = match (effect, people) {
        (Effect::Loses, 1) => "loses access to",
        (Effect::Loses, _) => "lose access to",
        (Effect::Gains, 1) => "gains access to",
        (Effect::Gains, _) => "gain access to",
        (Effect::Goes, 1) => "has rights on what goes away:",
        (Effect::Goes, _) => "have rights on what goes away:",
        (Effect::New, 1) => "gets rights on",
        (Effect::New, _) => "get rights on",
    };
    let what = if effect == Effect::New { "new object" } else { "object" };
    format!("{who} {verb} {}", counted(objects, what))
}

/// Draws who gains and loses what; in short, only what hurts is named.
pub(crate) fn draw_access(human: &Human<'_>, access: &Access, short: bool) -> String {
    if access.changes.is_empty() {
        return if short { String::new() } else { "Nobody gains or loses access.\n\n".to_owned() };
    }
    let mut text = String::new();
    let _ = writeln!(text, "{}", human.paint.tone(Tone::Title, "Access: who gains and loses"));
    for effect in [Effect::Loses, Effect::Gains, Effect::Goes, Effect::New] {
        let changes: Vec<&AccessChange> =
            access.changes.iter().filter(|change| change.effect == effect).collect();
        if changes.is_empty() {
            continue;
        }
        let limit = match (short && !human.expand, effect) {
            (false, _) => usize::MAX,
            (true, Effect::Loses) => SHOWN,
            (true, Effect::Gains) => SHOWN / 2,
            (true, _) => 0,
        };
        let (sign, tone) = sign(effect);
        let sign = human.paint.tone(tone, sign);
        for change in changes.iter().take(limit) {
            let width = if human.expand { usize::MAX / 2 } else { human.width / 3 };
            let line = wrap(&sentence(change, width), human.width.saturating_sub(4), 6);
            let _ = writeln!(text, "  {sign} {}", line.trim_start());
        }
        if changes.len() > limit {
            let line = format!("  {} in all; --access shows each", count_line(access, effect));
            let _ = writeln!(text, "{}", human.paint.tone(Tone::Dim, &line));
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(
        effect: Effect,
        people: &[&str],
        objects: usize,
        before: &str,
        after: &str,
    ) -> AccessChange {
        let levels = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        AccessChange {
            effect,
            people: people.iter().map(|one| Address::new("user", *one)).collect(),
            kind: "job".into(),
            objects: (0..objects).map(|n| Address::new("job", format!("j{n}"))).collect(),
            before: levels(before),
            after: levels(after),
            through: vec![Address::new("group", "data-eng")],
            folder: None,
        }
    }

    #[test]
    fn a_change_is_a_sentence() {
        let one = change(Effect::Gains, &["ana@x.com"], 412, "", "CAN_MANAGE");
        assert_eq!(
            sentence(&one, 0),
            "ana@x.com gains CAN_MANAGE on 412 jobs through group:data-eng"
        );
        let two = change(Effect::Loses, &["a@x", "b@x"], 1, "CAN_MANAGE", "CAN_VIEW");
        assert_eq!(
            sentence(&two, 40),
            "2 people (a@x, b@x) have CAN_VIEW instead of CAN_MANAGE on job:j0 through group:data-eng"
        );
    }

    #[test]
    fn losses_come_first_and_what_is_new_is_counted() {
        let access = Access {
            changes: vec![
                change(Effect::Loses, &["a\u{1b}"], 2, "CAN_VIEW", ""),
                change(Effect::New, &["a", "b"], 3, "", "CAN_VIEW"),
            ],
        };
        let short = draw_access(&Human::plain(80), &access, true);
        assert!(short.contains("  - a\\u{1b} loses CAN_VIEW on 2 jobs"), "{short}");
        assert!(
            short.contains("  2 people get rights on 3 new objects in all; --access"),
            "{short}"
        );
        let long = draw_access(&Human::plain(80), &access, false);
        assert!(long.contains("  + 2 people (a, b) get CAN_VIEW on new: 3 jobs"), "{long}");
    }
}
