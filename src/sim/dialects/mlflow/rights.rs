//! Who may do what with an experiment: it inherits from the folders above it.

use crate::sim::dialects::permissions::Securable;
use crate::sim::dialects::tree::TreePath;
use crate::sim::state::State as Workspace;

use super::registry;
use super::state::{Stage, no_experiment};

/// How the paths of the permissions API call experiments.
pub(super) const WORD: &str = "experiments";

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[EXPERIMENT, registry::SECURABLE];

const EXPERIMENT: Securable = Securable {
    object_type: "mlflowExperiment",
    path: WORD,
    levels: &[
        ("CAN_READ", "Can view the experiment"),
        ("CAN_EDIT", "Can view the experiment and log runs to it"),
        ("CAN_MANAGE", "Can view, log to, delete and change permissions of the experiment"),
    ],
    exists,
    parents,
    absent: no_experiment,
    ..Securable::REGULAR
};

/// An experiment of a notebook has the notebook's rights and none of its own.
fn exists(state: &Workspace, id: &str) -> bool {
    let found = state.mlflow.experiments.get(id);
    found.is_some_and(|found| found.stage == Stage::Active && !found.of_notebook)
}

fn parents(state: &Workspace, id: &str) -> Vec<(String, String)> {
    let path = state.mlflow.experiments.get(id).and_then(|found| TreePath::parse(&found.name));
    let Some(folder) = path.and_then(|path| state.tree.find(&path.parent())) else {
        return Vec::new();
    };
    let above = [folder].into_iter().chain(state.tree.ancestors(folder));
    above.map(|id| ("directories".to_owned(), id.to_string())).collect()
}
