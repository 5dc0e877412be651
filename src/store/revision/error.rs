//! Why a revision could not be read.

use std::io;
use std::path::PathBuf;

/// A refusal or failure around git: what was asked for, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// The program is missing or cannot be started.
    #[error(
        "the program `git` cannot be run ({source}); install git, or name the directory of a snapshot"
    )]
    NoGit {
        /// What the system said.
        source: io::Error,
    },
    /// The text names no revision.
    #[error(
        "`{named}` names no revision: {problem}; write git:REV or git:REV:PATH, such as git:HEAD~3"
    )]
    Name {
        /// The text.
        named: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A path cannot be one of a repository.
    #[error("{} cannot be looked for in a repository: {problem}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// Why not.
        problem: &'static str,
    },
    /// The directory is in no repository.
    #[error("{} is in no git repository; go into one, or name a path that is in one", dir.display())]
    NotARepository {
        /// The directory.
        dir: PathBuf,
    },
    /// The repository has no such revision.
    #[error("the repository {} has no commit `{rev}`{}", repository.display(), unknown(*shallow))]
    UnknownRevision {
        /// The revision as it was asked for.
        rev: String,
        /// Where the repository is.
        repository: PathBuf,
        /// Whether the clone lacks older commits.
        shallow: bool,
    },
    /// Nothing of that path is in the revision.
    #[error("{} is not in {rev}; {}", place(path), told(found))]
    NotThere {
        /// The path within the repository.
        path: String,
        /// The revision.
        rev: String,
        /// The snapshots that are in it.
        found: Vec<String>,
    },
    /// What is at that path is no snapshot.
    #[error("{} in {rev} holds no snapshot.yaml; {}", place(path), told(found))]
    NotASnapshot {
        /// The path within the repository.
        path: String,
        /// The revision.
        rev: String,
        /// The snapshots that are in it.
        found: Vec<String>,
    },
    /// The revision holds no snapshot.
    #[error(
        "{rev} holds no snapshot: no directory of it has a snapshot.yaml; name a revision that has"
    )]
    NoSnapshot {
        /// The revision.
        rev: String,
    },
    /// The revision holds several snapshots and none was named.
    #[error("{rev} holds several snapshots ({}); name the one that is meant: git:REV:PATH", found.join(", "))]
    Several {
        /// The revision.
        rev: String,
        /// Their paths within the repository.
        found: Vec<String>,
    },
    /// The repository is bare, so no directory belongs to it.
    #[error("the repository {} has no worktree; run the command in a clone that has one", repository.display())]
    NoWorktree {
        /// Where the repository is.
        repository: PathBuf,
    },
    /// An object of the revision is not in this clone.
    #[error(
        "object {id} is not in this clone, which is a partial or damaged one; fetch it whole, or run `git fsck`"
    )]
    Missing {
        /// The object's identifier.
        id: String,
    },
    /// Git refused for another reason.
    #[error("git {doing} failed: {said}")]
    Git {
        /// The command.
        doing: String,
        /// What it said.
        said: String,
    },
}

fn unknown(shallow: bool) -> &'static str {
    if shallow {
        "; the clone is shallow, and `git fetch --unshallow` brings what is missing"
    } else {
        "; `git log --oneline` lists those there are"
    }
}

fn place(path: &str) -> String {
    if path.is_empty() { "the root of the repository".to_owned() } else { format!("`{path}`") }
}

fn told(found: &[String]) -> String {
    if found.is_empty() {
        "no directory of it has a snapshot.yaml".to_owned()
    } else {
        format!("there is {}", found.join(", "))
    }
}
