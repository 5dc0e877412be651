//! How much a step may hurt, and why.

use std::collections::BTreeSet;

use serde_json::Value;

use super::level::{holder, levels, lost};
use crate::model::{Address, Change, FieldChange, Step, visit_refs};

/// What a step may do to those who rely on its object, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// The object goes away.
    Delete,
    /// The object is deleted and made again, with another identifier.
    Replace,
    /// It is felt far beyond the object.
    Reach,
    /// Somebody holds less afterwards: a right is taken away or lowered, or a member leaves.
    Revoke,
    /// An object that exists changes in place.
    Update,
    /// An object gets another name.
    Rename,
    /// Rights on an object that exists are given, and none is taken.
    Grant,
    /// A new object.
    Create,
    /// What is set on a new object once others exist.
    Complete,
    /// Rights on a new object.
    NewGrants,
}

/// A step's risk, with the reasons for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// How risky it is.
    pub risk: Risk,
    /// Why, in a few words each; empty where the risk says it all.
    pub reasons: Vec<String>,
}

/// Judges each step, in the order in which they stand.
pub fn risks(steps: &[Step]) -> Vec<Judged> {
    let created = steps.iter().filter(|step| step.change == Change::Create);
    let new: BTreeSet<&Address> = created.map(|step| &step.address).collect();
    steps.iter().map(|step| judge(step, new.contains(&step.address))).collect()
}

fn judge(step: &Step, is_new: bool) -> Judged {
    let sure = |risk| Judged { risk, reasons: Vec::new() };
    let far = || Some(step.reach.clone()).filter(|reach| !reach.is_empty());
    match step.change {
        Change::Delete => Judged { risk: Risk::Delete, reasons: far().into_iter().collect() },
        Change::Replace => Judged { risk: Risk::Replace, reasons: forced(&step.fields) },
        _ if far().is_some() => Judged { risk: Risk::Reach, reasons: far().into_iter().collect() },
        Change::Create => sure(Risk::Create),
        Change::Rename => or(Risk::Rename, step.fields.iter().filter_map(leaving).collect()),
        Change::Update if is_new => sure(Risk::Complete),
        Change::Grants if is_new => sure(Risk::NewGrants),
        Change::Update => or(Risk::Update, step.fields.iter().filter_map(leaving).collect()),
        Change::Grants => or(Risk::Grant, step.fields.iter().filter_map(lowered).collect()),
    }
}

/// A revocation where something is taken away, else what it is without.
fn or(risk: Risk, reasons: Vec<String>) -> Judged {
    let risk = if reasons.is_empty() { risk } else { Risk::Revoke };
    Judged { risk, reasons }
}

/// The fields that cannot be changed in place.
fn forced(fields: &[FieldChange]) -> Vec<String> {
    let forces = |field: &&FieldChange| field.cause.starts_with("forces a replacement");
    fields.iter().filter(forces).map(|field| format!("{}: {}", field.path, field.cause)).collect()
}

/// Who holds less of a right afterwards.
fn lowered(field: &FieldChange) -> Option<String> {
    let who = holder(&field.path)?;
    let held = |value: &Option<Value>| levels(value.as_ref().and_then(Value::as_str).unwrap_or(""));
    let gone = lost(&held(&field.before), &held(&field.after));
    if gone.is_empty() {
        return None;
    }
    let gone = gone.into_iter().collect::<Vec<_>>().join(", ");
    Some(match field.after.as_ref().and_then(Value::as_str) {
        Some(after) => format!("{who} has {after} instead of {gone}"),
        None => format!("{who} loses {gone}"),
    })
}

/// Who is no longer a member.
fn leaving(field: &FieldChange) -> Option<String> {
    if field.path != "/members" && !field.path.starts_with("/members/") {
        return None;
    }
    let (before, after) = (principals(field.before.as_ref()), principals(field.after.as_ref()));
    let gone: Vec<String> = before.difference(&after).map(ToString::to_string).collect();
    match gone.as_slice() {
        [] => None,
        [one] => Some(format!("{one} is no longer a member")),
        [first, rest @ ..] => {
            Some(format!("{first} and {} more are no longer members", rest.len()))
        }
    }
}

