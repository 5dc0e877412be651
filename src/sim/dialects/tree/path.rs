//! Workspace paths: one spelling out of the several which the service takes.

/// An absolute path in the spelling the service answers with: no `/Workspace` before it, no doubled
/// and no trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreePath {
    names: Vec<String>,
}

impl TreePath {
    /// The path `/`.
    pub(crate) fn root() -> Self {
        Self { names: Vec::new() }
    }

    /// Reads a path as a client wrote it. `None` if it is not absolute.
    pub(crate) fn parse(written: &str) -> Option<Self> {
        if !written.starts_with('/') {
            return None;
        }
        let mut names: Vec<String> =
            written.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        if names.first().is_some_and(|first| first == "Workspace") {
            names.remove(0);
        }
        Some(Self { names })
    }

    /// The names from the root down; none for the root itself.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The last name; empty for the root.
    pub(crate) fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// The folder which holds this path; the root holds itself.
    pub(crate) fn parent(&self) -> Self {
        let above = self.names.len().saturating_sub(1);
        Self { names: self.names[..above].to_vec() }
    }

    /// The path with `name` below it.
    pub(crate) fn join(&self, name: &str) -> Self {
        let mut names = self.names.clone();
        names.push(name.to_owned());
        Self { names }
    }

    /// The path whose last name is `name` instead.
    pub(crate) fn renamed(&self, name: &str) -> Self {
        self.parent().join(name)
    }
}

impl std::fmt::Display for TreePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{}", self.names.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::TreePath;

    fn spelled(written: &str) -> String {
        TreePath::parse(written).unwrap().to_string()
    }

    #[test]
    fn every_spelling_comes_out_as_one() {
        assert_eq!(spelled("/Workspace/Shared//etl/"), "/Shared/etl");
        assert_eq!(spelled("/Shared/etl"), "/Shared/etl");
        assert_eq!(spelled("/Workspace"), "/");
        assert_eq!(spelled("//"), "/");
        assert_eq!(spelled("/Workspaces/a b"), "/Workspaces/a b");
    }

    #[test]
    fn a_relative_path_is_none() {
        assert_eq!(TreePath::parse("Shared/etl"), None);
        assert_eq!(TreePath::parse(""), None);
    }
}
