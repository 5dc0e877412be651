//! How a person names a revision.

use std::fmt;
use std::path::Path;

use super::error::RevisionError;

/// What begins the name of a revision where a directory could stand as well.
const PREFIX: &str = "git:";

/// A place in a revision: `git:REV` or `git:REV:PATH`.
///
/// A path that begins with `/`, `./` or `../` is one of the file system, and says which repository is
/// meant. Any other is one from the root of the repository, as git itself takes it; `git:REV:` is the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionName {
    /// The revision, as git understands it.
    pub rev: String,
    /// The path; absent where it is to be found.
    pub path: Option<String>,
}

impl RevisionName {
    /// Reads a name; `None` where it is that of a file or directory.
    ///
    /// # Errors
    ///
    /// [`RevisionError::Name`] where the name begins as that of a revision and is none.
    pub fn parse(named: &Path) -> Result<Option<Self>, RevisionError> {
        let Some(text) = named.to_str() else { return Ok(None) };
        let Some(rest) = text.strip_prefix(PREFIX) else { return Ok(None) };
        let (rev, path) = match colon(rest) {
            Some(at) => (&rest[..at], Some(rest[at + 1..].to_owned())),
            None => (rest, None),
        };
        check(rev).map_err(|problem| RevisionError::Name { named: text.to_owned(), problem })?;
        Ok(Some(Self { rev: rev.to_owned(), path }))
    }

    /// Whether the path is one of the file system.
    pub(super) fn is_in_file_system(&self) -> bool {
        self.path.as_deref().is_some_and(|path| {
            let first = path.split(['/', '\\']).next().unwrap_or_default();
            [".", ".."].contains(&first) || Path::new(path).is_absolute()
        })
    }
}

/// Refuses what git would not take for a revision.
pub(super) fn check(rev: &str) -> Result<(), &'static str> {
    match rev {
        "" => Err("the revision is missing"),
        rev if rev.starts_with('-') => Err("a revision does not begin with a dash"),
        rev if rev.contains(['\0', '\n']) => Err("a revision is one line"),
        _ => Ok(()),
    }
}

/// The colon behind the revision; those within braces, as in `@{12:30}`, belong to it.
fn colon(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.char_indices().find_map(|(at, letter)| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some(at),
            _ => {}
        }
        None
    })
}

impl fmt::Display for RevisionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.rev)?;
        self.path.as_ref().map_or(Ok(()), |path| write!(f, ":{path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(String, Option<String>)> {
        let name = RevisionName::parse(Path::new(text)).unwrap()?;
        assert_eq!(name.to_string(), text);
        Some((name.rev, name.path))
    }

    #[test]
    fn a_name_is_a_revision_and_perhaps_a_path() {
        let name = |rev: &str, path: Option<&str>| Some((rev.into(), path.map(str::to_owned)));
        assert_eq!(parsed("git:HEAD~3"), name("HEAD~3", None));
        assert_eq!(parsed("git:v1:snap shot/ü"), name("v1", Some("snap shot/ü")));
        assert_eq!(parsed("git:v1:"), name("v1", Some("")));
        assert_eq!(parsed("git:HEAD@{12:30}:a:b"), name("HEAD@{12:30}", Some("a:b")));
        assert_eq!(parsed("snapshot"), None);
        assert_eq!(parsed("./git:x"), None);
    }

    #[test]
    fn what_git_would_take_for_a_flag_is_refused() {
        for text in ["git:", "git::x", "git:--output=x", "git:-n:x", "git:a\nb"] {
            assert!(RevisionName::parse(Path::new(text)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn paths_of_the_file_system_are_told_by_how_they_begin() {
        for (text, wanted) in [
            ("git:x:a/b", false),
            ("git:x", false),
            ("git:x:.hidden/a", false),
            ("git:x:./a", true),
            ("git:x:..", true),
            ("git:x:/a", true),
        ] {
            let name = RevisionName::parse(Path::new(text)).unwrap().unwrap();
            assert_eq!(name.is_in_file_system(), wanted, "{text}");
        }
    }
}
