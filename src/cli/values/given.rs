//! Single values that a person names a place for: a variable of the environment, or a file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::model::SecretBytes;

/// Where one value stands: `env:NAME` or `file:PATH`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Place {
    /// A variable of the environment.
    Env(String),
    /// A file, whose bytes are the value, down to the last line break.
    File(PathBuf),
}

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            // What stands there instead may be the value itself.
            _ => Err("a secret is given as env:NAME or file:PATH".to_owned()),
        }
    }
}

/// The values that places are named for.
pub(super) struct Given {
    /// The places, by address; those of secrets also by `scope/key`.
    pub(super) places: BTreeMap<String, Place>,
    /// The folder that paths start from.
    pub(super) beside: PathBuf,
}

impl Given {
    /// The value of that name, if a place is named for it; `Err` in words where nothing stands there.
    pub(super) fn value(&self, name: &str) -> Option<Result<SecretBytes, String>> {
        Some(match self.places.get(name)? {
            Place::Env(variable) => match std::env::var_os(variable) {
                Some(value) => Ok(SecretBytes::new(value.into_encoded_bytes())),
                None => {
                    Err(format!("the environment has no {variable}, which is to hold its value"))
                }
            },
            Place::File(path) => {
                let path = self.beside.join(path);
                std::fs::read(&path).map(SecretBytes::new).map_err(|error| {
                    format!(
                        "{}, which is to hold its value, cannot be read: {error}",
                        path.display()
                    )
                })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_value_down_to_its_last_byte() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("key"), [0, 255, b'\n']).unwrap();
        let place = |text: &str| Place::try_from(text.to_owned());
        let places = BTreeMap::from([
            ("prod/key".to_owned(), place("file:key").unwrap()),
            ("prod/none".to_owned(), place("file:none").unwrap()),
            ("prod/unset".to_owned(), place("env:BRICKFORM_TEST_UNSET").unwrap()),
        ]);
        let given = Given { places, beside: dir.path().to_owned() };
        assert_eq!(given.value("prod/key").unwrap().unwrap().expose(), [0, 255, b'\n']);
        let said = |name: &str| given.value(name).unwrap().unwrap_err();
        assert!(said("prod/none").contains("none") && said("prod/unset").contains("TEST_UNSET"));
        assert!(given.value("prod/other").is_none());
        let error = place("hunter2").unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
        assert!(place("env:").is_err() && place("file:").is_err());
    }
}
