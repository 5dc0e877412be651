//! Remote repositories: which are read with git, and what stands in for the others.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::errand::{Errand, Wish};
use crate::sim::http::Refusal;

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkout {
    /// The branch; nothing for a tag.
    pub(crate) branch: Option<String>,
    /// The commit; nothing in an empty repository.
    pub(crate) commit: Option<String>,
    /// The files, by their path in the repository.
    pub(crate) files: BTreeMap<String, Bytes>,
}

/// Why nothing could be checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server wants to know who asks, or does not let them in.
    Unauthorized,
    /// There is no such branch or tag.
    UnknownRef,
    /// It is larger than a git folder may be.
    TooLarge,
    /// Nothing answers there in time, or not as a git server does.
    Unreachable,
}

/// What came of an errand.
pub(crate) type Fetched = Result<Checkout, Trouble>;

/// A repository that is not fetched from anywhere.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remote {
    /// The branch that is checked out where none is named.
    pub(crate) default_branch: String,
    /// The files of each branch.
    pub(crate) branches: BTreeMap<String, Revision>,
    /// The files of each tag.
    pub(crate) tags: BTreeMap<String, Revision>,
    /// Whether only those who have a credential may read it.
    pub(crate) private: bool,
}

/// The files of a revision, as text.
pub(crate) type Revision = BTreeMap<String, String>;

/// Whether a repository is on this machine, so that it is read with git. No other is ever asked for.
pub(super) fn is_near(url: &str) -> bool {
    let host = url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    url.starts_with("file:///")
        || url.starts_with("http")
            && host.is_some_and(|host| ["127.0.0.1", "localhost", "[::1]"].contains(&host.as_str()))
}

impl Remote {
    /// Checks out of a repository that is known to the simulator.
    pub(super) fn checkout(&self, errand: &Errand) -> Fetched {
        if self.private && errand.login.is_none() {
            return Err(Trouble::Unauthorized);
        }
        let (branch, found) = match &errand.wish {
            Wish::Default => (Some(&self.default_branch), self.branches.get(&self.default_branch)),
            Wish::Branch(name) => (Some(name), self.branches.get(name)),
            Wish::Tag(name) => (None, self.tags.get(name)),
        };
        let revision = found.ok_or(Trouble::UnknownRef)?;
        Ok(Checkout {
            branch: branch.cloned(),
            commit: Some(commit(&errand.url, revision)),
            files: revision
                .iter()
                .map(|(name, text)| (name.clone(), Bytes::from(text.clone())))
                .collect(),
        })
    }
}

/// Checks out of a repository of which nothing is known: it has whatever branch or tag is asked for, with one file.
pub(super) fn unknown(errand: &Errand) -> Checkout {
    let (branch, named) = match &errand.wish {
        Wish::Default => (Some("main"), "main"),
        Wish::Branch(name) => (Some(name.as_str()), name.as_str()),
        Wish::Tag(name) => (None, name.as_str()),
    };
    let text = format!("# {} at {named}\n", errand.url);
    let revision = Revision::from([("README.md".to_owned(), text.clone())]);
    Checkout {
        branch: branch.map(str::to_owned),
        commit: Some(commit(&errand.url, &revision)),
        files: BTreeMap::from([("README.md".to_owned(), Bytes::from(text))]),
    }
}

/// Forty hexadecimal digits that follow from the files.
fn commit(url: &str, revision: &Revision) -> String {
    let mut hash = Sha256::new_with_prefix(url);
    for part in revision.iter().flat_map(|(name, text)| [name, text]) {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

impl Trouble {
    /// What the API says of it.
    pub(super) fn refusal(&self, errand: &Errand) -> Refusal {
        let url = &errand.url;
        match self {
            Self::Unauthorized if errand.login.is_none() => Refusal::denied(
                "Missing Git provider credentials. Go to User Settings > Git Integration to add your personal access token.",
            ),
            Self::Unauthorized => Refusal::denied(format!(
                "Invalid Git provider credentials for repo URL {url}. Check the personal access token in User Settings > Git Integration."
            )),
            Self::UnknownRef => {
                let what = match &errand.wish {
                    Wish::Default => "Default branch".to_owned(),
                    Wish::Branch(name) => format!("Branch '{name}'"),
                    Wish::Tag(name) => format!("Tag '{name}'"),
                };
                Refusal::new(400, "GIT_UNKNOWN_REF", format!("{what} does not exist in {url}"))
            }
            Self::TooLarge => Refusal::invalid(format!(
                "{url} is larger than a git folder may be; use sparse checkout"
            )),
            Self::Unreachable => Refusal::new(
                400,
                "GIT_REMOTE_ERROR",
                format!("The remote repository {url} could not be read"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn only_this_machine_is_ever_asked() {
        for near in [
            "file:///srv/x.git",
            "http://127.0.0.1:81/x",
            "http://localhost/x.git",
            "http://[::1]:9/x",
        ] {
            assert!(is_near(near), "{near}");
        }
        for far in [
            "https://github.com/acme/x.git",
            "http://127.0.0.1.evil.example/x",
            "https://git.example/127.0.0.1",
            "file://host/x.git",
            "git@github.com:acme/x.git",
            "ext::sh -c true",
            "",
        ] {
            assert!(!is_near(far), "{far}");
        }
    }
}
