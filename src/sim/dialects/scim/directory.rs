//! Everybody in the workspace, and who is a member of what.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sim::http::Caller;
use crate::sim::state::State as Workspace;

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

impl Sort {
    /// The word for it in paths and in `$ref`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
            Self::ServicePrincipal => "ServicePrincipals",
        }
    }

    /// The attribute which names one principal.
    pub(super) fn name_attribute(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
            Self::ServicePrincipal => "applicationId",
        }
    }

    fn index(self, name: &str) -> String {
        match self {
            Self::Group => format!("{}/{name}", self.word()),
            Self::User | Self::ServicePrincipal => {
                format!("{}/{}", self.word(), name.to_lowercase())
            }
        }
    }
}

/// Who makes the rules for a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Origin {
    /// The workspace.
    #[default]
    Workspace,
    /// The account: the workspace can read it only.
    Account,
    /// The server: `admins` and `users`.
    BuiltIn,
}

/// One user, group or service principal, without what follows from others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Principal {
    pub(super) sort: Sort,
    pub(super) origin: Origin,
    /// The attributes; no `id`, `groups`, `members`, `meta` or `schemas`.
    pub(super) attributes: Map<String, Value>,
}

impl Principal {
    pub(super) fn text(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.text(self.sort.name_attribute())
    }

    pub(super) fn is_active(&self) -> bool {
        self.attributes.get("active") != Some(&Value::Bool(false))
    }
}

/// The principals of a workspace.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    principals: BTreeMap<String, Principal>,
    names: BTreeMap<String, String>,
    members: BTreeMap<String, BTreeSet<String>>,
    member_of: BTreeMap<String, BTreeSet<String>>,
}

impl State {
    pub(super) fn get(&self, id: &str) -> Option<&Principal> {
        self.principals.get(id)
    }

    pub(super) fn of_sort(&self, sort: Sort) -> impl Iterator<Item = (&String, &Principal)> {
        self.principals.iter().filter(move |(_, principal)| principal.sort == sort)
    }

    pub(super) fn find(&self, sort: Sort, name: &str) -> Option<&str> {
        self.names.get(&sort.index(name)).map(String::as_str)
    }

    /// Stores a principal under its identifier, and its name in the index.
    pub(super) fn put(&mut self, id: &str, principal: Principal) {
        if let Some(old) = self.principals.get(id) {
            self.names.remove(&old.sort.index(old.name()));
        }
        self.names.insert(principal.sort.index(principal.name()), id.to_owned());
        self.principals.insert(id.to_owned(), principal);
    }

    pub(crate) fn remove(&mut self, id: &str) {
        let Some(old) = self.principals.remove(id) else { return };
        self.names.remove(&old.sort.index(old.name()));
        self.set_members(id, BTreeSet::new());
        for group in self.member_of.remove(id).unwrap_or_default() {
            if let Some(members) = self.members.get_mut(&group) {
                members.remove(id);
            }
        }
    }

    pub(super) fn members(&self, group: &str) -> BTreeSet<String> {
        self.members.get(group).cloned().unwrap_or_default()
    }

    pub(super) fn set_members(&mut self, group: &str, members: BTreeSet<String>) {
        let old = self.members.remove(group).unwrap_or_default();
        for gone in old.difference(&members) {
            if let Some(groups) = self.member_of.get_mut(gone) {
                groups.remove(group);
            }
        }
        for member in &members {
            self.member_of.entry(member.clone()).or_default().insert(group.to_owned());
        }
        if !members.is_empty() {
            self.members.insert(group.to_owned(), members);
        }
    }

    /// The groups which hold a principal directly; everybody who is no group is in `users`.
    pub(super) fn direct_groups(&self, id: &str) -> BTreeSet<String> {
        let mut groups = self.member_of.get(id).cloned().unwrap_or_default();
        if self.get(id).is_some_and(|principal| principal.sort != Sort::Group) {
            groups.extend(self.find(Sort::Group, "users").map(str::to_owned));
        }
        groups
    }

    /// The groups which hold a principal, directly or through other groups.
    pub(super) fn all_groups(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut next: Vec<String> = self.direct_groups(id).into_iter().collect();
        while let Some(group) = next.pop() {
            if !found.contains(&group) {
                next.extend(self.direct_groups(&group));
                found.insert(group);
            }
        }
        found
    }

    pub(super) fn is_admin(&self, id: &str) -> bool {
        self.find(Sort::Group, "admins").is_some_and(|admins| self.all_groups(id).contains(admins))
    }
}

/// Who a name speaks for: a user name, or the application id of a service principal; `None` when inactive.
pub(crate) fn caller(state: &Workspace, name: &str) -> Option<Caller> {
    let scim = &state.scim;
    let id = scim.find(Sort::User, name).or_else(|| scim.find(Sort::ServicePrincipal, name))?;
    let principal = scim.get(id).filter(|principal| principal.is_active())?;
    Some(Caller {
        id: id.to_owned(),
        user_name: principal.name().to_owned(),
        is_admin: scim.is_admin(id),
    })
}

/// The identifier of a principal: by user name, group name or application id.
pub(crate) fn find<'a>(state: &'a Workspace, sort: Sort, name: &str) -> Option<&'a str> {
    state.scim.find(sort, name)
}

/// What a principal is, its name and its display name.
pub(crate) fn name_of<'a>(state: &'a Workspace, id: &str) -> Option<(Sort, &'a str, &'a str)> {
    state
        .scim
        .get(id)
        .map(|principal| (principal.sort, principal.name(), principal.text("displayName")))
}

/// The groups which hold a principal, directly or through other groups, by identifier.
pub(crate) fn groups_of(state: &Workspace, id: &str) -> BTreeSet<String> {
    state.scim.all_groups(id)
}

/// Whether there is a user of this name.
pub(crate) fn user_exists(state: &Workspace, user_name: &str) -> bool {
    find(state, Sort::User, user_name).is_some()
}
