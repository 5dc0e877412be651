//! Whether an object that was to be created is there after all.

use serde_json::Value;

use super::target::{InDoubt, SECOND_LOOKS, Target};
use crate::engine::diff::{diff, words_at};
use crate::engine::keys::{base_of, fingerprint};
use crate::kind::{Listed, Table, What};
use crate::model::{Address, FieldChange, Outcome, Resource};

/// What a look at the target showed of an object that was to be created.
pub(super) enum Found {
    /// It is not there.
    Nothing,
    /// It is there; these fields differ from what is wanted.
    One(Box<Listed>, Vec<FieldChange>),
    /// More than one could be it.
    Several(Vec<Address>),
    /// The target could not be looked at.
    Unknown(String),
}

impl Target<'_> {
    /// Looks for an object that was to be created, among those that bear its name and are nobody else's.
    ///
    /// Those that the plan saw are none of them. Where names are unique, the one that is left is it. Where they
    /// are not, one more than there were before is the one that was created; which of several it is, only its being equal to what is wanted tells.
    pub(super) async fn find(&self, wanted: &Resource, doubt: InDoubt) -> Found {
        let address = &wanted.address;
        let Some(table) = self.table(address) else { return Found::Nothing };
        let seen = self.bearers(address).await;
        let failed = seen.snapshot.findings.iter().find(|finding| {
            finding.code == "unreadable"
                && (finding.about == address.kind || finding.is_about(address))
        });
        if let Some(finding) = failed {
            return Found::Unknown(finding.message.clone());
        }
        let same_name = |candidate: &Address| {
            if table.kind.unique {
                candidate == address
            } else {
                base_of(&candidate.key) == base_of(&address.key)
            }
        };
        let mut candidates: Vec<(Listed, Vec<FieldChange>)> = Vec::new();
        let mut bearers = 0;
        for (candidate, listed) in &seen.listed {
            if candidate.kind != address.kind || !same_name(candidate) {
                continue;
            }
            if self.is_known(&fingerprint(candidate.kind.as_str(), &listed.id)) {
                continue;
            }
            bearers += 1;
            if self.belongs_to_another(address, listed) {
                continue;
            }
            if let Some(resource) = seen.snapshot.resources.get(candidate) {
                let resource = self.as_planned(resource, &seen.index);
                candidates.push((listed.clone(), diff(table, wanted, &resource)));
            }
        }
        if table.kind.unique {
            return match candidates.pop() {
                Some((listed, changes)) => Found::One(Box::new(listed), changes),
                None => Found::Nothing,
            };
        }
        if doubt.namesakes.is_some_and(|before| bearers <= before) {
            return Found::Nothing;
        }
        let equal = candidates.iter().filter(|(_, changes)| changes.is_empty()).count();
        match (candidates.len(), equal) {
            (0, _) => Found::Nothing,
            (1, _) | (_, 1) => {
                let best = candidates.into_iter().min_by_key(|(_, changes)| changes.len());
                best.map_or(Found::Nothing, |(listed, changes)| {
                    Found::One(Box::new(listed), changes)
                })
            }
            _ => Found::Several(
                candidates
                    .iter()
                    .map(|(one, _)| Address::new(address.kind.clone(), one.key.clone()))
                    .collect(),
            ),
        }
    }

    /// As [`Target::find`], but takes no absence for granted: servers may answer from a stale copy.
    pub(super) async fn find_at_last(&self, wanted: &Resource, doubt: InDoubt) -> Found {
        for wait in SECOND_LOOKS {
            match self.find(wanted, doubt).await {
                Found::Nothing => tokio::time::sleep(wait).await,
                other => return other,
            }
        }
        self.find(wanted, doubt).await
    }

    /// Whether a live object is what the plan calls by another address.
    fn belongs_to_another(&self, wanted: &Address, candidate: &Listed) -> bool {
        let index = self.index();
        index.address(candidate.kind.name, candidate.id.as_str()).is_some_and(|owner| {
            let is_settled =
                self.run.plan.observed.contains_key(owner) || self.created.contains(owner);
            owner != wanted && is_settled && self.run.desired.snapshot.resources.contains_key(owner)
        })
    }
}

/// Whether an object may be one that a cut off create of ours has left unfinished: whether it only lacks
/// something, and has nothing that was never sent. What people do with an object in passing, a server decides when it
/// is made, and what is wanted of that is brought about afterwards.
pub(super) fn is_unfinished(table: &Table, changes: &[FieldChange]) -> bool {
    let is_activity = |change: &&FieldChange| {
        words_at(table, &change.path).any(|what| matches!(what, What::Activity))
    };
    let telling = changes.iter().filter(|change| !is_activity(change));
    telling.into_iter().all(|change| match (&change.before, &change.after) {
        (None, _) => true,
        (Some(now), Some(wanted)) => is_part(now, wanted),
        (Some(_), None) => false,
    })
}

fn is_part(some: &Value, whole: &Value) -> bool {
    match (some, whole) {
        (Value::Object(some), Value::Object(whole)) => some
            .iter()
            .all(|(field, value)| whole.get(field).is_some_and(|whole| is_part(value, whole))),
        (Value::Array(some), Value::Array(whole)) => some.iter().all(|one| whole.contains(one)),
        (some, whole) => some == whole,
    }
}

/// How a step ends whose object turned out to be there.
pub(super) fn stale(changes: &[FieldChange]) -> (Outcome, String) {
    let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).take(3).collect();
    let how = match paths.is_empty() {
        true => "what it was given cannot be read".to_owned(),
        false => format!("differs in {}", paths.join(", ")),
    };
    (Outcome::Stale, format!("an object of this name appeared after the plan was made, and {how}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Kind, rule};
    use serde_json::json;

    static KIND: Kind =
        Kind { name: "toy", rules: &[rule::activity("/branch", "-")], ..Kind::REGULAR };

    fn change(before: &Value, after: &Value) -> FieldChange {
        let some = |value: &Value| (!value.is_null()).then(|| value.clone());
        FieldChange {
            path: "/x".to_owned(),
            before: some(before),
            after: some(after),
            source: None,
            cause: String::new(),
        }
    }

    #[test]
    fn what_lacks_something_may_be_ours_and_what_has_more_is_not() {
        let ours = [
            (json!(null), json!(true)),
            (json!(["a"]), json!(["b", "a"])),
            (json!({"a": 1}), json!({"a": 1, "b": 2})),
            (json!({"a": {"b": []}}), json!({"a": {"b": [1]}})),
        ];
        let table = Table::of(&KIND);
        for (before, after) in ours {
            assert!(is_unfinished(&table, &[change(&before, &after)]), "{before} {after}");
        }
        let default =
            FieldChange { path: "/branch".to_owned(), ..change(&json!("main"), &json!("x")) };
        assert!(is_unfinished(&table, &[default]), "a clone checks out what its remote says");
        let theirs = [
            (json!("theirs"), json!(null)),
            (json!(1), json!(2)),
            (json!(["c"]), json!(["b", "a"])),
            (json!({"a": 1, "c": 3}), json!({"a": 1, "b": 2})),
        ];
        for (before, after) in theirs {
            let lacking = change(&json!(null), &json!(1));
            assert!(
                !is_unfinished(&table, &[lacking, change(&before, &after)]),
                "{before} {after}"
            );
        }
    }
}
