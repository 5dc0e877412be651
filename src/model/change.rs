//! What a plan wants to do to one object.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happens to an object in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It does not exist and is created.
    Create,
    /// It exists and fields of it change in place.
    Update,
    /// It exists under another name and gets this one; fields of it may change as well.
    Rename,
    /// It exists and has to be deleted and created again.
    Replace,
    /// It exists and is deleted.
    Delete,
    /// Its direct grants are set.
    Grants,
}

impl Change {
    /// The word that plans use for it.
    pub fn word(self) -> String {
        serde_json::json!(self).as_str().unwrap_or_default().to_owned()
    }
}

/// One field of an object that changes, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// JSON pointer within the spec; a keyed list's elements are named by their key.
    pub path: String,
    /// The live value; absent where the field is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The wanted value; absent where the field goes away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The value in the snapshot, where a rewrite changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Value>,
    /// The rewrite rule or table rule that caused it, such as `emails.exact (line 4)`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
}

/// Begins the paths of rights; the principal follows.
pub const RIGHTS: &str = "/grants/";

impl FieldChange {
    /// Whether it is a right of somebody that changes, and no field of the spec.
    pub fn is_right(&self) -> bool {
        self.path.starts_with(RIGHTS)
    }
}
