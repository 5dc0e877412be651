//! `brickform.yaml`: what a repository settles once for all plans.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use super::error::CliError;
use super::values::Place;
use crate::model::Address;
use crate::store::yaml::from_yaml;

/// The file that is read where none is named.
const DEFAULT: &str = "brickform.yaml";

/// The settings of a repository.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    version: u32,
    /// Which object of the target one of the snapshot is.
    #[serde(default)]
    pub(super) pairs: BTreeMap<Address, Address>,
    /// Objects that are not deleted or replaced: addresses in which `*` stands for anything.
    #[serde(default)]
    pub(super) protect: Vec<String>,
    /// Objects that are not to exist in the target, whoever made them.
    #[serde(default)]
    pub(super) absent: Vec<Address>,
    /// Where the values of secrets stand, by `scope/key`; those of anything else, by address.
    #[serde(default)]
    pub(super) secrets: BTreeMap<String, Place>,
}

/// Reads the settings; there are none where no file is named and the usual one is not there.
pub(super) fn read(named: Option<&Path>) -> Result<Config, CliError> {
    let path = named.unwrap_or(Path::new(DEFAULT));
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => {
            return Ok(Config::default());
        }
        Err(error) => return Err(CliError::failed(format!("cannot read {shown}")).because(error)),
    };
    let wrong = |why: String| CliError::refused(format!("{shown} cannot be used: {why}"));
    let value = from_yaml(&text, &shown.to_string()).map_err(|error| wrong(error.to_string()))?;
    let config: Config = serde_json::from_value(value).map_err(|error| {
        wrong(format!("{error}; it may hold version, pairs, protect, absent and secrets"))
    })?;
    if config.version != 1 {
        return Err(wrong(format!(
            "version is {}, but this program knows version 1 only",
            config.version
        )));
    }
    Ok(config)
}

/// Reads `ADDRESS=ADDRESS`; where there are several equal signs, the one before a kind divides.
pub(super) fn pair(text: &str) -> Result<(Address, Address), String> {
    text.match_indices('=')
        .find_map(|(at, _)| Some((text[..at].parse().ok()?, text[at + 1..].parse().ok()?)))
        .filter(|(left, right): &(Address, Address)| left.kind == right.kind)
        .ok_or_else(|| format!("`{text}` is no pair of one kind; write job:etl=job:etl~2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pairs_whatever_is_in_the_names() {
        let (left, right) = pair("job:a=b=job:c=d").unwrap();
        assert_eq!((left.key.as_str(), right.key.as_str()), ("a=b", "c=d"));
        assert!(pair("job:a=cluster:b").is_err());
        assert!(pair("job:a").is_err());
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("brickform.yaml");
        for (text, word) in [
            ("version: 1\npins: {}\n", "pins"),
            ("version: 2\n", "version is 2"),
            ("pairs: {}\n", "version"),
        ] {
            std::fs::write(&file, text).unwrap();
            let error = format!("{:?}", read(Some(&file)).unwrap_err());
            assert!(error.contains(word), "{error}");
        }
        std::fs::write(&file, "version: 1\npairs:\n  \"job:a\": \"job:a~2\"\n").unwrap();
        assert_eq!(read(Some(&file)).unwrap().pairs.len(), 1);
    }
}
