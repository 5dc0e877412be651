//! The contexts of a workspace, and the commands in them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The contexts, by identifier.
    pub(super) contexts: BTreeMap<String, Context>,
}

/// Where commands of one caller follow each other.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Context {
    /// The cluster that it is on.
    pub(super) cluster: String,
    /// Whether it was looked at, so that it has come up.
    pub(super) is_up: bool,
    /// The commands, by identifier.
    pub(super) commands: BTreeMap<String, Command>,
}

/// One command.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Command {
    /// What it printed, or what went wrong.
    pub(super) result: Option<Result<String, String>>,
    /// Whether it was looked at, so that it is over.
    pub(super) is_over: bool,
}
