//! Who holds what at one moment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::engine::level::{holder, levels, rights};
use crate::model::{
    Address, Change, Diverged, FieldChange, Grant, Plan, Resource, Snapshot, Step, visit_refs,
};

/// Direct grants and memberships of a workspace at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rights {
    /// The direct grants of each object whose grants are known.
    pub grants: BTreeMap<Address, BTreeSet<Grant>>,
    /// The direct members of each group whose members are known.
    pub members: BTreeMap<Address, BTreeSet<Address>>,
}

/// Where a group's members stand in its spec.
const MEMBERS: &str = "/members";

impl Rights {
    /// What a snapshot says.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut rights = Self::default();
        for (address, resource) in &snapshot.resources {
            if let Some(grants) = &resource.grants {
                rights.grants.insert(address.clone(), grants.clone());
            }
            if let Some(members) = members(resource) {
                rights.members.insert(address.clone(), members);
            }
        }
        rights
    }

    /// What holds before and after the steps of a plan, as far as they and the wanted snapshot tell.
    ///
    /// What a plan does not touch is as the snapshot says; what it cannot create is not there, and what was
    /// edited in the target and stays is as it is there.
    pub fn around(plan: &Plan, desired: &Snapshot) -> (Self, Self) {
        let Plan { steps, blocked, .. } = plan;
        let mut after = Self::of(desired);
        for object in plan.kept.iter().chain(&plan.conflicts) {
            after.stay(object, desired);
        }
        for blocked in blocked.iter().filter(|blocked| blocked.change == Change::Create) {
            after.grants.remove(&blocked.address);
            after.members.remove(&blocked.address);
        }
        for step in steps {
            if let Some(grants) = &step.grants {
                after.grants.insert(step.address.clone(), grants.clone());
            }
            if step.merged.iter().any(|merged| is_membership(&merged.path)) {
                let members = referred(wanted(step, desired).pointer(MEMBERS));
                after.members.insert(step.address.clone(), members);
            }
        }
        let mut before = after.clone();
        for step in steps.iter().rev() {
            before.undo(step, desired);
        }
        for step in steps.iter().filter(|step| step.change == Change::Delete) {
            after.grants.remove(&step.address);
            after.members.remove(&step.address);
        }
        (before, after)
    }

    /// Takes over what stays as it is in the target.
    fn stay(&mut self, object: &Diverged, desired: &Snapshot) {
        for field in &object.fields {
            if let (Some(who), Some(grants)) =
                (holder(&field.path), self.grants.get_mut(&object.address))
            {
                set_grant(grants, who, field.target.as_ref());
            }
        }
        let mut edits = object.fields.iter().filter(|field| is_membership(&field.path)).peekable();
        let resource = desired.resources.get(&object.address);
        if let (Some(_), Some(resource)) = (edits.peek(), resource) {
            let mut spec = resource.spec.clone();
            edits.for_each(|field| put(&mut spec, &field.path, field.target.clone()));
            self.members.insert(object.address.clone(), referred(spec.pointer(MEMBERS)));
        }
    }

    /// Takes back what a step does.
    fn undo(&mut self, step: &Step, desired: &Snapshot) {
        match step.change {
            Change::Create => {
                self.grants.remove(&step.address);
                self.members.remove(&step.address);
            }
            Change::Grants | Change::Delete => {
                for field in &step.fields {
                    if let Some(who) = holder(&field.path) {
                        let grants = self.grants.entry(step.address.clone()).or_default();
                        set_grant(grants, who, field.before.as_ref());
                    }
                }
            }
            Change::Update | Change::Rename | Change::Replace => {}
        }
        let mut spec = wanted(step, desired);
        let mut memberships =
            step.fields.iter().filter(|field| is_membership(&field.path)).peekable();
        if step.change != Change::Create && memberships.peek().is_some() {
            memberships.for_each(|field| put(&mut spec, &field.path, field.before.clone()));
            self.members.insert(step.address.clone(), referred(spec.pointer(MEMBERS)));
        }
    }
}

/// The rights on an object and the memberships in it that go with it, as fields that its delete takes away.
pub(crate) fn going(live: &Resource) -> Vec<FieldChange> {
    let rights = live.grants.as_ref().map(rights).unwrap_or_default();
    let members = members(live).and_then(|_| live.spec.pointer(MEMBERS).cloned());
    rights
        .into_iter()
        .chain(members.map(|members| (MEMBERS.to_owned(), members)))
        .map(|(path, before)| FieldChange {
            path,
            before: Some(before),
            after: None,
            source: None,
            cause: String::new(),
        })
        .collect()
}

fn is_membership(path: &str) -> bool {
    path == MEMBERS || path.starts_with("/members/")
}

/// What a step makes of its object: what the snapshot says, with what stays as it was edited in the target.
fn wanted(step: &Step, desired: &Snapshot) -> Value {
    let resource = desired.resources.get(&step.address);
    let mut spec = resource.map_or(Value::Null, |resource| resource.spec.clone());
    for merged in step.merged.iter().filter(|merged| is_membership(&merged.path)) {
        put(&mut spec, &merged.path, merged.value.clone());
    }
    spec
}

/// The members of a group: `None` for what is no group, and for groups whose members somebody else keeps.
pub(crate) fn members(resource: &Resource) -> Option<BTreeSet<Address>> {
    let is_kept_elsewhere = resource.spec.get("account_level") == Some(&Value::Bool(true));
    (resource.address.kind == "group" && !is_kept_elsewhere)
        .then(|| referred(resource.spec.pointer(MEMBERS)))
}

fn referred(value: Option<&Value>) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    if let Some(value) = value {
        visit_refs(value, &mut |_, to| {
            found.insert(to);
        });
    }
    found
}

/// Gives a principal the levels that a plan writes as one text, and no others.
fn set_grant(grants: &mut BTreeSet<Grant>, principal: Address, held: Option<&Value>) {
    grants.retain(|grant| grant.principal != principal);
    let held = levels(held.and_then(Value::as_str).unwrap_or("")).into_iter();
    grants.extend(held.map(|level| Grant { principal: principal.clone(), level }));
}

/// Sets the value at a pointer, or takes it away; maps on the way are made.
fn put(spec: &mut Value, pointer: &str, value: Option<Value>) {
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let Some((last, way)) = steps.split_last() else { return };
    let mut at = spec;
    for step in way {
        at = map(at).entry(step.clone()).or_insert(Value::Null);
    }
    match value {
        Some(value) => drop(map(at).insert(last.clone(), value)),
        None => drop(map(at).remove(last)),
    }
}

/// The value as a map, which it becomes if it is none.
fn map(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it has just become a map"),
    }
}
