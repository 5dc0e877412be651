//! Who may do what with which object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sim::http::{Caller, Route};
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[];

/// A type of object which has permissions.
pub(crate) struct Securable {
    /// The type as answers spell it, as `job` or `cluster-policy`.
    pub(crate) object_type: &'static str,
    /// The type as paths spell it, as `jobs` or `cluster-policies`.
    pub(crate) path: &'static str,
    /// The levels, with what each one allows.
    pub(crate) levels: &'static [(&'static str, &'static str)],
    /// Whether an object has exactly one owner.
    pub(crate) owner: bool,
    /// Whether an object is there.
    pub(crate) exists: fn(&Workspace, &str) -> bool,
    /// What an object inherits from, nearest first, as type (as paths spell it) and identifier.
    pub(crate) parents: fn(&Workspace, &str) -> Vec<(String, String)>,
    /// The name of the user whose home directory the object is.
    pub(crate) home_of: fn(&Workspace, &str) -> Option<String>,
}

impl Securable {
    /// What most types have in common: no owner, no parents. Every constant starts from it.
    pub(crate) const REGULAR: Self = Self {
        object_type: "",
        path: "",
        levels: &[],
        owner: false,
        exists: |_, _| false,
        parents: |_, _| Vec::new(),
        home_of: |_, _| None,
    };
}

/// What a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Sort {
    /// A person.
    User,
    /// A group.
    Group,
    /// A service principal.
    ServicePrincipal,
}

/// One direct grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// The principal's identifier in SCIM.
    pub(crate) principal: String,
    /// The level.
    pub(crate) level: String,
}

/// The direct grants of all objects.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// By `type/identifier`, spelled as in paths.
    pub(crate) grants: BTreeMap<String, Vec<Grant>>,
}

/// Gives the creator of an object their level, as `grant_creator(state, "jobs", id, &call.caller, "IS_OWNER")`.
pub(crate) fn grant_creator(
    state: &mut Workspace,
    path: &str,
    id: &str,
    caller: &Caller,
    level: &str,
) {
    let grant = Grant { principal: caller.id.clone(), level: level.to_owned() };
    state.permissions.grants.entry(format!("{path}/{id}")).or_default().push(grant);
}

/// Drops all grants of an object which is deleted.
pub(crate) fn forget(state: &mut Workspace, path: &str, id: &str) {
    state.permissions.grants.remove(&format!("{path}/{id}"));
}
