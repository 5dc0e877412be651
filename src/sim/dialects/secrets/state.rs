//! The scopes of a workspace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sim::dialects::scim;
use crate::sim::http::{Call, Caller, Refusal};
use crate::sim::state::State as Workspace;

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Whether values are refused to whoever asks for them from outside of a cluster.
    pub(crate) unreadable: bool,
    /// The scopes, by name.
    pub(crate) scopes: BTreeMap<String, Scope>,
}

/// One scope.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Scope {
    /// The Azure Key Vault that holds the values, where one does.
    pub(crate) vault: Option<Value>,
    /// The levels, by the principals' identifiers in SCIM.
    pub(crate) acl: BTreeMap<String, Level>,
    /// The values, by key.
    pub(crate) values: BTreeMap<String, Stored>,
    /// Fields that only tomorrow's servers know.
    pub(crate) more: Map<String, Value>,
}

/// One value.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Stored {
    /// Its bytes, in base64.
    pub(crate) base64: String,
    /// When it was put, in milliseconds.
    pub(crate) updated: i64,
    /// Fields that only tomorrow's servers know.
    pub(crate) more: Map<String, Value>,
}

/// What a principal may do with a scope; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Level {
    /// Read values, and list keys.
    Read,
    /// Put and delete values.
    Write,
    /// Change who may do what.
    Manage,
}

/// The scope that a call names, if its caller may do that much with it.
///
/// # Errors
/// 404 where there is none, 403 where the caller may not.
pub(super) fn scope<'a>(
    state: &'a mut Workspace,
    call: &Call<'_>,
    needed: Level,
) -> Result<&'a mut Scope, Refusal> {
    for_caller(state, &call.caller, call.need("scope")?, needed)
}

/// The scope of a name, if somebody may do that much with it.
///
/// # Errors
/// 404 where there is none, 403 where the caller may not.
pub(super) fn for_caller<'a>(
    state: &'a mut Workspace,
    caller: &Caller,
    name: &str,
    needed: Level,
) -> Result<&'a mut Scope, Refusal> {
    let groups = scim::groups_of(state, &caller.id);
    let scope = state.secrets.scopes.get_mut(name).ok_or_else(|| absent(name))?;
    let holds = |id: &String| *id == caller.id || groups.contains(id);
    let held = scope.acl.iter().any(|(id, level)| holds(id) && *level >= needed);
    if caller.is_admin || held {
        return Ok(scope);
    }
    let message = format!("User {} does not have permission on scope {name}", caller.user_name);
    Err(Refusal::denied(message))
}

/// There is no such scope.
pub(super) fn absent(name: &str) -> Refusal {
    Refusal::not_found(format!("Scope {name} does not exist!"))
}

/// Refuses a name with other than the letters that names of scopes and keys may have.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), Refusal> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_@.".contains(letter);
    if name.len() <= 128 && name.chars().all(fits) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "The {what} must have at most 128 characters, of alphanumeric ones, dashes, underscores, @ and periods"
    )))
}

/// The fields of a body beyond those that a call reads.
pub(super) fn more(call: &Call<'_>, known: &[&str]) -> Map<String, Value> {
    let mut more = call.body.as_object().cloned().unwrap_or_default();
    more.retain(|field, _| !known.contains(&field.as_str()));
    more
}
