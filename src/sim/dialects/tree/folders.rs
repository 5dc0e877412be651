//! Making folders, and deleting what lies in them.

use crate::sim::dialects::scim;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

use super::listing::{existing, path_of};
use super::path::TreePath;
use super::rights;
use super::state::{Node, Object, ROOT, State};
use super::working_copy::forget;

/// `POST /api/2.0/workspace/mkdirs`: the folder and all that are missing above it.
pub(super) fn mkdirs(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = path_of(call)?;
    let mut at = ROOT;
    let mut here = TreePath::root();
    for name in path.names() {
        here = here.join(name);
        at = match state.tree.child(at, name) {
            Some(id)
                if state.tree.node(id).is_some_and(|node| node.object.children().is_some()) =>
            {
                id
            }
            Some(_) => {
                return Err(Refusal::exists(format!(
                    "Path ({here}) already exists and is not a folder."
                )));
            }
            None => {
                may_hold(&state.tree, at, true)?;
                let id = state.ids.object();
                state.tree.insert(id, at, name, Object::folder(), call.now);
                rights::of_creator(state, id, call);
                id
            }
        };
    }
    Ok(Answer::nothing())
}

/// `POST /api/2.0/workspace/delete`.
pub(super) fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = path_of(call)?;
    let id = existing(&state.tree, &path)?;
    let Some(node) = state.tree.node(id) else { return Ok(Answer::nothing()) };
    if stays(state, node) {
        return Err(protected(&node.name));
    }
    let recursive =
        call.body.get("recursive").and_then(serde_json::Value::as_bool).unwrap_or_default();
    if !recursive && node.object.children().is_some_and(|children| !children.is_empty()) {
        return Err(Refusal::new(
            400,
            "DIRECTORY_NOT_EMPTY",
            format!("Folder ({path}) is not empty"),
        ));
    }
    forget(state, id);
    Ok(Answer::nothing())
}

/// Whether a folder cannot be deleted: the roots, and the homes of those who are still there.
fn stays(state: &Workspace, node: &Node) -> bool {
    let protected = matches!(node.object, Object::Directory { protected: true, .. });
    protected && (node.parent == ROOT || scim::user_exists(state, &node.name))
}

/// Whether a new object may be put directly below a folder. The service makes homes itself, and
/// below `/Repos` there are only folders of git folders.
pub(super) fn may_hold(tree: &State, folder: i64, new_folder: bool) -> Result<(), Refusal> {
    let path = tree.path(folder);
    let in_repo = [folder].into_iter().chain(tree.ancestors(folder)).any(|id| tree.is_repo(id));
    let allowed = match path.names() {
        [users] if users == "Users" => false,
        [repos] if repos == "Repos" => new_folder,
        [repos, ..] if repos == "Repos" => in_repo,
        _ => true,
    };
    if allowed { Ok(()) } else { Err(protected(path.name())) }
}

fn protected(name: &str) -> Refusal {
    Refusal::new(400, "DIRECTORY_PROTECTED", format!("Folder {name} is protected"))
}
