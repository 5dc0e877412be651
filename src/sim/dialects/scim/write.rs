//! Creating, replacing and deleting principals.

use std::collections::BTreeSet;

use serde_json::Value;

use super::attributes;
use super::directory::{Origin, Principal, Sort, State};
use super::read::absent;
use super::view;
use crate::sim::dialects::tree;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

/// Creates a principal; a user gets a home directory.
pub(super) fn create(
    state: &mut Workspace,
    call: &Call<'_>,
    sort: Sort,
) -> Result<Answer, Refusal> {
    admins_only(call)?;
    let mut attributes = attributes::stored(sort, &call.body)?;
    if sort == Sort::ServicePrincipal && !attributes.contains_key("applicationId") {
        attributes.insert("applicationId".to_owned(), state.ids.uuid().into());
        if call.text("displayName").is_none() {
            attributes.remove("displayName");
        }
        attributes::fill(sort, &mut attributes);
    }
    let principal = Principal { sort, origin: Origin::Workspace, attributes };
    free(&state.scim, &principal, None)?;
    let members = members_of(&state.scim, &call.body)?;
    let id = state.ids.scim();
    state.scim.put(&id, principal.clone());
    if sort == Sort::Group {
        state.scim.set_members(&id, members);
    }
    if sort == Sort::User {
        tree::make_home(state, principal.name(), &id);
    }
    Ok(Answer::Status(201, view::full(&state.scim, &id, &principal)))
}

/// Replaces a principal: what is not sent again is gone; the name of a user stays.
pub(super) fn replace(
    state: &mut Workspace,
    call: &Call<'_>,
    sort: Sort,
) -> Result<Answer, Refusal> {
    admins_only(call)?;
    let id = call.param("id").to_owned();
    let old = known(&state.scim, sort, &id)?.clone();
    let mut body = call.body.clone();
    if sort != Sort::Group
        && let Some(body) = body.as_object_mut()
    {
        body.insert(sort.name_attribute().to_owned(), old.name().into());
    }
    let attributes = attributes::stored(sort, &body)?;
    let principal = Principal { attributes, ..old.clone() };
    let members = members_of(&state.scim, &call.body)?;
    accept(&state.scim, call, &id, &old, &principal, &members)?;
    if sort == Sort::Group {
        state.scim.set_members(&id, members);
    }
    state.scim.put(&id, principal);
    Ok(Answer::Empty)
}

/// Deletes a principal, and takes it out of its groups.
pub(super) fn delete(
    state: &mut Workspace,
    call: &Call<'_>,
    sort: Sort,
) -> Result<Answer, Refusal> {
    admins_only(call)?;
    let id = call.param("id");
    let principal = known(&state.scim, sort, id)?;
    if principal.origin != Origin::Workspace {
        return Err(Refusal::scim(
            403,
            format!("Group {} cannot be deleted from a workspace", principal.name()),
        ));
    }
    if id == call.caller.id {
        return Err(Refusal::scim(403, "Callers cannot delete themselves"));
    }
    state.scim.remove(id);
    Ok(Answer::Empty)
}

/// Refuses a changed principal which may not be so; nothing is stored yet.
pub(super) fn accept(
    scim: &State,
    call: &Call<'_>,
    id: &str,
    old: &Principal,
    new: &Principal,
    members: &BTreeSet<String>,
) -> Result<(), Refusal> {
    let name = old.name();
    if id == call.caller.id && !new.is_active() {
        return Err(Refusal::scim(403, "Callers cannot deactivate themselves"));
    }
    if old.sort != Sort::Group {
        return Ok(());
    }
    let held = scim.members(id);
    let fixed = old.origin == Origin::Account || (old.origin == Origin::BuiltIn && name == "users");
    if fixed && *members != held {
        return Err(Refusal::scim(
            403,
            format!("The members of group {name} cannot be changed from a workspace"),
        ));
    }
    if old.origin != Origin::Workspace && new.name() != name {
        return Err(Refusal::scim(403, format!("Group {name} cannot be renamed from a workspace")));
    }
    if name == "admins" && held.contains(&call.caller.id) && !members.contains(&call.caller.id) {
        return Err(Refusal::scim(403, "Callers cannot remove themselves from group admins"));
    }
    free(scim, new, Some(id))?;
    let above = scim.all_groups(id);
    match members.iter().find(|member| *member == id || above.contains(*member)) {
        Some(member) => Err(Refusal::scim(
            400,
            format!("Adding member {member} to group {id} would make a cycle"),
        )),
        None => Ok(()),
    }
}

/// The principal of this identifier, if it is of this sort.
pub(super) fn known<'a>(scim: &'a State, sort: Sort, id: &str) -> Result<&'a Principal, Refusal> {
    scim.get(id).filter(|principal| principal.sort == sort).ok_or_else(|| absent(sort, id))
}

/// Refuses callers who are no admins.
pub(super) fn admins_only(call: &Call<'_>) -> Result<(), Refusal> {
    if call.caller.is_admin {
        Ok(())
    } else {
        Err(Refusal::scim(403, "Only workspace admins can change principals"))
    }
}

/// Refuses identifiers of nobody.
pub(super) fn all_known(scim: &State, ids: Vec<String>) -> Result<BTreeSet<String>, Refusal> {
    match ids.iter().find(|id| scim.get(id).is_none()) {
        Some(id) => Err(Refusal::scim(404, format!("Member with id {id} not found."))),
        None => Ok(ids.into_iter().collect()),
    }
}

fn members_of(scim: &State, body: &Value) -> Result<BTreeSet<String>, Refusal> {
    match body.get("members").filter(|members| !members.is_null()) {
        Some(members) => all_known(scim, attributes::values(members)?),
        None => Ok(BTreeSet::new()),
    }
}

/// Refuses a name which another principal has.
fn free(scim: &State, principal: &Principal, own: Option<&str>) -> Result<(), Refusal> {
    let name = principal.name();
    match scim.find(principal.sort, name) {
        Some(id) if Some(id) != own => Err(Refusal::scim(
            409,
            match principal.sort {
                Sort::User => format!("User with username {name} already exists."),
                Sort::Group => format!("Group with name {name} already exists."),
                Sort::ServicePrincipal => {
                    format!("Service principal with application ID {name} already exists.")
                }
            },
        )),
        _ => Ok(()),
    }
}
