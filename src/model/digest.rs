//! Digests: SHA-256 over a domain tag and canonical JSON or bytes.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, written `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    fn of(tag: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(tag.as_bytes());
        hasher.update([0]);
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self::from_sha256(&hasher.finalize())
    }

    /// Writes a finished SHA-256 hash as a digest.
    pub fn from_sha256(hash: &[u8]) -> Self {
        use fmt::Write as _;
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in hash {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// Reads what [`Digest::as_str`] gives, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?;
        let is_hex = hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        (hex.len() == 64 && is_hex).then(|| Self(text.to_owned()))
    }

    /// The digest as text, `sha256:` first.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 64 hexadecimal digits alone.
    pub fn hex(&self) -> &str {
        self.0.strip_prefix("sha256:").unwrap_or(&self.0)
    }

    /// The first twelve hexadecimal digits, for people.
    pub fn short(&self) -> &str {
        self.hex().get(..12).unwrap_or(self.hex())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes `value` as canonical JSON: keys sorted bytewise, no white space, integers exact.
pub fn canonical(value: &Value) -> String {
    // serde_json's map is a BTreeMap (the `preserve_order` feature is off), so keys are sorted.
    value.to_string()
}

/// Digests a value under a domain tag: equal values have equal digests, whatever their layout on disk.
pub fn digest_value(tag: &str, value: &Value) -> Digest {
    Digest::of(tag, &[canonical(value).as_bytes()])
}

/// Digests the plain bytes of a file; the same figure as `sha256sum` prints.
pub fn digest_bytes(bytes: &[u8]) -> Digest {
    Digest::from_sha256(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn agrees_with_sha256sum() {
        assert_eq!(
            digest_bytes(b"abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn canonical_json_sorts_and_keeps_integers() {
        let value: Value = serde_json::from_str(r#"{"b":9007199254740993,"a":[1.5,"é"]}"#).unwrap();
        assert_eq!(canonical(&value), r#"{"a":[1.5,"é"],"b":9007199254740993}"#);
    }

    #[test]
    fn tags_separate_domains() {
        assert_ne!(digest_value("a", &json!(1)), digest_value("b", &json!(1)));
    }
}
