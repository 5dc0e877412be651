//! The types of object which have permissions.

use crate::sim::http::Refusal;
use crate::sim::registry;
use crate::sim::state::State as Workspace;

/// The level which one owner holds.
pub(super) const OWNER: &str = "IS_OWNER";

/// A type of object which has permissions.
pub(crate) struct Securable {
    /// The type as answers spell it, as `job` or `cluster-policy`.
    pub(crate) object_type: &'static str,
    /// The type as paths spell it, as `jobs` or `cluster-policies`.
    pub(crate) path: &'static str,
    /// The levels with what each one allows, weakest first; `IS_OWNER` last.
    pub(crate) levels: &'static [(&'static str, &'static str)],
    /// Whether an object has exactly one owner.
    pub(crate) owner: bool,
    /// Whether an object is there.
    pub(crate) exists: fn(&Workspace, &str) -> bool,
    /// What an object inherits from, nearest first, as type (as paths spell it) and identifier.
    pub(crate) parents: fn(&Workspace, &str) -> Vec<(String, String)>,
    /// The name of the user whose home directory the object is.
    pub(crate) home_of: fn(&Workspace, &str) -> Option<String>,
    /// The refusal for an object which is not there.
    pub(crate) absent: fn(&str) -> Refusal,
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
        absent: |id| Refusal::not_found(format!("{id} does not exist.")),
    };

    /// The level which admins hold everywhere.
    pub(super) fn top(&self) -> &'static str {
        self.levels
            .iter()
            .rev()
            .map(|(level, _)| *level)
            .find(|level| *level != OWNER)
            .unwrap_or("CAN_MANAGE")
    }

    /// What a level of an object above means here: the same, or the weakest where there is no such level.
    pub(super) fn own_level<'a>(&self, level: &'a str) -> &'a str {
        let known = self.levels.iter().any(|(own, _)| *own == level);
        self.levels.first().filter(|_| !known).map_or(level, |(weakest, _)| weakest)
    }

    /// Where admins inherit from.
    pub(super) fn root(&self) -> String {
        let tree = ["directories", "notebooks", "files", "repos"];
        if tree.contains(&self.path) {
            "/directories/".to_owned()
        } else {
            format!("/{}/", self.path)
        }
    }
}

/// Finds a type by how paths spell it.
pub(super) fn named(path: &str) -> Option<&'static Securable> {
    registry::SECURABLES.iter().copied().flatten().find(|securable| securable.path == path)
}

/// Finds the type of an object which is there.
///
/// # Errors
/// 400 for an unknown type, and what the type says about an object which is not there.
pub(super) fn existing(
    state: &Workspace,
    path: &str,
    id: &str,
) -> Result<&'static Securable, Refusal> {
    let securable = named(path).ok_or_else(|| {
        Refusal::invalid(format!("'{path}' is not a type of object with permissions"))
    })?;
    if (securable.exists)(state, id) { Ok(securable) } else { Err((securable.absent)(id)) }
}
