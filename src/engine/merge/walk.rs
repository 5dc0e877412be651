//! Merging one object, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::deciding::{Class, Deciding, Ledger, Told};
use super::four::{At, Four, Nature, Values};
use super::overlay::{awaited, overlay};
use crate::engine::diff::{CONTENT, diff, same, words_at};
use crate::kind::{Table, What};
use crate::model::{Content, Divergence, FieldChange, Merged, Recorded, Resource};

/// What a merge came to.
pub(in crate::engine) struct Merge {
    /// What the target should have: the desired object, with what the target keeps.
    pub(in crate::engine) wanted: Resource,
    /// What has to change for that; empty exactly if no request is needed.
    pub(in crate::engine) changes: Vec<FieldChange>,
    /// How `wanted` differs from the desired object, for [`overlay`].
    pub(in crate::engine) merged: Vec<Merged>,
    /// Where the target's value stays: edits, and conflicts that were decided for the target.
    pub(in crate::engine) kept: Vec<Divergence>,
    /// What nobody has decided; while there is one, nothing may happen to the object.
    pub(in crate::engine) conflicts: Vec<Divergence>,
    /// Where the server made something else of what was sent; no reason to send it again.
    pub(in crate::engine) not_convergent: Vec<Divergence>,
}

/// Merges one object's settings and content.
pub(in crate::engine) fn merge(
    table: &Table,
    desired: &Resource,
    recorded: &Recorded,
    live: &Resource,
    deciding: &Deciding<'_>,
) -> Merge {
    let echo = recorded.echo();
    let ledger = Ledger::new(deciding);
    let mut walk = Walk { table, ledger, merged: Vec::new(), inputs: Vec::new() };
    let specs = Four {
        desired: Some(&desired.spec),
        sent: Some(&recorded.sent.spec),
        echoed: Some(&echo.spec),
        live: Some(&live.spec),
    };
    walk.visit(&At::default(), &specs);
    let keeps_content = walk.content(Four {
        desired: desired.content.as_ref(),
        sent: recorded.sent.content.as_ref(),
        echoed: echo.content.as_ref(),
        live: live.content.as_ref(),
    });
    let Walk { ledger, merged, inputs, .. } = walk;
    let Ledger { mut kept, mut conflicts, not_convergent, .. } = ledger;
    let wanted = overlay(table, desired, &merged);
    let mut changes = if not_convergent.is_empty() {
        diff(table, &wanted, live)
    } else {
        diff(table, &awaited(table, &wanted, &not_convergent), live)
    };
    changes.extend(inputs);
    if keeps_content && !changes.is_empty() {
        // A write takes the whole object, and the bytes that only the target has are not at hand.
        conflicts.extend(kept.pop_if(|last| last.path == CONTENT));
    }
    Merge { wanted, changes, merged, kept, conflicts, not_convergent }
}

/// A merge under way.
struct Walk<'a> {
    table: &'a Table,
    ledger: Ledger<'a>,
    merged: Vec<Merged>,
    /// Values that are put and never shown, and that the target is to get.
    inputs: Vec<FieldChange>,
}

