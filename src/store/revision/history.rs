//! One resource through the commits of a repository.

use std::path::Path;
use std::rc::Rc;

use super::error::RevisionError;
use super::files::TreeFiles;
use super::locate;
use super::name::RevisionName;
use super::objects::Objects;
use super::repository::{Commit, Repository};
use super::tree::What;
use crate::model::{Address, digest_bytes};
use crate::store::error::StoreError;
use crate::store::snapshot_dir::{Files as _, Finder, Found, HEADER, Seen, keys, renamed_from};

/// What one commit says of the resource.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It is in the snapshot; unchanged ones share what they point to.
    Here(Rc<Found>),
    /// It is not in the snapshot.
    Gone {
        /// Whether the listing of its kind was complete, so that absence proves something.
        complete: bool,
    },
    /// The snapshot holds nothing of its kind, because nobody looked.
    NotLookedFor,
    /// There is no snapshot in the commit.
    NoSnapshot,
    /// The snapshot says something that cannot be read.
    Unreadable(String),
}

/// A commit, and what it says of the resource.
#[derive(Clone, Debug)]
pub struct Version {
    /// The commit; `None` for the one before the range that was asked for.
    pub commit: Option<Commit>,
    /// What it says.
    pub state: State,
}

/// The versions of one resource: first parents only, newest first, and at the end what was before.
///
/// Subtrees that are equal in git are not looked at, so that a version costs what changed in it.
pub struct History {
    repository: Repository,
    objects: Objects,
    /// The snapshot's directory within the repository.
    path: String,
    commits: std::vec::IntoIter<Commit>,
    /// The commit looked at last, and the tree of the snapshot in it.
    last: Option<(Commit, Option<String>)>,
    state: State,
    /// The tree in which the resource was seen last.
    seen_in: Option<String>,
    finder: Finder,
    is_over: bool,
    cut_at: Option<String>,
}

impl History {
    /// Prepares the history of `address` in the snapshot that `named` is: a directory, or `git:REV:PATH`.
    ///
    /// Without a name it is the one snapshot of the repository that we are in. `range` is what git takes for
    /// a range of commits, `HEAD` by default.
    ///
    /// # Errors
    ///
    /// [`RevisionError`] where there is no git, no repository, no such revision, or no one snapshot.
    pub fn open(
        address: &Address,
        named: Option<&Path>,
        range: Option<&str>,
    ) -> Result<Self, StoreError> {
        let name = named.map(RevisionName::parse).transpose()?.flatten();
        let range = range.or(name.as_ref().map(|name| name.rev.as_str())).unwrap_or("HEAD");
        let (repository, path) = match (&name, named) {
            (Some(name), _) => {
                let place = locate::place(name, None)?;
                (place.repository, place.path)
            }
            (None, Some(dir)) => {
                let (repository, path) = locate::in_file_system(dir, None)?;
                (repository, Some(path))
            }
            (None, None) => (Repository::around(None)?, None),
        };
        let newest = repository.newest(range)?;
        let mut objects = Objects::open(&repository)?;
        let path = match path {
            Some(path) => path,
            None => {
                let root = objects.tree_of(&newest)?;
                locate::only_snapshot(&mut objects, &root, range)?
            }
        };
        let commits = repository.commits(range, &path)?;
        if commits.is_empty() {
            let rev = range.to_owned();
            return Err(RevisionError::NotThere { path, rev, found: Vec::new() }.into());
        }
        Ok(Self {
            repository,
            objects,
            path,
            commits: commits.into_iter(),
            last: None,
            state: State::NoSnapshot,
            seen_in: None,
            finder: Finder::new(address.clone()),
            is_over: false,
            cut_at: None,
        })
    }

    /// The commit at which a shallow clone ends; known once all versions were looked at.
    pub fn cut_at(&self) -> Option<&str> {
        self.cut_at.as_deref()
    }

