//! Values encrypted for somebody, in the age format. Nowhere else is anything encrypted.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use age::x25519::Recipient;
use age::{DecryptError, Decryptor, Encryptor, Identity, IdentityFile};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cli::error::CliError;
use crate::model::SecretBytes;

/// Reads a public key.
///
/// # Errors
/// In words, without the text: what stands there may be the other half of the key.
pub(super) fn recipient(text: &str) -> Result<Recipient, String> {
    text.parse().map_err(|_| "it is no public key of age; they begin with age1".to_owned())
}

/// Encrypts a value for everybody of a list, anew each time: no two texts of one value are equal.
///
/// # Errors
/// Where there is nobody on the list.
pub(super) fn seal(value: &SecretBytes, recipients: &[Recipient]) -> io::Result<String> {
    let all = recipients.iter().map(|one| one as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(all).map_err(io::Error::other)?;
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed)?;
    writer.write_all(value.expose())?;
    writer.finish()?;
    Ok(STANDARD.encode(sealed))
}

/// The private keys of whoever applies.
#[derive(Default)]
pub(super) struct Identities(Vec<Box<dyn Identity + Send + Sync>>);

impl Identities {
    /// Reads the files that hold them.
    pub(super) fn read(files: &[PathBuf]) -> Result<Self, CliError> {
        let mut all = Vec::new();
        for file in files {
            all.extend(identities(file).map_err(|why| {
                CliError::failed(format!("{} holds no private key of age", file.display()))
                    .because(why)
                    .hint("make one with `age-keygen -o FILE`, and encrypt for its public key")
            })?);
        }
        Ok(Self(all))
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Decrypts a value.
    ///
    /// # Errors
    /// In words.
    pub(super) fn open(&self, sealed: &str) -> Result<SecretBytes, String> {
        let broken = "its value in the snapshot is damaged, and cannot be decrypted";
        let sealed = STANDARD.decode(sealed).map_err(|_| broken.to_owned())?;
        let mut value = Vec::new();
        let opened = Decryptor::new_buffered(sealed.as_slice()).and_then(|one| {
            one.decrypt(self.0.iter().map(|identity| identity.as_ref() as &dyn Identity))
        });
        match opened {
            Ok(mut reader) => {
                reader.read_to_end(&mut value).map_err(|_| broken.to_owned())?;
                Ok(SecretBytes::new(value))
            }
            Err(DecryptError::NoMatchingKeys) => {
                Err("its value was encrypted for somebody else than --identity".to_owned())
            }
            Err(_) => Err(broken.to_owned()),
        }
    }
}

fn identities(file: &Path) -> Result<Vec<Box<dyn Identity + Send + Sync>>, io::Error> {
    let text = std::fs::read(file)?;
    // What is wrong is not quoted: it may be the key.
    let wrong = || io::Error::other("a line of it is no key");
    let parsed = IdentityFile::from_buffer(text.as_slice()).map_err(|_| wrong())?;
    let found = parsed.into_identities().map_err(|_| wrong())?;
    if found.is_empty() { Err(io::Error::other("there is no key in it")) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret as _;
    use age::x25519::Identity as Key;

    fn file_of(key: &Key) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key.txt");
        std::fs::write(&file, format!("# mine\n{}\n", key.to_string().expose_secret())).unwrap();
        (dir, file)
    }

    #[test]
    fn everybody_on_the_list_can_open_a_value_and_nobody_else() {
        let keys = [Key::generate(), Key::generate(), Key::generate()];
        let public = |key: &Key| recipient(&key.to_public().to_string()).unwrap();
        let value = SecretBytes::new(vec![0, 255, b'x', b'\n']);
        let sealed = seal(&value, &[public(&keys[0]), public(&keys[1])]).unwrap();
        assert_ne!(sealed, seal(&value, &[public(&keys[0]), public(&keys[1])]).unwrap());
        for (key, can) in keys.iter().zip([true, true, false]) {
            let (_dir, file) = file_of(key);
            let opened = Identities::read(&[file]).unwrap().open(&sealed);
            assert_eq!(opened.as_ref().is_ok_and(|one| one.expose() == value.expose()), can);
        }
        let (_dir, file) = file_of(&keys[0]);
        let identities = Identities::read(&[file]).unwrap();
        assert!(identities.open("AAAA").unwrap_err().contains("damaged"));
        assert!(identities.open(&sealed[..sealed.len() - 8]).unwrap_err().contains("damaged"));
        assert!(seal(&value, &[]).is_err());
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        let key = Key::generate();
        let secret = key.to_string();
        assert!(!recipient(secret.expose_secret()).unwrap_err().contains("AGE-SECRET"));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key.txt");
        for text in ["AGE-SECRET-KEY-WRONG", "hunter2", "# nothing\n"] {
            std::fs::write(&file, text).unwrap();
            let error =
                format!("{:?}", Identities::read(std::slice::from_ref(&file)).err().unwrap());
            assert!(!error.contains("hunter2") && !error.contains("WRONG"), "{error}");
        }
    }
}
