//! A git repository: its commits and its worktree.

use std::path::{Path, PathBuf};

use super::error::RevisionError;
use super::{git, name};

/// A commit, as far as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The commit's identifier, whole.
    pub id: String,
    /// Its identifier, abbreviated.
    pub short: String,
    /// When its author made it, RFC 3339 with the author's offset.
    pub date: String,
    /// The author's name.
    pub author: String,
    /// The author's e-mail.
    pub email: String,
    /// The first line of its message.
    pub subject: String,
    pub(super) tree: String,
    pub(super) parent: Option<String>,
}

/// A repository, found from a directory in it.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    /// A directory in it; absent for the one we are in.
    dir: Option<PathBuf>,
    /// Whether older commits are missing.
    pub(super) shallow: bool,
    /// The root of the worktree; absent where there is none.
    worktree: Option<PathBuf>,
}

impl Repository {
    /// The repository that `dir` is in, or that we are in.
    pub(super) fn around(dir: Option<&Path>) -> Result<Self, RevisionError> {
        let args = ["rev-parse", "--is-shallow-repository", "--is-inside-work-tree"];
        let answers = git::output(dir, &args)?;
        let answers = String::from_utf8_lossy(&answers);
        let mut answers = answers.lines().map(|line| line == "true");
        let (shallow, inside) =
            (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
        let worktree = if inside {
            Some(git::path(&git::output(dir, &["rev-parse", "--show-toplevel"])?))
        } else {
            None
        };
        Ok(Self { dir: dir.map(Path::to_owned), shallow, worktree })
    }

    /// Where git is run.
    pub(super) fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// Where the repository is, for people.
    pub(super) fn shown(&self) -> PathBuf {
        let here = || self.dir.clone().unwrap_or_else(|| PathBuf::from("."));
        self.worktree.clone().unwrap_or_else(here)
    }

    /// The root of the worktree.
    pub(super) fn worktree(&self) -> Result<&Path, RevisionError> {
        self.worktree
            .as_deref()
            .ok_or_else(|| RevisionError::NoWorktree { repository: self.shown() })
    }

    /// The identifier of the commit that `rev` is.
    pub(super) fn commit(&self, rev: &str) -> Result<String, RevisionError> {
        let wanted = format!("{rev}^{{commit}}");
        let args = ["rev-parse", "--verify", "--quiet", &wanted];
        let found = git::run(self.dir(), &args)?;
        let id = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        if found.status.success() && !id.is_empty() { Ok(id) } else { Err(self.unknown(rev)) }
    }

    fn unknown(&self, rev: &str) -> RevisionError {
        RevisionError::UnknownRevision {
            rev: rev.to_owned(),
            repository: self.shown(),
            shallow: self.shallow,
        }
    }

    /// The identifier of the newest commit of a range.
    pub(super) fn newest(&self, range: &str) -> Result<String, RevisionError> {
        let found = self.list(&["rev-list", "--max-count=1", range, "--"], range)?;
        let id = found.trim();
        if id.is_empty() { Err(self.unknown(range)) } else { Ok(id.to_owned()) }
    }

    /// What `rev-list` prints of a range.
    fn list(&self, args: &[&str], range: &str) -> Result<String, RevisionError> {
        name::check(range)
            .map_err(|problem| RevisionError::Name { named: range.to_owned(), problem })?;
        let output = git::run(self.dir(), args)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let is_unknown = ["bad revision", "unknown revision", "Invalid revision"];
        Err(if is_unknown.iter().any(|words| said.contains(words)) {
            self.unknown(range)
        } else {
            git::failure(self.dir(), args, &output)
        })
    }

    /// The commits of a range that changed something below `path`: first parents only, newest first.
    pub(super) fn commits(&self, range: &str, path: &str) -> Result<Vec<Commit>, RevisionError> {
        let format = "--format=%h%x00%aI%x00%an%x00%ae%x00%s%x00%T%x00%P";
        let mut args = vec!["rev-list", "--first-parent", "--encoding=UTF-8", format, range, "--"];
        // From the root, wherever git is run, and with no character of special meaning.
        let path = format!(":(top,literal){path}");
        args.push(&path);
        let text = self.list(&args, range)?;
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        Ok(lines.chunks(2).filter_map(commit).collect())
    }
}

/// Reads what `rev-list` prints of a commit: a line with its identifier, and one with what was asked.
fn commit(record: &[&str]) -> Option<Commit> {
    let [head, told] = record else { return None };
    let id = head.strip_prefix("commit ")?.to_owned();
    let mut parts = told.split('\0').map(str::to_owned);
    let mut part = || parts.next();
    let (short, date, author, email) = (part()?, part()?, part()?, part()?);
    let (subject, tree, parents) = (part()?, part()?, part()?);
    let parent = parents.split(' ').next().filter(|parent| !parent.is_empty());
    let parent = parent.map(str::to_owned);
    Some(Commit { id, short, date, author, email, subject, tree, parent })
}
