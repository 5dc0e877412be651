//! The profiles of `.databrickscfg`.

use std::path::{Path, PathBuf};

use configparser::ini::Ini;

use super::AuthError;

/// The profiles of a configuration file; a file that does not exist has none.
pub struct ConfigFile {
    path: PathBuf,
    exists: bool,
    profiles: Ini,
}

impl ConfigFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`AuthError::ConfigFile`] where it exists and cannot be read or understood.
    pub fn read(path: &Path) -> Result<Self, AuthError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self { path: path.to_owned(), exists: false, profiles: Ini::new_cs() })
            }
            Err(error) => {
                Err(AuthError::ConfigFile { path: path.to_owned(), reason: error.to_string() })
            }
        }
    }

    /// Understands the text of a file.
    ///
    /// # Errors
    ///
    /// [`AuthError::ConfigFile`] with the line, never with its text.
    pub fn parse(path: &Path, text: &str) -> Result<Self, AuthError> {
        let mut profiles = Ini::new_cs();
        // A token may hold `#` and `;`.
        profiles.set_inline_comment_symbols(Some(&[]));
        let text = text.trim_start_matches('\u{feff}').to_owned();
        profiles
            .read(text)
            .map_err(|reason| AuthError::ConfigFile { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), exists: true, profiles })
    }

    /// Where the file is, or would be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file exists.
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// The names of its profiles, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.profiles.get_map_ref().keys().cloned().collect();
        names.sort();
        names
    }

    /// Whether it has a profile of this name.
    pub fn has(&self, profile: &str) -> bool {
        self.profiles.get_map_ref().contains_key(profile)
    }

    /// A field of a profile that is not empty.
    pub fn field(&self, profile: &str, name: &str) -> Option<String> {
        self.profiles.get(profile, name).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, AuthError> {
        ConfigFile::parse(Path::new("/home/ana/.databrickscfg"), text)
    }

    #[test]
    fn values_survive_whatever_they_hold() {
        let file = parse(
            "\u{feff}; a comment\n[DEFAULT]\nhost = https://a.com/\ntoken = a#b;c=d:e\n\n[Prod]\r\n# no\nhost: b.com\r\nempty =\n",
        )
        .unwrap();
        assert_eq!(file.names(), ["DEFAULT", "Prod"]);
        assert_eq!(file.field("DEFAULT", "token").as_deref(), Some("a#b;c=d:e"));
        assert_eq!(file.field("DEFAULT", "host").as_deref(), Some("https://a.com/"));
        assert_eq!(file.field("Prod", "host").as_deref(), Some("b.com"));
        assert_eq!(file.field("Prod", "empty"), None);
        assert_eq!(file.field("Prod", "token"), None, "nothing is inherited");
        assert!(file.has("Prod") && !file.has("prod"));
    }

    #[test]
    fn a_broken_file_is_named_with_its_line_only() {
        let error = parse("[a]\n[b\ntoken = s3cret\n").err().unwrap().to_string();
        assert!(error.contains("/home/ana/.databrickscfg") && error.contains("line 2"), "{error}");
        assert!(!error.contains("s3cret"));
    }

    #[test]
    fn a_missing_file_has_no_profiles() {
        let folder = tempfile::tempdir().unwrap();
        let file = ConfigFile::read(&folder.path().join("none")).unwrap();
        assert!(!file.exists() && file.names().is_empty());
        assert!(ConfigFile::read(folder.path()).is_err(), "a directory is not a file");
    }
}
