//! Which commit set what: single values by their paths, texts line by line.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// What stands somewhere, and the commit that put it there, by its place in the list of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set<T> {
    /// What stands there.
    pub value: T,
    /// The commit; `None` until it is found.
    pub by: Option<usize>,
}

impl<T> Set<T> {
    fn unknown(value: T) -> Self {
        Self { value, by: None }
    }
}

/// Values by their paths, of which it is being found out who set them.
pub(super) struct Values(pub BTreeMap<String, Set<Value>>);

impl Values {
    /// The values as they are now.
    pub(super) fn of(values: BTreeMap<String, Value>) -> Self {
        Self(values.into_iter().map(|(path, value)| (path, Set::unknown(value))).collect())
    }

    /// Takes in that the values before a commit were these.
    pub(super) fn before(&mut self, commit: usize, before: &BTreeMap<String, Value>) {
        for (path, set) in &mut self.0 {
            if set.by.is_none() && before.get(path) != Some(&set.value) {
                set.by = Some(commit);
            }
        }
    }

    /// Whether nothing is left to find out.
    pub(super) fn is_known(&self) -> bool {
        self.0.values().all(|set| set.by.is_some())
    }
}

/// The lines of a text, of which it is being found out who wrote them.
pub(super) struct Lines {
    /// The lines as they are now.
    pub lines: Vec<Set<String>>,
    /// Where each line of the version under way stands in the text now.
    open: Vec<Option<usize>>,
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

impl Lines {
    /// The lines of a text as it is now.
    pub(super) fn of(text: &str) -> Self {
        let lines: Vec<_> =
            split(text).into_iter().map(|line| Set::unknown(line.to_owned())).collect();
        Self { open: (0..lines.len()).map(Some).collect(), lines }
    }

    /// Takes in that a commit made `after` of `before`; `None` for what was no text.
    pub(super) fn before(&mut self, commit: usize, before: Option<&str>, after: &str) {
        let old = split(before.unwrap_or_default());
        let mut open = vec![None; old.len()];
        for op in capture_diff_slices(Algorithm::Myers, &old, &split(after)) {
            let (tag, old, new) = op.as_tag_tuple();
            if tag == DiffTag::Equal {
                for (old, new) in old.zip(new) {
                    open[old] = self.open.get(new).copied().flatten();
                }
            } else {
                self.settle(new, commit);
            }
        }
        self.open = open;
    }

    fn settle(&mut self, lines: Range<usize>, commit: usize) {
        for line in self.open.get(lines).into_iter().flatten().flatten() {
            self.lines[*line].by = Some(commit);
        }
    }

    /// Whether nothing is left to find out.
    pub(super) fn is_known(&self) -> bool {
        self.lines.iter().all(|set| set.by.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_value_is_set_by_the_commit_before_which_it_was_another() {
        let map = |values: &[(&str, i32)]| -> BTreeMap<String, Value> {
            values.iter().map(|(path, value)| ((*path).to_owned(), json!(value))).collect()
        };
        let mut values = Values::of(map(&[("/a", 1), ("/b", 2), ("/c", 3)]));
        values.before(0, &map(&[("/a", 1), ("/b", 9), ("/c", 3)]));
        values.before(1, &map(&[("/a", 1), ("/b", 2)]));
        assert!(!values.is_known());
        values.before(2, &BTreeMap::new());
        let by: Vec<_> = values.0.values().map(|set| set.by).collect();
        assert_eq!(by, [Some(2), Some(0), Some(1)]);
        assert!(values.is_known());
    }

    fn by(versions: &[&str]) -> Vec<usize> {
        let mut lines = Lines::of(versions[0]);
        for (commit, after) in versions.iter().enumerate() {
            lines.before(commit, versions.get(commit + 1).copied(), after);
        }
        assert!(lines.is_known());
        lines.lines.iter().map(|line| line.by.unwrap()).collect()
    }

    #[test]
    fn a_line_is_of_the_commit_that_brought_it() {
        assert_eq!(by(&["a\nx\nb\n", "a\nb\n", "b\n"]), [1, 0, 2]);
        assert_eq!(by(&["b\na\n", "a\n", "a"]), [0, 1]);
        assert_eq!(by(&["same\n", "same\n", "same\n"]), [2]);
        assert_eq!(by(&["", "a\n"]), Vec::<usize>::new());
    }

    proptest! {
        #[test]
        fn every_line_has_a_commit_in_which_it_stands(versions in prop::collection::vec("[ab\n]{0,8}", 1..6)) {
            let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
            for (line, commit) in split(versions[0]).iter().zip(by(&versions)) {
                prop_assert!(split(versions[commit]).contains(line));
            }
        }
    }
}
