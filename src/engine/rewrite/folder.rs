//! A folder for experiments that come from where names are no paths.

use crate::kind::HOMES;

/// The folder of a workspace that such names go below, and the rule's name.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: String,
    label: String,
}

impl Folder {
    /// Takes a folder in which a workspace lets people make others.
    ///
    /// # Errors
    /// What is wrong with the path, and what would be right.
    pub(super) fn new(path: &str, label: String) -> Result<Self, String> {
        let is_whole = path.split('/').skip(1).all(|name| !name.is_empty());
        let is_open = path == "/Shared" || path.starts_with("/Shared/") || is_below_home(path);
        if !is_whole || !is_open {
            return Err(format!(
                "`{path}` has to be a folder below /Shared or /Users/NAME, without a slash at its end"
            ));
        }
        Ok(Self { path: path.to_owned(), label })
    }

    /// The rule's name.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// The path below the folder of what is named without one.
    pub(super) fn place(&self, name: &str) -> Option<(String, &str)> {
        if name.starts_with('/') {
            return None;
        }
        let names: Vec<&str> = name.split('/').filter(|name| !name.is_empty()).collect();
        Some((format!("{}/{}", self.path, names.join("/")), self.label()))
    }
}

/// Whether it is somebody's home, or below one.
fn is_below_home(path: &str) -> bool {
    path.strip_prefix(HOMES).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}

/// The folders above a path, but for those that a workspace or a user comes with.
pub(super) fn above(path: &str) -> impl Iterator<Item = &str> {
    let own = if is_below_home(path) { 2 } else { 1 };
    path.match_indices('/').skip(own + 1).map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_below_the_folder_and_a_path_stays() {
        let folder = Folder::new("/Shared/mlflow", "rule".to_owned()).unwrap();
        let place = |name: &str| folder.place(name).map(|(path, _)| path);
        for (name, path) in [
            ("churn", Some("/Shared/mlflow/churn")),
            ("churn / nightly", Some("/Shared/mlflow/churn / nightly")),
            ("team//churn/", Some("/Shared/mlflow/team/churn")),
            ("/Shared/churn", None),
        ] {
            assert_eq!(place(name).as_deref(), path);
        }
    }

    #[test]
    fn only_folders_that_may_be_made_are_taken() {
        let is_taken = |path: &str| Folder::new(path, String::new()).is_ok();
        for path in ["/Shared", "/Shared/a/b", "/Users/ana@x.com", "/Users/ana@x.com/a"] {
            assert!(is_taken(path), "{path}");
        }
        for path in ["", "a", "/", "/Sharedly", "/Shared/", "/Shared//a", "/Users", "/Users/"] {
            assert!(!is_taken(path), "{path}");
        }
    }

    #[test]
    fn what_is_there_anyway_is_not_made() {
        let made = |path| above(path).collect::<Vec<_>>();
        assert_eq!(made("/Shared/a"), Vec::<&str>::new());
        assert_eq!(made("/Shared/m/a/b"), ["/Shared/m", "/Shared/m/a"]);
        assert_eq!(made("/Users/ana@x.com/a"), Vec::<&str>::new());
        assert_eq!(made("/Users/ana@x.com/m/a"), ["/Users/ana@x.com/m"]);
    }
}