impl Walk<'_> {
    /// Takes a field apart as far as its nature and its four values allow, and decides what is left.
    fn visit(&mut self, at: &At, values: &Values<'_>) {
        let input = words_at(self.table, &at.place).find_map(|what| match what {
            What::InputOnly(version) => Some(version),
            _ => None,
        });
        if let Some(version) = input {
            let versions = values.map(|value| value.and_then(|value| value.get(version)));
            return self.input(&at.below(Nature::Object, version), &versions);
        }
        let holds_more = words_at(self.table, &at.place).any(|what| matches!(what, What::AtLeast));
        let is_fine = holds_more && same(self.table, &at.place, values.desired, values.live);
        if is_fine || values.desired == values.live {
            return;
        }
        let nature = Nature::of(self.table, &at.place);
        match values.parts(self.table, &at.place, nature) {
            Some(parts) if nature == Nature::Set => self.elements(at, &parts),
            Some(parts) => {
                for key in parts.keys() {
                    let inner = parts.map(|parts| parts.get(key).copied());
                    self.visit(&at.below(nature, key), &inner);
                }
            }
            None => self.whole(at, values),
        }
    }

    /// Decides a value that is one thing.
    fn whole(&mut self, at: &At, values: &Values<'_>) {
        let class = Class::of(*values, |wanted, live| same(self.table, &at.place, wanted, live));
        let value = values.map(|value| value.cloned());
        self.decide(class, &at.path, value);
    }

    /// Decides a value that is put and never shown, of which each side tells a version of its own.
    ///
    /// A target whose version was not seen after the last apply counts as one that was not edited.
    fn input(&mut self, at: &At, versions: &Values<'_>) {
        let Four { desired, sent, echoed, live } = *versions;
        let class = match (desired == sent, echoed.is_none() || echoed == live) {
            (true, true) => Class::Agreed,
            (false, true) => Class::Source,
            (true, false) => Class::Edited,
            (false, false) => Class::Conflict,
        };
        let stays = self.decide(class, &at.path, versions.map(|version| version.cloned()));
        if class != Class::Agreed && !stays {
            self.inputs.push(FieldChange {
                path: at.path.clone(),
                before: live.cloned(),
                after: desired.cloned(),
                source: None,
                cause: String::new(),
            });
        }
    }

    /// Decides a content; answers whether the target's stays.
    fn content(&mut self, contents: Four<Option<&Content>>) -> bool {
        let class = Class::of(contents, |wanted, live| wanted == live);
        self.decide(class, CONTENT, contents.map(|content| content.map(|content| json!(content))))
    }

    /// Decides and notes one value; answers whether the target's stands.
    fn decide(&mut self, class: Class, path: &str, values: Four<Option<Value>>) -> bool {
        if class.is_settled() {
            return false;
        }
        let target = values.live.clone();
        let divergence = divergence(class, path, values);
        let told = self.ledger.decide(class, &divergence);
        if told.target_stands() {
            self.merged.push(Merged { path: path.to_owned(), value: target });
        }
        self.ledger.tell(told, divergence);
        told.target_stands()
    }

    /// Decides the elements of a set, each by whether it is there, and tells them together.
    fn elements(&mut self, at: &At, sets: &Four<BTreeMap<String, &Value>>) {
        let mut classes: BTreeMap<Class, BTreeSet<&String>> = BTreeMap::new();
        for name in sets.keys() {
            let there = sets.map(|set| set.contains_key(name).then_some(()));
            let class = Class::of(there, |wanted, live| wanted == live);
            classes.entry(class).or_default().insert(name);
        }
        classes.retain(|class, _| !class.is_settled());
        let divergence = |class: Class, names: &BTreeSet<&String>| {
            let among = |set: &BTreeMap<String, &Value>| {
                let found = names.iter().filter_map(|name| set.get(*name).copied().cloned());
                Some(found.collect())
            };
            divergence(class, &at.path, sets.map(among))
        };
        let mut told: BTreeMap<Told, (Class, BTreeSet<&String>)> = BTreeMap::new();
        for (class, names) in classes {
            let decided = self.ledger.decide(class, &divergence(class, &names));
            told.entry(decided).or_insert((class, BTreeSet::new())).1.extend(names);
        }
        let mut wanted = sets.desired.clone();
        for (told, (class, names)) in told {
            self.ledger.tell(told, divergence(class, &names));
            for name in names.into_iter().filter(|_| told.target_stands()) {
                match sets.live.get(name) {
                    Some(element) => wanted.insert(name.clone(), element),
                    None => wanted.remove(name),
                };
            }
        }
        if wanted != sets.desired {
            let absent = wanted.is_empty() && Nature::Set.may_be_absent(self.table, &at.place);
            let value = (!absent).then(|| wanted.into_values().cloned().collect());
            self.merged.push(Merged { path: at.path.clone(), value });
        }
    }
}

/// Says what a field was and is.
pub(super) fn divergence(class: Class, path: &str, values: Four<Option<Value>>) -> Divergence {
    let Four { desired, sent, echoed, live } = values;
    let base = if class == Class::NotConvergent { sent } else { echoed };
    Divergence { path: path.to_owned(), base, source: desired, target: live }
}
