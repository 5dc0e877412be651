//! Reading what lies where: `list` and `get-status`.

use serde_json::{Value, json};

use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::shuffle;
use crate::sim::state::State as Workspace;

use super::path::TreePath;
use super::state::{Object, State};

/// The path a call names.
pub(super) fn path_of(call: &Call<'_>) -> Result<TreePath, Refusal> {
    absolute(call.need("path")?)
}

/// A path as a client wrote it.
pub(super) fn absolute(written: &str) -> Result<TreePath, Refusal> {
    TreePath::parse(written)
        .ok_or_else(|| Refusal::invalid(format!("Path ({written}) doesn't start with '/'")))
}

/// The object at a path.
pub(super) fn existing(tree: &State, path: &TreePath) -> Result<i64, Refusal> {
    tree.find(path).ok_or_else(|| Refusal::not_found(format!("Path ({path}) doesn't exist.")))
}

/// `GET /api/2.0/workspace/get-status`.
pub(super) fn get_status(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = existing(&state.tree, &path_of(call)?)?;
    Ok(Answer::Json(info(&state.tree, id)))
}

/// `GET /api/2.0/workspace/list`: one folder, whole; or the object itself when it is no folder.
pub(super) fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let tree = &state.tree;
    let id = existing(tree, &path_of(call)?)?;
    let folder = tree.node(id).is_some_and(|node| node.object.children().is_some());
    let mut ids: Vec<i64> = if folder { tree.children(id).collect() } else { vec![id] };
    if let Some(after) = call.query("notebooks_modified_after") {
        let after: i64 = after.parse().map_err(|_| {
            Refusal::invalid(format!("Invalid value for notebooks_modified_after: '{after}'"))
        })?;
        ids.retain(|id| {
            tree.node(*id)
                .is_some_and(|node| !node.object.is_notebook() || node.modified_at > after)
        });
    }
    let objects: Vec<Value> = shuffle(ids, call).into_iter().map(|id| info(tree, id)).collect();
    Ok(if objects.is_empty() {
        Answer::nothing()
    } else {
        Answer::Json(json!({"objects": objects}))
    })
}

/// What the service tells about one object.
fn info(tree: &State, id: i64) -> Value {
    let Some(node) = tree.node(id) else { return Value::Null };
    let mut info = json!({
        "object_type": node.object.word(),
        "path": tree.path(id).to_string(),
        "object_id": id,
        "resource_id": id.to_string(),
    });
    match &node.object {
        Object::Notebook { language, .. } => info["language"] = json!(language.word()),
        Object::File { content } => {
            info["created_at"] = json!(node.created_at);
            info["modified_at"] = json!(node.modified_at);
            info["size"] = json!(content.len());
        }
        _ => {}
    }
    info
}
