//! What a person should know: each omission, doubt and failure.

use serde::{Deserialize, Serialize};

use super::Address;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something was done or left on purpose; nobody has to act.
    Note,
    /// Somebody should look; the rest is sound.
    Warning,
    /// Something is missing or failed.
    Error,
}

/// One thing a person should know, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// A stable word for machines, such as `unreadable` or `skipped-system`.
    pub code: String,
    /// What it is about: an address, or a kind's name, or empty for the whole run.
    pub about: String,
    /// What happened, in one sentence.
    pub message: String,
    /// What to do, if anything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// How many objects it tells of.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: usize,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

impl Finding {
    fn new(
        severity: Severity,
        code: &str,
        about: impl ToString,
        message: impl Into<String>,
    ) -> Self {
        let (code, about) = (code.to_owned(), about.to_string());
        Self { severity, code, about, message: message.into(), hint: String::new(), count: one() }
    }

    /// A finding that needs no act.
    pub fn note(code: &str, about: impl ToString, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, about, message)
    }

    /// A finding somebody should look at.
    pub fn warning(code: &str, about: impl ToString, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, about, message)
    }

    /// A finding about something missing or failed.
    pub fn error(code: &str, about: impl ToString, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, about, message)
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Says that it tells of so many objects.
    #[must_use]
    pub fn counts(mut self, objects: usize) -> Self {
        self.count = objects;
        self
    }

    /// Whether the finding is about this address.
    pub fn is_about(&self, address: &Address) -> bool {
        self.about == address.to_string()
    }

    /// Whether the finding is about this address, its kind, or a folder it lies in.
    pub fn covers(&self, address: &Address) -> bool {
        self.about == address.kind
            || self.is_about(address)
            || self.about.strip_prefix("directory:").is_some_and(|folder| {
                address.key.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
            })
    }

    /// Whether the finding says that something could not be read, so that absence proves nothing.
    pub fn is_unread(&self) -> bool {
        self.severity == Severity::Error && self.code == "unreadable" || self.code == "unavailable"
    }
}
