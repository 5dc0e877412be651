//! Who may do what in the tree: every object inherits from the folders above it.

use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::http::Call;
use crate::sim::state::State as Workspace;

use super::state::{Object, ROOT};

const LEVELS: &[(&str, &str)] = &[
    ("CAN_READ", "Can view the content and comment on it"),
    ("CAN_RUN", "Can view the content and run it"),
    ("CAN_EDIT", "Can view, run and change the content"),
    ("CAN_MANAGE", "Can view, run and change the content, delete it, and change its permissions"),
];

const IN_TREE: Securable = Securable { levels: LEVELS, parents, home_of, ..Securable::REGULAR };

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[
    Securable {
        object_type: "directory",
        path: "directories",
        exists: |state, id| is(state, id, "directories"),
        ..IN_TREE
    },
    Securable {
        object_type: "notebook",
        path: "notebooks",
        exists: |state, id| is(state, id, "notebooks"),
        ..IN_TREE
    },
    Securable {
        object_type: "file",
        path: "files",
        exists: |state, id| is(state, id, "files"),
        ..IN_TREE
    },
    Securable {
        object_type: "repo",
        path: "repos",
        exists: |state, id| is(state, id, "repos"),
        ..IN_TREE
    },
];

/// The word by which the paths of the permissions API know an object; none for what has no rights
/// of its own.
pub(super) fn securable(object: &Object) -> Option<&'static str> {
    match object {
        Object::Directory { .. } => Some("directories"),
        Object::Repo { .. } => Some("repos"),
        Object::Notebook { .. } => Some("notebooks"),
        Object::File { .. } => Some("files"),
        Object::Library | Object::Dashboard { .. } => None,
    }
}

/// Gives the creator of an object a grant of their own, where the service does so.
pub(super) fn of_creator(state: &mut Workspace, id: i64, call: &Call<'_>) {
    let word = state.tree.node(id).and_then(|node| securable(&node.object));
    if let Some(word) = word.filter(|_| state.tree.habits.grants_creator) {
        permissions::grant_creator(state, word, &id.to_string(), &call.caller, "CAN_MANAGE");
    }
}

fn is(state: &Workspace, id: &str, word: &str) -> bool {
    let node = id.parse().ok().and_then(|id| state.tree.node(id));
    node.is_some_and(|node| securable(&node.object) == Some(word))
}

fn parents(state: &Workspace, id: &str) -> Vec<(String, String)> {
    let above = id.parse().map(|id| state.tree.ancestors(id)).unwrap_or_default();
    above
        .into_iter()
        .filter_map(|id| {
            Some((securable(&state.tree.node(id)?.object)?.to_owned(), id.to_string()))
        })
        .collect()
}

/// A home is a folder directly below `/Users`.
fn home_of(state: &Workspace, id: &str) -> Option<String> {
    let node = state.tree.node(id.parse().ok()?)?;
    let users = state.tree.child(ROOT, "Users")?;
    let protected = matches!(node.object, Object::Directory { protected: true, .. });
    (protected && node.parent == users).then(|| node.name.clone())
}
