//! Where an apply takes values from that no snapshot holds in clear, and what an export keeps of them.

mod fingerprint;
mod given;
mod reader;
mod seal;
mod sealed;
mod source;

use std::path::{Path, PathBuf};

use clap::Args;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use self::given::Given;
pub(super) use self::given::Place;
use self::reader::Reader;
pub(super) use self::reader::Say;
pub(super) use self::seal::{Seal, SealArgs};
use self::sealed::Identities;
use super::config;
use super::connection::Connection;
use super::error::CliError;
use super::plan::Source;
use crate::engine::apply::Values;
use crate::kinds::secrets::{KIND_NAME, VALUE};
use crate::model::{Resource, SecretBytes};

/// Where the values of secrets come from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Secrets")]
pub(super) struct ValueArgs {
    /// Takes the values of secrets from the workspace that the snapshot is of, signed in with this profile;
    /// they pass through memory alone
    #[arg(long, value_name = "PROFILE")]
    secrets_from: Option<String>,
    /// With --secrets-from: reads them by a program on this cluster of the source where the source refuses
    /// them otherwise; one that does not run is started
    #[arg(long, value_name = "NAME", requires = "secrets_from")]
    via_cluster: Option<String>,
    /// Decrypts the values that the snapshot holds, with the private key of age in this file
    #[arg(long = "identity", value_name = "FILE")]
    identities: Vec<PathBuf>,
    /// Settings of a repository: under `secrets`, where single values come from; by default brickform.yaml,
    /// if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ValueArgs {
    /// Opens everything that values are to come from.
    pub(super) async fn open<'a>(
        &self,
        connection: &Connection,
        source: &Source,
        say: Say<'a>,
    ) -> Result<Sources<'a>, CliError> {
        let path = self.config.as_deref();
        let settings = config::read(path)?;
        let beside = path.and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
        let identities = Identities::read(&self.identities)?;
        let workspace = match &self.secrets_from {
            Some(profile) => {
                let connection = connection.of_profile(profile);
                Some(source::open(&connection, source, self.via_cluster.clone(), say).await?)
            }
            None => None,
        };
        Ok(Sources { given: Given { places: settings.secrets, beside }, identities, workspace })
    }
}

/// Everything that values come from, the most particular first.
pub(super) struct Sources<'a> {
    given: Given,
    identities: Identities,
    workspace: Option<Reader<'a>>,
}

const SEALED: &str = "its value is encrypted in the snapshot, so it is left out; name the key that decrypts it with --identity FILE, and go on with --resume";

impl Sources<'_> {
    async fn find(&self, wanted: &Resource) -> Result<SecretBytes, String> {
        let name = &wanted.address.key;
        let is_secret = wanted.address.kind == KIND_NAME;
        let address = wanted.address.to_string();
        let place = if is_secret { name } else { &address };
        if let Some(given) = self.given.value(place).or_else(|| self.given.value(&address)) {
            return given;
        }
        let none = |also: &str| {
            format!(
                "no value is at hand for it, so it is left out; name one under `secrets` in \
                 brickform.yaml, as `{place}: env:NAME`,{also} and go on with --resume"
            )
        };
        if !is_secret {
            return Err(none(""));
        }
        let sealed =
            wanted.spec.pointer(VALUE).and_then(|value| value.get("age")).and_then(Value::as_str);
        match (sealed, &self.workspace) {
            (Some(sealed), _) if !self.identities.is_empty() => self.identities.open(sealed),
            (_, Some(workspace)) => workspace
                .value(name)
                .await
                .map_err(|why| format!("its value cannot be read from the source: {why}")),
            (Some(_), None) => Err(SEALED.to_owned()),
            (None, None) => Err(none(" or take all from the source with --secrets-from PROFILE,")),
        }
    }

    /// Gives back what was opened on the way.
    pub(super) async fn close(self) {
        if let Some(workspace) = self.workspace {
            workspace.close().await;
        }
    }
}

impl Values for Sources<'_> {
    fn value<'a>(&'a self, wanted: &'a Resource) -> BoxFuture<'a, Result<SecretBytes, String>> {
        self.find(wanted).boxed()
    }
}

/// Made-up values, for workspaces of no consequence.
pub(super) struct MadeUp;

impl Values for MadeUp {
    fn value<'a>(&'a self, _: &'a Resource) -> BoxFuture<'a, Result<SecretBytes, String>> {
        async { Ok(SecretBytes::new(b"made up".to_vec())) }.boxed()
    }
}
