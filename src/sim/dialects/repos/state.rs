//! The git folders of a workspace, and the repositories that stand in for remote ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::errand::Errand;
use super::remote::{Fetched, Remote};
use crate::sim::dialects::tree::TreePath;

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The git folders, by object id. The tree says where they are, and whether they still are.
    pub(crate) folders: BTreeMap<i64, Folder>,
    /// Repositories that are not fetched from anywhere, by URL.
    pub(crate) remotes: BTreeMap<String, Remote>,
    /// What was fetched for calls that are about to be answered.
    #[serde(skip)]
    pub(super) fetched: Vec<(Errand, Fetched)>,
}

/// One git folder.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Folder {
    /// Where it is cloned from; nothing for a repository that was begun in the workspace.
    pub(crate) url: Option<String>,
    /// The provider, in its one spelling.
    pub(super) provider: String,
    /// The branch; nothing where a commit is checked out that no branch names.
    pub(super) branch: Option<String>,
    /// The commit; nothing in an empty repository.
    pub(super) commit: Option<String>,
    /// Which folders are checked out, if not all.
    pub(super) patterns: Option<Vec<String>>,
    /// When it was checked out.
    pub(super) at: i64,
    /// Whether git runs in it from the command line, so that the listing leaves it out.
    pub(crate) git_cli: bool,
    /// What else was sent.
    pub(super) more: Map<String, Value>,
}

impl Folder {
    /// The folder as the API lists it.
    pub(super) fn answer(&self, id: i64, path: &TreePath) -> Value {
        let mut answer = self.more.clone();
        answer.insert("id".into(), json!(id));
        answer.insert("path".into(), json!(path.to_string()));
        let texts = [
            ("url", self.url.as_deref()),
            ("provider", Some(self.provider.as_str()).filter(|text| !text.is_empty())),
            ("branch", self.branch.as_deref()),
            ("head_commit_id", self.commit.as_deref()),
        ];
        for (name, text) in texts {
            answer.extend(text.map(|text| (name.to_owned(), json!(text))));
        }
        if let Some(patterns) = &self.patterns {
            answer.insert("sparse_checkout".into(), json!({ "patterns": patterns }));
        }
        Value::Object(answer)
    }
}

impl State {
    /// Keeps what was fetched for a call.
    pub(crate) fn bring(&mut self, errand: Errand, fetched: Fetched) {
        self.fetched.retain(|(known, _)| *known != errand);
        self.fetched.push((errand, fetched));
    }

    /// Takes what was fetched for a call.
    pub(super) fn take(&mut self, errand: &Errand) -> Option<Fetched> {
        let at = self.fetched.iter().position(|(known, _)| known == errand)?;
        Some(self.fetched.swap_remove(at).1)
    }
}
