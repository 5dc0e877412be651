//! The grants of all objects.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::securable::{OWNER, Securable, named};
use crate::sim::dialects::scim::{self, Sort};
use crate::sim::http::Caller;
use crate::sim::state::State as Workspace;

/// The direct grants of all objects.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// By `type/identifier`, spelled as in paths.
    pub(crate) grants: BTreeMap<String, BTreeSet<Grant>>,
}

/// One direct grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// The principal's identifier in SCIM.
    pub(crate) principal: String,
    /// The level.
    pub(crate) level: String,
}

/// A grant which holds for an object, directly or by inheritance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Holding {
    /// The principal's identifier in SCIM.
    pub(super) principal: String,
    /// The level.
    pub(super) level: String,
    /// The objects which it is inherited from; empty for a direct grant.
    pub(super) from: Vec<String>,
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
    state.permissions.grants.entry(key(path, id)).or_default().insert(grant);
}

/// Drops all grants of an object which is deleted.
pub(crate) fn forget(state: &mut Workspace, path: &str, id: &str) {
    state.permissions.grants.remove(&key(path, id));
}

/// The direct grants of an object to principals who still exist.
pub(super) fn direct(state: &Workspace, path: &str, id: &str) -> BTreeSet<Grant> {
    let alive = |grant: &&Grant| scim::name_of(state, &grant.principal).is_some();
    state
        .permissions
        .grants
        .get(&key(path, id))
        .into_iter()
        .flatten()
        .filter(alive)
        .cloned()
        .collect()
}

/// Replaces the direct grants of an object.
pub(super) fn set(state: &mut Workspace, path: &str, id: &str, grants: BTreeSet<Grant>) {
    state.permissions.grants.insert(key(path, id), grants);
}

/// Every grant which holds for an object.
pub(super) fn holdings(state: &Workspace, securable: &Securable, id: &str) -> Vec<Holding> {
    let mut holdings: Vec<Holding> = direct(state, securable.path, id)
        .into_iter()
        .map(|Grant { principal, level }| Holding { principal, level, from: Vec::new() })
        .collect();
    let mut inherit = |principal: &str, level: &str, from: String| match holdings
        .iter_mut()
        .find(|held| held.principal == principal && held.level == level && !held.from.is_empty())
    {
        Some(held) => held.from.push(from),
        None => holdings.push(Holding {
            principal: principal.to_owned(),
            level: level.to_owned(),
            from: vec![from],
        }),
    };
    let mut homes = vec![(securable, id.to_owned())];
    for (path, id) in (securable.parents)(state, id) {
        for grant in direct(state, &path, &id).iter().filter(|grant| grant.level != OWNER) {
            inherit(&grant.principal, securable.own_level(&grant.level), format!("/{path}/{id}"));
        }
        homes.extend(named(&path).map(|parent| (parent, id)));
    }
    for (home, id) in homes {
        let user = (home.home_of)(state, &id).and_then(|user| scim::find(state, Sort::User, &user));
        if let Some(user) = user {
            inherit(user, securable.top(), format!("/{}/{id}", home.path));
        }
    }
    if let Some(admins) = scim::find(state, Sort::Group, "admins") {
        inherit(admins, securable.top(), securable.root());
    }
    holdings
}

fn key(path: &str, id: &str) -> String {
    format!("{path}/{id}")
}
