//! Older versions of an API, for workspaces that do not have the newest.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The prefix of each API's newest version, and the one before.
const OLDER: &[(&str, &str)] =
    &[("/api/2.2/jobs/", "/api/2.1/jobs/"), ("/api/2.1/clusters/", "/api/2.0/clusters/")];

/// What a workspace does not have: newer versions of an API, by their prefix, and single calls, by their path.
#[derive(Default)]
pub(super) struct Versions(Mutex<BTreeSet<&'static str>>);

impl Versions {
    /// The path to call: the older one where the newer is known to be missing.
    pub(super) fn path(&self, path: &str) -> String {
        let missing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match entry(path) {
            Some((newer, older)) if missing.contains(newer) => path.replacen(newer, older, 1),
            _ => path.to_owned(),
        }
    }

    /// The same path in the version before.
    pub(super) fn older(path: &str) -> Option<String> {
        entry(path).map(|(newer, older)| path.replacen(newer, older, 1))
    }

    /// Remembers that the version of this path is missing.
    pub(super) fn remember(&self, path: &str) {
        if let Some((newer, _)) = entry(path) {
            self.miss(newer);
        }
    }

    /// Remembers that this is missing, which has no older version.
    pub(super) fn miss(&self, path: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
    }

    /// Whether this is known to be missing.
    pub(super) fn lacks(&self, path: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }
}

fn entry(path: &str) -> Option<(&'static str, &'static str)> {
    OLDER.iter().copied().find(|(newer, _)| path.starts_with(newer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_version_is_remembered_for_the_whole_api() {
        let versions = Versions::default();
        assert_eq!(versions.path("/api/2.2/jobs/list"), "/api/2.2/jobs/list");
        assert_eq!(Versions::older("/api/2.2/jobs/list").as_deref(), Some("/api/2.1/jobs/list"));
        assert_eq!(Versions::older("/api/2.1/jobs/list"), None);
        versions.remember("/api/2.2/jobs/list");
        assert_eq!(versions.path("/api/2.2/jobs/get"), "/api/2.1/jobs/get");
        assert_eq!(versions.path("/api/2.1/clusters/get"), "/api/2.1/clusters/get");
    }
}
