//! What is there before anybody makes a folder: the roots, and a home for each user.

use std::collections::BTreeMap;

use crate::sim::state::State as Workspace;

use super::state::{Object, ROOT};

const ROOTS: [&str; 3] = ["Repos", "Shared", "Users"];

/// Makes the home directory of a user, if it is not there, and the roots with the first one.
pub(crate) fn make_home(state: &mut Workspace, user_name: &str, _user_scim_id: &str) {
    for name in ROOTS {
        protected(state, ROOT, name);
    }
    if let Some(users) = state.tree.child(ROOT, "Users") {
        protected(state, users, user_name);
    }
}

fn protected(state: &mut Workspace, parent: i64, name: &str) {
    if state.tree.child(parent, name).is_none() {
        let id = state.ids.object();
        let object = Object::Directory { children: BTreeMap::new(), protected: true };
        state.tree.insert(id, parent, name, object, 0);
    }
}