/// Every object a value refers to.
fn principals(value: Option<&Value>) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    if let Some(value) = value {
        visit_refs(value, &mut |_, to| {
            found.insert(to);
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(address: &str, change: &str, fields: Value) -> Step {
        serde_json::from_value(
            json!({"id": 1, "address": address, "change": change, "fields": fields}),
        )
        .unwrap()
    }

    fn judged(step: Step) -> Judged {
        risks(&[step]).remove(0)
    }

    #[test]
    fn rights_that_are_lowered_are_a_revocation() {
        let grants = |fields| judged(step("job:a", "grants", fields));
        let raised =
            json!([{"path": "/grants/user:a", "before": "CAN_VIEW", "after": "CAN_MANAGE"}]);
        assert_eq!(grants(raised).risk, Risk::Grant);
        let lowered = grants(json!([
            {"path": "/grants/user:a", "before": "IS_OWNER", "after": "CAN_MANAGE"},
            {"path": "/grants/group:g", "before": "CAN_VIEW"},
            {"path": "/grants/user:c", "after": "CAN_VIEW"},
        ]));
        assert_eq!(lowered.risk, Risk::Revoke);
        assert_eq!(
            lowered.reasons,
            ["user:a has CAN_MANAGE instead of IS_OWNER", "group:g loses CAN_VIEW"]
        );
    }

    #[test]
    fn a_member_who_leaves_is_a_revocation() {
        let refs = |names: &[&str]| -> Value {
            names.iter().map(|name| json!({"$ref": format!("user:{name}")})).collect()
        };
        let update = |before: &[&str], after: &[&str]| {
            let field =
                json!([{"path": "/members/users", "before": refs(before), "after": refs(after)}]);
            judged(step("group:g", "update", field))
        };
        assert_eq!(update(&["a"], &["a", "b"]).risk, Risk::Update);
        assert_eq!(update(&["a", "b"], &["b"]).reasons, ["user:a is no longer a member"]);
        let many = update(&["a", "b", "c"], &[]);
        assert_eq!(many.reasons, ["user:a and 2 more are no longer members"]);
        assert_eq!(many.risk, Risk::Revoke);
    }

    #[test]
    fn what_is_felt_everywhere_is_risky_even_if_it_is_new() {
        let far = |change: &str| {
            judged(Step {
                reach: "it runs everywhere".to_owned(),
                ..step("toy:a", change, json!([]))
            })
        };
        for (change, risk) in
            [("create", Risk::Reach), ("update", Risk::Reach), ("delete", Risk::Delete)]
        {
            assert_eq!(
                far(change),
                Judged { risk, reasons: vec!["it runs everywhere".to_owned()] }
            );
        }
        assert!(Risk::Replace < Risk::Reach && Risk::Reach < Risk::Revoke);
    }

    #[test]
    fn what_is_done_to_new_objects_is_the_least_risk() {
        let steps = [
            step("job:a", "create", json!([])),
            step("job:a", "update", json!([])),
            step("job:a", "grants", json!([])),
            step("job:b", "delete", json!([])),
            step(
                "job:c",
                "replace",
                json!([{"path": "/x", "cause": "forces a replacement: fixed"}]),
            ),
        ];
        let judged = risks(&steps);
        let found: Vec<Risk> = judged.iter().map(|one| one.risk).collect();
        use Risk::{Complete, Create, Delete, NewGrants, Replace};
        assert_eq!(found, [Create, Complete, NewGrants, Delete, Replace]);
        assert_eq!(judged[4].reasons, ["/x: forces a replacement: fixed"]);
        assert!(Delete < Replace && Replace < Create);
    }
}
