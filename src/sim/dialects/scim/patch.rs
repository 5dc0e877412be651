//! `PATCH`: several operations on one principal, of which all or none take effect.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::attributes::{self, held, values};
use super::directory::{Principal, Sort, State};
use super::filter::{Filter, Operator, parse};
use super::write::{accept, admins_only, all_known, known};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Carries out the operations.
pub(super) fn patch(state: &mut Workspace, call: &Call<'_>, sort: Sort) -> Result<Answer, Refusal> {
    admins_only(call)?;
    let id = call.param("id").to_owned();
    let old = known(&state.scim, sort, &id)?.clone();
    let schemas = call.body.get("schemas").and_then(Value::as_array);
    if !schemas.is_some_and(|schemas| schemas.iter().any(|schema| schema == SCHEMA)) {
        return Err(Refusal::scim(
            400,
            format!("Request body is invalid: schemas must hold {SCHEMA}"),
        ));
    }
    let mut draft =
        Draft { scim: &state.scim, sort, principal: old.clone(), members: state.scim.members(&id) };
    for operation in call.body.get("Operations").and_then(Value::as_array).into_iter().flatten() {
        draft.carry_out(operation)?;
    }
    let Draft { mut principal, members, .. } = draft;
    attributes::fill(sort, &mut principal.attributes);
    accept(&state.scim, call, &id, &old, &principal, &members)?;
    if sort == Sort::Group {
        state.scim.set_members(&id, members);
    }
    state.scim.put(&id, principal);
    Ok(Answer::Empty)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Remove,
    Replace,
}

/// The principal as the operations so far leave it.
struct Draft<'a> {
    scim: &'a State,
    sort: Sort,
    principal: Principal,
    members: BTreeSet<String>,
}

impl Draft<'_> {
    fn carry_out(&mut self, operation: &Value) -> Result<(), Refusal> {
        let op = match operation.get("op").and_then(Value::as_str) {
            Some("add") => Op::Add,
            Some("remove") => Op::Remove,
            Some("replace") => Op::Replace,
            _ => return Err(invalid("every operation needs an op")),
        };
        let value = operation.get("value").filter(|value| !value.is_null());
        match operation.get("path").and_then(Value::as_str) {
            Some(path) => {
                let (attribute, chosen) = split(path)?;
                self.change(op, attribute, chosen, value)
            }
            None if op == Op::Remove => Err(invalid("remove needs a path")),
            None => {
                let fields = value
                    .and_then(Value::as_object)
                    .ok_or_else(|| invalid("value must be an object"))?;
                fields.iter().try_for_each(|(name, value)| self.change(op, name, None, Some(value)))
            }
        }
    }

    fn change(
        &mut self,
        op: Op,
        attribute: &str,
        chosen: Option<String>,
        value: Option<&Value>,
    ) -> Result<(), Refusal> {
        let known =
            ["members", "roles", "entitlements", "active", "displayName", "externalId", "name"];
        let name = known
            .into_iter()
            .find(|name| name.eq_ignore_ascii_case(attribute))
            .unwrap_or(attribute);
        if op != Op::Remove && value.is_none() {
            return Err(invalid(&format!("{attribute} needs a value")));
        }
        if op == Op::Remove && chosen.is_none() && value.is_some() {
            return Err(invalid(&format!(
                "remove takes no value: write {attribute}[value eq \"…\"]"
            )));
        }
        match name {
            "members" if self.sort == Sort::Group => self.change_members(op, chosen, value),
            "roles" | "entitlements" => self.change_list(op, name, chosen, value),
            "active" if self.sort == Sort::Group => Err(no_attribute(attribute)),
            "name" if self.sort != Sort::User => Err(no_attribute(attribute)),
            "active" | "displayName" | "externalId" | "name" => {
                self.change_one(op, name, chosen, value)
            }
            "userName" | "emails" if self.sort == Sort::User => Ok(()),
            _ if name.starts_with("future_") => self.change_one(op, name, chosen, value),
            _ => Err(no_attribute(attribute)),
        }
    }

    fn change_members(
        &mut self,
        op: Op,
        chosen: Option<String>,
        value: Option<&Value>,
    ) -> Result<(), Refusal> {
        match (op, chosen, value) {
            (Op::Remove, Some(id), _) => {
                self.members.remove(&id);
            }
            (Op::Remove, None, _) => self.members.clear(),
            (Op::Add, None, Some(value)) => {
                self.members.extend(all_known(self.scim, values(value)?)?)
            }
            (Op::Replace, None, Some(value)) => {
                self.members = all_known(self.scim, values(value)?)?
            }
            _ => return Err(invalid("a filter in the path is only for remove")),
        }
        Ok(())
    }

    fn change_list(
        &mut self,
        op: Op,
        name: &str,
        chosen: Option<String>,
        value: Option<&Value>,
    ) -> Result<(), Refusal> {
        let attributes = &mut self.principal.attributes;
        let mut now = held(attributes, name);
        match (op, chosen, value) {
            (Op::Remove, ..) if now.is_empty() => return Err(no_attribute(name)),
            (Op::Remove, Some(gone), _) => now.retain(|held| *held != gone),
            (Op::Remove, None, _) => now.clear(),
            (Op::Add, None, Some(value)) => now.extend(values(value)?),
            (Op::Replace, None, Some(value)) => now = values(value)?,
            _ => return Err(invalid("a filter in the path is only for remove")),
        }
        let entries = now
            .into_iter()
            .map(|value| Value::Object(Map::from_iter([("value".to_owned(), value.into())])));
        attributes::set(attributes, name, &entries.collect())
    }

    fn change_one(
        &mut self,
        op: Op,
        name: &str,
        chosen: Option<String>,
        value: Option<&Value>,
    ) -> Result<(), Refusal> {
        let attributes = &mut self.principal.attributes;
        match (op, chosen, value) {
            (Op::Remove, None, _) if name == "displayName" && self.sort == Sort::Group => {
                Err(invalid("displayName of a group cannot be removed"))
            }
            (Op::Remove, None, _) => {
                attributes.remove(name).map(|_| ()).ok_or_else(|| no_attribute(name))
            }
            (_, None, Some(value)) => attributes::set(attributes, name, value),
            _ => Err(invalid(&format!("{name} has no entries to choose from"))),
        }
    }
}

/// Splits `members[value eq "1"]` into the attribute and the value of the entry.
fn split(path: &str) -> Result<(&str, Option<String>), Refusal> {
    let Some((attribute, rest)) = path.split_once('[') else { return Ok((path, None)) };
    let expression =
        rest.strip_suffix(']').ok_or_else(|| invalid(&format!("invalid path {path}")))?;
    match parse(expression)? {
        Filter::Compare(by, Operator::Eq, Value::String(value))
            if by.eq_ignore_ascii_case("value") =>
        {
            Ok((attribute, Some(value)))
        }
        _ => Err(invalid(&format!("invalid path {path}: only value eq \"…\" is supported"))),
    }
}

fn invalid(what: &str) -> Refusal {
    Refusal::scim(400, format!("Request body is invalid: {what}"))
}

fn no_attribute(name: &str) -> Refusal {
    Refusal::scim(
        400,
        format!("invalidPath: No such attribute with the name : {name} in the current resource"),
    )
}
