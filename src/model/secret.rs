//! A value that must not be seen.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretSlice};

/// Bytes that must not be seen.
///
/// It has no `Display` and no `Serialize`, so that it cannot reach a file, a log or an error by accident.
#[derive(Clone)]
pub struct SecretBytes(Arc<SecretSlice<u8>>);

impl SecretBytes {
    /// Takes bytes into keeping; they are overwritten when the last holder lets go of them.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(SecretSlice::from(bytes)))
    }

    /// The bytes themselves, for the one request that carries them.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_is_shown() {
        let value = SecretBytes::new(b"canary".to_vec());
        assert_eq!(value.expose(), b"canary");
        assert!(!format!("{value:?}").contains("canary"));
    }
}
