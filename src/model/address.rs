//! The name of one resource: its kind and its natural key.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names one resource in any workspace: `job:nightly-etl`, `notebook:/Shared/load`.
///
/// The key is the text the kind's normaliser made (an e-mail in lower case, a path without
/// `/Workspace`), so equality is plain equality. Printing and parsing are inverse for any key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The kind's name, such as `job`.
    pub kind: String,
    /// The natural key within that kind.
    pub key: String,
}

/// A text that is no address.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no address; write KIND:KEY, such as job:nightly-etl")]
pub struct AddressError(String);

impl Address {
    /// Makes the address of `key` within `kind`.
    pub fn new(kind: impl Into<String>, key: impl Into<String>) -> Self {
        Self { kind: kind.into(), key: key.into() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.key)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((kind, key))
                if !kind.is_empty()
                    && kind
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()) =>
            {
                Ok(Self::new(kind, key))
            }
            _ => Err(AddressError(text.to_owned())),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    proptest::proptest! {
        #[test]
        fn print_and_parse_are_inverse(key in ".*") {
            let address = Address::new("job", key);
            proptest::prop_assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in ["", "job", ":x", "Job:x", "a b:x"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
