//! The objects of a repository, read through one process that stays open.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::rc::Rc;

use super::error::RevisionError;
use super::git;
use super::repository::Repository;
use super::tree::{self, Entry, What};

/// How many trees are kept in memory.
const TREES: usize = 4096;

/// Reads objects by their identifiers.
pub(super) struct Objects {
    child: Child,
    /// Closed first when the process is to end.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    trees: HashMap<String, Rc<Vec<Entry>>>,
}

impl Objects {
    /// Starts the process.
    pub(super) fn open(repository: &Repository) -> Result<Self, RevisionError> {
        let mut child = git::command(repository.dir())
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| RevisionError::NoGit { source })?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(broken("it has no pipes"));
        };
        let output = BufReader::with_capacity(64 * 1024, output);
        Ok(Self { child, input: Some(input), output, trees: HashMap::new() })
    }

    /// The bytes of an object.
    pub(super) fn bytes(&mut self, id: &str) -> Result<Vec<u8>, RevisionError> {
        let mut bytes = Vec::new();
        self.copy(id, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the bytes of an object somewhere.
    pub(super) fn copy(&mut self, id: &str, to: &mut impl Write) -> Result<(), RevisionError> {
        self.try_copy(id, to)
            .map_err(|error| broken(&error.to_string()))?
            .ok_or_else(|| RevisionError::Missing { id: id.to_owned() })
    }

    /// As [`Objects::copy`]; `None` where there is no such object.
    fn try_copy(&mut self, id: &str, to: &mut impl Write) -> io::Result<Option<()>> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        input.write_all(format!("{id}\n").as_bytes())?;
        input.flush()?;
        let mut head = String::new();
        self.output.read_line(&mut head)?;
        // `ID TYPE SIZE`, or `ID missing`.
        let Some(size) = head.trim_end().split(' ').nth(2) else {
            return if head.ends_with("missing\n") {
                Ok(None)
            } else {
                Err(io::Error::other(head))
            };
        };
        let size: u64 = size.parse().map_err(|_| io::Error::other(head.clone()))?;
        let copied = io::copy(&mut (&mut self.output).take(size), to)?;
        let mut end = [0; 1];
        self.output.read_exact(&mut end)?;
        if copied == size { Ok(Some(())) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// The entries of a tree.
    pub(super) fn tree(&mut self, id: &str) -> Result<Rc<Vec<Entry>>, RevisionError> {
        if let Some(tree) = self.trees.get(id) {
            return Ok(Rc::clone(tree));
        }
        let bytes = self.bytes(id)?;
        let entries = tree::read(&bytes, id.len() / 2).ok_or_else(|| broken("a tree is torn"))?;
        let tree = Rc::new(entries);
        if self.trees.len() >= TREES {
            self.trees.clear();
        }
        self.trees.insert(id.to_owned(), Rc::clone(&tree));
        Ok(tree)
    }

    /// The tree of a commit.
    pub(super) fn tree_of(&mut self, commit: &str) -> Result<String, RevisionError> {
        let bytes = self.bytes(commit)?;
        let text = String::from_utf8_lossy(&bytes);
        let tree = text.lines().next().and_then(|line| line.strip_prefix("tree "));
        tree.map(str::to_owned).ok_or_else(|| broken("a commit has no tree"))
    }

    /// Whether a commit has parents, be they here or not.
    pub(super) fn has_parent(&mut self, commit: &str) -> Result<bool, RevisionError> {
        let bytes = self.bytes(commit)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().nth(1).is_some_and(|line| line.starts_with("parent ")))
    }

    /// What stands at a path below a tree; the tree itself where the path is empty.
    pub(super) fn entry(&mut self, tree: &str, path: &str) -> Result<Option<Entry>, RevisionError> {
        let mut entry = Entry { what: What::Directory, name: String::new(), id: tree.to_owned() };
        for part in path.split('/').filter(|part| !part.is_empty()) {
            if entry.what != What::Directory {
                return Ok(None);
            }
            match self.tree(&entry.id)?.iter().find(|child| child.name == part) {
                Some(child) => entry = child.clone(),
                None => return Ok(None),
            }
        }
        Ok(Some(entry))
    }
}

fn broken(said: &str) -> RevisionError {
    RevisionError::Git { doing: "cat-file".to_owned(), said: said.trim_end().to_owned() }
}

impl Drop for Objects {
    fn drop(&mut self) {
        drop(self.input.take());
        // A process that is being read no longer ends by itself, and one that ended needs no more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
