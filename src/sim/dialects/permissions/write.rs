//! Changing an object's permissions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::grants::{Grant, direct, holdings, set};
use super::read::view;
use super::securable::{OWNER, Securable, existing};
use crate::sim::dialects::scim::{self, Sort};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

/// Replaces all direct grants.
pub(super) fn replace(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    change(state, call, |_, sent| sent)
}

/// Adds direct grants to those which are there.
pub(super) fn merge(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    change(state, call, |mut held, sent| {
        held.extend(sent);
        held
    })
}

fn change(
    state: &mut Workspace,
    call: &Call<'_>,
    combine: fn(BTreeSet<Grant>, BTreeSet<Grant>) -> BTreeSet<Grant>,
) -> Result<Answer, Refusal> {
    let (path, id) = (call.param("request_object_type"), call.param("request_object_id"));
    let securable = existing(state, path, id)?;
    may_manage(state, call, securable, id)?;
    let list = call.body.get("access_control_list").and_then(Value::as_array);
    let mut sent = BTreeSet::new();
    for entry in list.into_iter().flatten() {
        sent.insert(grant(state, securable, entry)?);
    }
    let admins = scim::find(state, Sort::Group, "admins").unwrap_or_default();
    let of_admins = Grant { principal: admins.to_owned(), level: securable.top().to_owned() };
    let is_root = path == "directories" && id == "0";
    if is_root && call.method == http::Method::PUT && !sent.contains(&of_admins) {
        return Err(Refusal::invalid("Cannot remove admins's CAN_MANAGE permission"));
    }
    if let Some(other) = sent.iter().find(|grant| grant.principal == admins && **grant != of_admins)
    {
        let message = format!("Cannot change permissions for group 'admins' to {}", other.level);
        return Err(Refusal::invalid(message));
    }
    sent.remove(&of_admins);
    let grants = combine(direct(state, path, id), sent);
    let owners = grants.iter().filter(|grant| grant.level == OWNER).count();
    if securable.owner && owners != 1 {
        return Err(Refusal::invalid(format!(
            "The {} must have exactly one owner.",
            securable.object_type
        )));
    }
    set(state, path, id, grants);
    Ok(Answer::Json(view(state, call, securable, id)))
}

fn grant(state: &Workspace, securable: &Securable, entry: &Value) -> Result<Grant, Refusal> {
    let named: Vec<_> = [
        (Sort::User, "user_name", "UserName"),
        (Sort::Group, "group_name", "GroupName"),
        (Sort::ServicePrincipal, "service_principal_name", "ServicePrincipalName"),
    ]
    .into_iter()
    .filter_map(|(sort, field, word)| Some((sort, word, entry.get(field)?.as_str()?)))
    .collect();
    let [(sort, word, name)] = named[..] else {
        return Err(Refusal::invalid(
            "Exactly one of user_name, group_name and service_principal_name must be given in each entry",
        ));
    };
    let level = entry
        .get("permission_level")
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::invalid("Missing required field: permission_level"))?;
    if !securable.levels.iter().any(|(known, _)| *known == level) {
        let message = format!(
            "Permission level {level} is not valid for object type {}",
            securable.object_type
        );
        return Err(Refusal::invalid(message));
    }
    if level == OWNER && sort == Sort::Group {
        return Err(Refusal::invalid(format!(
            "A group cannot be the owner of a {}.",
            securable.object_type
        )));
    }
    let principal = scim::find(state, sort, name)
        .ok_or_else(|| Refusal::not_found(format!("Principal: {word}({name}) does not exist")))?;
    Ok(Grant { principal: principal.to_owned(), level: level.to_owned() })
}

/// Refuses callers who neither manage nor own the object, themselves or through a group.
fn may_manage(
    state: &Workspace,
    call: &Call<'_>,
    securable: &Securable,
    id: &str,
) -> Result<(), Refusal> {
    let groups = scim::groups_of(state, &call.caller.id);
    let may = call.caller.is_admin
        || holdings(state, securable, id).iter().any(|held| {
            (held.level == "CAN_MANAGE" || held.level == OWNER)
                && (held.principal == call.caller.id || groups.contains(&held.principal))
        });
    if may {
        return Ok(());
    }
    let (user, object) = (&call.caller.user_name, securable.object_type);
    Err(Refusal::denied(format!("User {user} does not have Manage permission on {object} {id}.")))
}
