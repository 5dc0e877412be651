//! Where an apply takes values from that no snapshot holds in clear.

mod given;
mod source;

use std::path::{Path, PathBuf};

use clap::Args;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use self::given::Given;
pub(super) use self::given::Place;
use self::source::Workspace;
use super::config;
use super::connection::Connection;
use super::error::CliError;
use super::plan::Source;
use crate::engine::apply::Values;
use crate::model::{Resource, SecretBytes};

/// Where the values of secrets come from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Secrets")]
pub(super) struct ValueArgs {
    /// Takes the values of secrets from the workspace that the snapshot is of, signed in with this profile;
    /// they pass through memory alone
    #[arg(long, value_name = "PROFILE")]
    secrets_from: Option<String>,
    /// Settings of a repository: under `secrets`, where single values come from; by default brickform.yaml,
    /// if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ValueArgs {
    /// Opens everything that values are to come from.
    pub(super) async fn open(
        &self,
        connection: &Connection,
        source: &Source,
    ) -> Result<Sources, CliError> {
        let path = self.config.as_deref();
        let settings = config::read(path)?;
        let beside = path.and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
        let workspace = match &self.secrets_from {
            Some(profile) => Some(Workspace::open(&connection.of_profile(profile), source).await?),
            None => None,
        };
        Ok(Sources { given: Given { places: settings.secrets, beside }, workspace })
    }
}

/// Everything that values come from, the most particular first.
pub(super) struct Sources {
    given: Given,
    workspace: Option<Workspace>,
}

const NONE: &str = "no value is at hand for it, so it is left out; name one under `secrets` in brickform.yaml, or take all from the source with --secrets-from PROFILE, and go on with --resume";

impl Values for Sources {
    fn value<'a>(&'a self, wanted: &'a Resource) -> BoxFuture<'a, Result<SecretBytes, String>> {
        async move {
            let name = &wanted.address.key;
            if let Some(given) = self.given.value(name) {
                return given;
            }
            match &self.workspace {
                Some(workspace) => workspace.value(name).await,
                None => Err(NONE.to_owned()),
            }
        }
        .boxed()
    }
}

/// Made-up values, for workspaces of no consequence.
pub(super) struct MadeUp;

impl Values for MadeUp {
    fn value<'a>(&'a self, _: &'a Resource) -> BoxFuture<'a, Result<SecretBytes, String>> {
        async { Ok(SecretBytes::new(b"made up".to_vec())) }.boxed()
    }
}
