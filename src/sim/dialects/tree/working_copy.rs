//! Git folders in the tree: the folder itself, and the files of what is checked out.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::sim::dialects::permissions;
use crate::sim::http::{Call, Refusal};
use crate::sim::state::State as Workspace;

use super::import::auto;
use super::path::TreePath;
use super::rights::securable;
use super::state::{Object, State};

/// Makes an empty git folder.
///
/// # Errors
/// 400 where something is there already, or where no git folder may be; 404 without the folder above.
pub(crate) fn make_repo(
    state: &mut Workspace,
    path: &TreePath,
    call: &Call<'_>,
) -> Result<i64, Refusal> {
    let names: Vec<&str> = path.names().iter().map(String::as_str).collect();
    match names.as_slice() {
        ["Repos", _, _] => {}
        [] | ["Repos", ..] | ["Users", _] => {
            return Err(Refusal::invalid(format!(
                "Invalid repo path ({path}): below /Repos it must be /Repos/{{folder}}/{{repo-name}}"
            )));
        }
        _ => {}
    }
    if state.tree.find(path).is_some() {
        return Err(Refusal::exists(format!("The path ({path}) already exists.")));
    }
    let parent = path.parent();
    let folder = state
        .tree
        .find(&parent)
        .filter(|id| state.tree.node(*id).is_some_and(|node| node.object.children().is_some()))
        .ok_or_else(|| {
            Refusal::not_found(format!("The parent folder ({parent}) does not exist."))
        })?;
    if [folder].into_iter().chain(state.tree.ancestors(folder)).any(|id| state.tree.is_repo(id)) {
        return Err(Refusal::invalid(format!("The path ({path}) is in another git folder.")));
    }
    let id = state.ids.object();
    let object = Object::Repo { children: BTreeMap::new() };
    state.tree.insert(id, folder, path.name(), object, call.now);
    permissions::grant_creator(state, "repos", &id.to_string(), &call.caller, "CAN_MANAGE");
    Ok(id)
}

/// Makes what lies below a git folder equal to these files; what stays the same keeps its identifier.
pub(crate) fn lay_out(
    state: &mut Workspace,
    repo: i64,
    files: &BTreeMap<String, Bytes>,
    call: &Call<'_>,
) {
    let root = state.tree.path(repo);
    let mut wanted: BTreeMap<Vec<String>, Object> = BTreeMap::new();
    for (name, content) in files {
        let at = name.split('/').fold(root.clone(), |path, name| path.join(name));
        let (at, object) = auto(&at, content, false)
            .unwrap_or_else(|_| (at.clone(), Object::File { content: content.clone() }));
        wanted.insert(at.names().to_vec(), object);
    }
    for id in below(&state.tree, repo) {
        let names = state.tree.path(id).names().to_vec();
        let Some(node) = state.tree.node_mut(id).filter(|node| node.object.children().is_none())
        else {
            continue;
        };
        match wanted.remove(&names) {
            Some(object) if object.word() == node.object.word() => {
                if node.object != object {
                    (node.object, node.modified_at) = (object, call.now);
                }
            }
            Some(object) => {
                wanted.insert(names, object);
                forget(state, id);
            }
            None => forget(state, id),
        }
    }
    for (names, object) in wanted {
        let mut at = repo;
        let inner = &names[root.names().len()..];
        for name in &inner[..inner.len() - 1] {
            at = state.tree.child(at, name).unwrap_or_else(|| {
                let id = state.ids.object();
                state.tree.insert(id, at, name, Object::folder(), call.now);
                id
            });
        }
        let id = state.ids.object();
        state.tree.insert(id, at, &inner[inner.len() - 1], object, call.now);
    }
    // What git does not track is no folder: those below come after those above.
    for id in below(&state.tree, repo).into_iter().rev() {
        let empty = state
            .tree
            .node(id)
            .and_then(|node| node.object.children())
            .is_some_and(BTreeMap::is_empty);
        if empty {
            forget(state, id);
        }
    }
}

/// Whether anything below a git folder was made or changed after a moment.
pub(crate) fn is_changed_since(tree: &State, repo: i64, moment: i64) -> bool {
    below(tree, repo)
        .into_iter()
        .filter_map(|id| tree.node(id))
        .any(|node| node.created_at.max(node.modified_at) > moment)
}

/// Everything below an object, those above before those below.
fn below(tree: &State, id: i64) -> Vec<i64> {
    let mut found = vec![];
    let mut open: Vec<i64> = tree.children(id).collect();
    while let Some(id) = open.pop() {
        found.push(id);
        open.extend(tree.children(id));
    }
    found
}

/// Takes an object out of the tree, with its grants.
pub(crate) fn forget(state: &mut Workspace, id: i64) {
    for (id, node) in state.tree.remove(id) {
        if let Some(word) = securable(&node.object) {
            permissions::forget(state, word, &id.to_string());
        }
    }
}