    /// The bytes of a version's content, where it has one.
    ///
    /// # Errors
    ///
    /// Fails where the content is missing, or not what the snapshot says.
    pub fn content(&mut self, found: &Found) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(content) = &found.resource.content else { return Ok(None) };
        let refuse = |problem: String| StoreError::Unstorable {
            about: found.resource.address.to_string(),
            problem,
        };
        let Some(id) = &found.content else {
            return Err(refuse("the snapshot does not hold its content".to_owned()));
        };
        let bytes = self.objects.bytes(id)?;
        let actual = digest_bytes(&bytes);
        if actual == content.digest {
            return Ok(Some(bytes));
        }
        Err(refuse(format!("its content is {actual} and should be {}", content.digest)))
    }

    /// The next older version.
    fn older(&mut self) -> Result<Option<Version>, StoreError> {
        let Some((commit, tree)) = self.next_tree()? else { return Ok(None) };
        let entry = self.objects.entry(&tree, &self.path)?;
        let snapshot = entry.filter(|entry| entry.what == What::Directory).map(|entry| entry.id);
        let is_same = self.last.as_ref().is_some_and(|(_, last)| *last == snapshot);
        if !is_same {
            let rev = commit.as_ref().map_or("the commit before", |commit| &commit.short);
            self.state = self.look(snapshot.as_deref(), rev)?;
        }
        if matches!(self.state, State::Here(_)) {
            self.seen_in.clone_from(&snapshot);
        }
        if let Some(commit) = &commit {
            self.last = Some((commit.clone(), snapshot));
        }
        Ok(Some(Version { commit, state: self.state.clone() }))
    }

    /// The next commit and its tree; after the last one, the tree of the commit before it.
    fn next_tree(&mut self) -> Result<Option<(Option<Commit>, String)>, RevisionError> {
        if let Some(commit) = self.commits.next() {
            let tree = commit.tree.clone();
            return Ok(Some((Some(commit), tree)));
        }
        let Some((last, _)) = self.last.as_ref().filter(|_| !self.is_over) else { return Ok(None) };
        self.is_over = true;
        if let Some(parent) = &last.parent {
            return Ok(Some((None, self.objects.tree_of(parent)?)));
        }
        if self.repository.shallow && self.objects.has_parent(&last.id)? {
            self.cut_at = Some(last.short.clone());
        }
        Ok(None)
    }

    fn look(&mut self, snapshot: Option<&str>, rev: &str) -> Result<State, StoreError> {
        let Some(tree) = snapshot else { return Ok(State::NoSnapshot) };
        let shown = RevisionName { rev: rev.to_owned(), path: Some(self.path.clone()) }.to_string();
        let mut files = TreeFiles { objects: &mut self.objects, tree, shown: &shown };
        if files.id(HEADER)?.is_none() {
            return Ok(State::NoSnapshot);
        }
        let mut seen = self.finder.look(&mut files);
        if let Ok(Seen::Gone { .. }) = seen
            && let Some(newer) = self.seen_in.take()
        {
            // Damage in what was observed hides a rename and nothing else.
            let older = keys(&mut files, &self.finder.address().kind).unwrap_or_default();
            let mut files = TreeFiles { objects: &mut self.objects, tree: &newer, shown: &shown };
            let newer = keys(&mut files, &self.finder.address().kind).unwrap_or_default();
            if let Some(before) = renamed_from(self.finder.address(), &newer, &older) {
                self.finder = Finder::new(before);
                let mut files = TreeFiles { objects: &mut self.objects, tree, shown: &shown };
                seen = self.finder.look(&mut files);
            }
        }
        match seen {
            Ok(Seen::Here(found)) => Ok(State::Here(found)),
            Ok(Seen::Gone { complete }) => Ok(State::Gone { complete }),
            Ok(Seen::NotLookedFor) => Ok(State::NotLookedFor),
            // What git itself cannot give is no property of the snapshot.
            Err(StoreError::Revision(error)) => Err(error.into()),
            Err(error) => Ok(State::Unreadable(error.to_string())),
        }
    }
}

impl Iterator for History {
    type Item = Result<Version, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.older().transpose()
    }
}
