//! Keyed fingerprints of values: equal for equal values, and telling nothing to whoever has not the key.

use std::fmt::Write as _;
use std::path::Path;

use ring::hmac::{HMAC_SHA256, Key, sign};

use crate::cli::error::CliError;
use crate::model::SecretBytes;

/// The fewest bytes that make a key: as many as a fingerprint has.
const SHORTEST: usize = 32;

/// The key of fingerprints.
pub(super) struct FingerprintKey(Key);

impl FingerprintKey {
    /// Reads a key, which must not stand where its fingerprints do.
    pub(super) fn read(file: &Path, snapshot: &Path) -> Result<Self, CliError> {
        let shown = file.display();
        let make = format!(
            "make one with `openssl rand -out {shown} {SHORTEST}`, and keep it as you keep a password"
        );
        let bytes = std::fs::read(file).map_err(|error| {
            CliError::failed(format!("the fingerprint key {shown} cannot be read"))
                .because(error)
                .hint(make.clone())
        })?;
        let is_within = |dir: &Path| {
            let (file, dir) = (file.canonicalize(), dir.canonicalize());
            matches!((file, dir), (Ok(file), Ok(dir)) if file.starts_with(&dir))
        };
        if is_within(snapshot) {
            let message = format!(
                "the fingerprint key {shown} is within the snapshot, whose readers could try values with it"
            );
            return Err(CliError::refused(message).hint("keep it somewhere else"));
        }
        if bytes.len() < SHORTEST {
            let message = format!("the fingerprint key {shown} has fewer than {SHORTEST} bytes");
            return Err(CliError::refused(message).hint(make));
        }
        Ok(Self(Key::new(HMAC_SHA256, &bytes)))
    }

    /// The fingerprint of a value under a name: another one under another name, so that nobody sees which
    /// secrets have the same value.
    pub(super) fn of(&self, name: &str, value: &SecretBytes) -> String {
        let message = [b"brickform.secret.v1\0", name.as_bytes(), b"\0", value.expose()].concat();
        let mut text = "hmac-sha256:".to_owned();
        for byte in sign(&self.0, &message).as_ref() {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_value_name_and_key() {
        let dir = tempfile::tempdir().unwrap();
        let key = |name: &str, byte: u8, size: usize| {
            std::fs::write(dir.path().join(name), vec![byte; size]).unwrap();
            FingerprintKey::read(&dir.path().join(name), &dir.path().join("snapshot"))
        };
        let (one, two) = (key("one", 1, 32).unwrap(), key("two", 2, 64).unwrap());
        let value = |text: &str| SecretBytes::new(text.as_bytes().to_vec());
        let all = [
            one.of("prod/a", &value("x")),
            one.of("prod/a", &value("y")),
            one.of("prod/b", &value("x")),
            two.of("prod/a", &value("x")),
        ];
        assert_eq!(all[0], one.of("prod/a", &value("x")));
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "{all:?}");
        assert_eq!(all[0].len(), "hmac-sha256:".len() + 64);
        assert!(key("short", 1, 31).is_err());
        assert!(FingerprintKey::read(&dir.path().join("one"), dir.path()).is_err());
        assert!(FingerprintKey::read(&dir.path().join("none"), dir.path()).is_err());
    }
}
