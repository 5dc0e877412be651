//! What an export keeps of the values of secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use age::x25519::Recipient;
use clap::{Args, ValueEnum};
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use super::fingerprint::FingerprintKey;
use super::reader::{Reader, Say};
use super::sealed::{recipient, seal};
use crate::cli::error::CliError;
use crate::client::Session;
use crate::kinds::secrets::{KIND_NAME, VALUE};
use crate::model::{Address, Finding, SecretBytes, Snapshot};
use crate::store::snapshot_dir;

/// What becomes of the values of secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Wish {
    /// Nobody reads them
    #[default]
    LeaveOut,
    /// They are encrypted for --recipient, within the snapshot
    Encrypt,
}

/// What an export keeps of the values of secrets.
#[derive(Args, Debug)]
#[command(next_help_heading = "Secrets")]
pub(in crate::cli) struct SealArgs {
    /// What becomes of the values of secrets
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    secrets: Wish,
    /// Who may decrypt the values: a public key of age, age1…; several may be named
    #[arg(long = "recipient", value_name = "KEY")]
    recipients: Vec<String>,
    /// Tells a new value by a keyed fingerprint, and not by the time at which it was put; this file holds the
    /// key, and the values are read
    #[arg(long, value_name = "FILE")]
    fingerprint_key: Option<PathBuf>,
    /// Reads values by a program on this cluster where the workspace refuses them otherwise; one that does not
    /// run is started
    #[arg(long, value_name = "NAME")]
    via_cluster: Option<String>,
}

impl SealArgs {
    /// Whether reading values takes more than reading.
    pub(in crate::cli) fn needs_to_write(&self) -> bool {
        self.via_cluster.is_some()
    }

    /// What is wished for, if it makes sense.
    pub(in crate::cli) fn seal(&self, dir: &Path) -> Result<Seal, CliError> {
        let encrypts = self.secrets == Wish::Encrypt;
        if encrypts == self.recipients.is_empty() {
            let message = "--secrets encrypt and --recipient age1… belong together";
            return Err(CliError::usage(message).hint("`age-keygen -o FILE` makes a pair of keys"));
        }
        // What stands there is not quoted: it may be the other half of the key.
        let recipients: Result<Vec<Recipient>, String> =
            self.recipients.iter().map(|text| recipient(text)).collect();
        let recipients =
            recipients.map_err(|why| CliError::usage(format!("--recipient: {why}")))?;
        let key = self.fingerprint_key.as_deref();
        let key = key.map(|file| FingerprintKey::read(file, dir)).transpose()?;
        if self.via_cluster.is_some() && !encrypts && key.is_none() {
            let message = "--via-cluster has no value to read";
            return Err(CliError::usage(message).hint("add --secrets encrypt or --fingerprint-key"));
        }
        Ok(Seal { recipients, key, via_cluster: self.via_cluster.clone() })
    }
}

/// What is kept of values; nothing by default.
#[derive(Default)]
pub(in crate::cli) struct Seal {
    recipients: Vec<Recipient>,
    key: Option<FingerprintKey>,
    via_cluster: Option<String>,
}

/// How many values are read at a time.
const AT_ONCE: usize = 12;

/// The code of the finding about a value that cannot be read.
const UNREADABLE: &str = "unreadable-value";

impl Seal {
    /// Reads the values of a snapshot's secrets as far as that is wished for, and keeps of them what may be
    /// kept. `dir` holds the snapshot before: what has not changed since stays as it is there, to the byte.
    pub(in crate::cli) async fn keep(
        &self,
        session: &Session,
        dir: &Path,
        snapshot: &mut Snapshot,
        say: Say<'_>,
    ) {
        if self.recipients.is_empty() && self.key.is_none() {
            return;
        }
        let before = kept_before(dir);
        let reader = Reader::new(session.clone(), self.via_cluster.clone(), say);
        let mut waiting = Vec::new();
        for resource in snapshot.resources.values_mut().filter(|one| one.address.kind == KIND_NAME)
        {
            let old = before.get(&resource.address);
            let Some(now) = resource.spec.pointer_mut(VALUE) else { continue };
            match old.filter(|old| self.key.is_none() && self.still_holds(old, &now["version"])) {
                Some(old) => *now = old.clone(),
                None => waiting.push(resource.address.clone()),
            }
        }
        let read = stream::iter(waiting).map(|address| async {
            let value = reader.value(&address.key).await;
            (address, value)
        });
        let read: Vec<(Address, Result<SecretBytes, String>)> =
            read.buffer_unordered(AT_ONCE).collect().await;
        for (address, value) in read {
            let old = before.get(&address);
            let kept = match value {
                Ok(value) => self.kept(&address.key, snapshot, &address, &value, old),
                Err(why) => Err(format!("its value cannot be read: {why}")),
            };
            match kept {
                Ok(kept) => put(snapshot, &address, kept),
                Err(why) => {
                    let finding = Finding::error(UNREADABLE, &address, why);
                    let hint = "the snapshot tells when it was put, and holds no value";
                    snapshot.findings.push(finding.hint(hint));
                }
            }
        }
        reader.close().await;
        let digest = snapshot.kind_digest(KIND_NAME);
        snapshot.kinds.entry(KIND_NAME.to_owned()).and_modify(|mark| mark.digest = digest);
        snapshot.findings.sort();
    }

    /// For whom values are encrypted, as it stands beside them.
    fn names(&self) -> Value {
        let mut names: Vec<String> = self.recipients.iter().map(Recipient::to_string).collect();
        names.sort();
        json!(names)
    }

    /// Whether what is kept of a value from before is what would be kept of it now.
    fn still_holds(&self, old: &Value, version: &Value) -> bool {
        old["version"] == *version && old["age"].is_string() && old["recipients"] == self.names()
    }

    /// What is kept of a value.
    fn kept(
        &self,
        name: &str,
        snapshot: &Snapshot,
        address: &Address,
        value: &SecretBytes,
        old: Option<&Value>,
    ) -> Result<Value, String> {
        let told = snapshot.resources.get(address).and_then(|one| one.spec.pointer(VALUE));
        let version = match &self.key {
            Some(key) => json!(key.of(name, value)),
            None => told.map(|value| value["version"].clone()).unwrap_or_default(),
        };
        if self.recipients.is_empty() {
            return Ok(json!({ "version": version }));
        }
        if let Some(old) = old.filter(|old| self.still_holds(old, &version)) {
            return Ok(old.clone());
        }
        let sealed = seal(value, &self.recipients)
            .map_err(|error| format!("its value cannot be encrypted: {error}"))?;
        Ok(json!({ "version": version, "age": sealed, "recipients": self.names() }))
    }
}

/// What the snapshot before keeps of values; nothing where there is none that can be read.
fn kept_before(dir: &Path) -> BTreeMap<Address, Value> {
    let Ok(before) = snapshot_dir::read(dir) else { return BTreeMap::new() };
    let secrets = before.snapshot.of_kind(KIND_NAME);
    secrets
        .filter_map(|one| Some((one.address.clone(), one.spec.pointer(VALUE)?.clone())))
        .collect()
}

fn put(snapshot: &mut Snapshot, address: &Address, kept: Value) {
    let resource = snapshot.resources.get_mut(address);
    if let Some(place) = resource.and_then(|one| one.spec.pointer_mut(VALUE)) {
        *place = kept;
    }
}
