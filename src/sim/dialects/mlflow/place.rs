//! Where an experiment is in the workspace: its name is a path of the tree.

use crate::sim::dialects::tree::{Object, TreePath};
use crate::sim::http::Refusal;
use crate::sim::state::State as Workspace;

/// Reads an experiment's name, and looks whether it can be there.
///
/// # Errors
/// 400 for a name which is no path or is taken, also by a deleted experiment; 404 where the folder is missing.
pub(super) fn free(state: &Workspace, written: &str) -> Result<String, Refusal> {
    let path = TreePath::parse(written).filter(|path| !path.names().is_empty()).ok_or_else(|| {
        Refusal::invalid(format!(
            "Got an invalid experiment name '{written}'. An experiment name must be an absolute path \
             within the Databricks workspace, e.g. '/Users/<some-username>/my-experiment'."
        ))
    })?;
    let parent = path.parent();
    let folder = state.tree.find(&parent).and_then(|id| state.tree.node(id));
    if !folder.is_some_and(|node| matches!(node.object, Object::Directory { .. })) {
        return Err(Refusal::not_found(format!("Parent directory {parent} does not exist.")));
    }
    let name = path.to_string();
    let taken = state.mlflow.experiments.values().any(|experiment| experiment.name == name);
    if taken || state.tree.find(&path).is_some() {
        return Err(Refusal::exists(format!("Node named '{name}' already exists")));
    }
    Ok(name)
}

/// The path of the notebook with this object id.
pub(super) fn notebook(state: &Workspace, id: &str) -> Option<String> {
    let id = id.parse().ok()?;
    let is_notebook = state.tree.node(id)?.object.is_notebook();
    is_notebook.then(|| state.tree.path(id).to_string())
}
