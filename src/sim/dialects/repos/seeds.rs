//! What no call of this API makes.

use std::collections::BTreeMap;

use super::state::Folder;
use crate::sim::dialects::tree::{Object, TreePath};
use crate::sim::state::State;

/// Makes a git folder of a repository that was begun in the workspace from the command line.
pub(crate) fn seed_local(state: &mut State, path: &str) -> Option<i64> {
    let path = TreePath::parse(path)?;
    let above = state.tree.find(&path.parent())?;
    if state.tree.find(&path).is_some() {
        return None;
    }
    let id = state.ids.object();
    let object = Object::Repo { children: BTreeMap::new() };
    state.tree.insert(id, above, path.name(), object, state.clock);
    let branch = Some("main".to_owned());
    state.repos.folders.insert(id, Folder { branch, git_cli: true, ..Folder::default() });
    Some(id)
}
