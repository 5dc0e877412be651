//! What lies in the tree: nodes by object id, each knowing its parent.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::language::Language;
use super::path::TreePath;

/// The object id of `/`.
pub(crate) const ROOT: i64 = 0;

/// The workspace tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    nodes: BTreeMap<i64, Node>,
    /// What the service does where its documentation leaves it open.
    pub(crate) habits: Habits,
}

/// What the service does where its documentation leaves it open; a client must bear with either.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Habits {
    /// Whether the names in an exported archive begin with the exported directory's own name.
    pub(crate) archives_name_their_root: bool,
    /// Whether a notebook loses a final newline when it is imported.
    pub(crate) drops_final_newline: bool,
    /// Whether who makes an object gets a grant on it, also where the right is inherited anyway.
    pub(crate) grants_creator: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self { archives_name_their_root: true, drops_final_newline: true, grants_creator: false }
    }
}

/// One object of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) parent: i64,
    pub(crate) created_at: i64,
    pub(crate) modified_at: i64,
    pub(crate) object: Object,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "UPPERCASE")]
pub(crate) enum Object {
    /// A folder. A protected one (the roots, the homes) cannot be deleted.
    Directory { children: BTreeMap<String, i64>, protected: bool },
    /// A git folder: its content is a working copy.
    Repo { children: BTreeMap<String, i64> },
    /// A notebook.
    Notebook { language: Language, cells: Cells },
    /// A workspace file.
    File {
        #[serde(with = "crate::sim::dialects::content")]
        content: Bytes,
    },
    /// A legacy library, which cannot be exported.
    Library,
    /// A dashboard's draft.
    Dashboard {
        #[serde(with = "crate::sim::dialects::content")]
        content: Bytes,
    },
}

/// How a notebook is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Cells {
    /// As text, without the header line.
    Source(String),
    /// As an ipynb document.
    Jupyter(Value),
}

impl Object {
    /// An empty folder.
    pub(crate) fn folder() -> Self {
        Self::Directory { children: BTreeMap::new(), protected: false }
    }

    /// The API's word for what this is.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Directory { .. } => "DIRECTORY",
            Self::Repo { .. } => "REPO",
            Self::Notebook { .. } => "NOTEBOOK",
            Self::File { .. } => "FILE",
            Self::Library => "LIBRARY",
            Self::Dashboard { .. } => "DASHBOARD",
        }
    }

    /// Whether this is a notebook.
    pub(crate) fn is_notebook(&self) -> bool {
        matches!(self, Self::Notebook { .. })
    }

    /// What lies below, if anything can.
    pub(crate) fn children(&self) -> Option<&BTreeMap<String, i64>> {
        match self {
            Self::Directory { children, .. } | Self::Repo { children } => Some(children),
            _ => None,
        }
    }

    fn children_mut(&mut self) -> Option<&mut BTreeMap<String, i64>> {
        match self {
            Self::Directory { children, .. } | Self::Repo { children } => Some(children),
            _ => None,
        }
    }
}

impl Default for State {
    fn default() -> Self {
        let object = Object::Directory { children: BTreeMap::new(), protected: true };
        let root =
            Node { name: String::new(), parent: ROOT, created_at: 0, modified_at: 0, object };
        Self { nodes: BTreeMap::from([(ROOT, root)]), habits: Habits::default() }
    }
}

impl State {
    /// The node of an object id.
    pub(crate) fn node(&self, id: i64) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// The node of an object id, to be changed.
    pub(crate) fn node_mut(&mut self, id: i64) -> Option<&mut Node> {
        self.nodes.get_mut(&id)
    }

    /// The object id at a path.
    pub(crate) fn find(&self, path: &TreePath) -> Option<i64> {
        path.names().iter().try_fold(ROOT, |id, name| self.child(id, name))
    }

    /// The object id of what is named `name` directly below `id`.
    pub(crate) fn child(&self, id: i64, name: &str) -> Option<i64> {
        self.nodes.get(&id)?.object.children()?.get(name).copied()
    }

    /// The object ids directly below `id`, by name.
    pub(crate) fn children(&self, id: i64) -> impl Iterator<Item = i64> + '_ {
        self.nodes
            .get(&id)
            .and_then(|node| node.object.children())
            .into_iter()
            .flat_map(|all| all.values().copied())
    }

    /// Whether an object is a git folder.
    pub(crate) fn is_repo(&self, id: i64) -> bool {
        self.nodes.get(&id).is_some_and(|node| matches!(node.object, Object::Repo { .. }))
    }

    /// The path of an object id.
    pub(crate) fn path(&self, id: i64) -> TreePath {
        let mut names = Vec::new();
        let mut at = id;
        while let Some(node) = self.nodes.get(&at).filter(|_| at != ROOT) {
            names.push(node.name.as_str());
            at = node.parent;
        }
        names.iter().rev().fold(TreePath::root(), |path, name| path.join(name))
    }

    /// The folders above an object, nearest first, the root last.
    pub(crate) fn ancestors(&self, id: i64) -> Vec<i64> {
        let mut above = Vec::new();
        let mut at = id;
        while at != ROOT {
            let Some(node) = self.nodes.get(&at) else { break };
            at = node.parent;
            above.push(at);
        }
        above
    }

    /// Puts a new object below a folder, in place of none.
    pub(crate) fn insert(&mut self, id: i64, parent: i64, name: &str, object: Object, now: i64) {
        let Some(children) =
            self.nodes.get_mut(&parent).and_then(|node| node.object.children_mut())
        else {
            return;
        };
        children.insert(name.to_owned(), id);
        self.nodes.insert(
            id,
            Node { name: name.to_owned(), parent, created_at: now, modified_at: now, object },
        );
    }

    /// Takes an object and everything below it away, and gives what is gone.
    pub(crate) fn remove(&mut self, id: i64) -> Vec<(i64, Node)> {
        let mut gone = Vec::new();
        if let Some(node) = self.nodes.get(&id) {
            let (parent, name) = (node.parent, node.name.clone());
            if let Some(children) =
                self.nodes.get_mut(&parent).and_then(|node| node.object.children_mut())
            {
                children.remove(&name);
            }
        }
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if let Some(node) = self.nodes.remove(&id) {
                open.extend(
                    node.object.children().into_iter().flat_map(|children| children.values()),
                );
                gone.push((id, node));
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::{Object, ROOT, State, TreePath};

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    #[test]
    fn what_is_put_in_is_found_and_taken_away_with_what_lies_below() {
        let mut state = State::default();
        state.insert(1, ROOT, "Shared", Object::folder(), 5);
        state.insert(2, 1, "etl", Object::folder(), 5);
        state.insert(3, 2, "jar", Object::Library, 5);
        assert_eq!(state.find(&path("/Workspace/Shared/etl/jar")), Some(3));
        assert_eq!(state.path(3), path("/Shared/etl/jar"));
        assert_eq!(state.ancestors(3), [2, 1, ROOT]);
        assert_eq!(state.remove(2).into_iter().map(|(id, _)| id).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(state.find(&path("/Shared/etl")), None);
        assert_eq!(state.children(1).count(), 0);
    }

    #[test]
    fn a_state_survives_being_written_down() {
        let mut state = State::default();
        let content = bytes::Bytes::from_static(b"\x00\xff");
        state.insert(9, ROOT, "blob", Object::File { content }, 5);
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
    }
}
