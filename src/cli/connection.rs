//! Reaching a workspace, or a plain MLflow server, the way their own tools do.

mod unwelcome;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};

use self::unwelcome::unwelcome;
use super::error::CliError;
use super::render::text::number;
use crate::client::auth::{ConfigFile, Credential, Settings, Wanted};
use crate::client::{self, HttpOptions, Patience, Session, SessionOptions};
use crate::engine::{Caller, whoami, whoami_at_mlflow};
use crate::model::Server;

/// Which rate limits are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Limits {
    /// What Databricks publishes
    #[default]
    Published,
    /// No limits: for workspaces on this machine
    None,
}

/// How to reach the workspace.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Signs in with this profile of ~/.databrickscfg
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Address of the workspace; by default DATABRICKS_HOST, or the profile's
    #[arg(long, value_name = "URL")]
    host: Option<String>,
    /// Address of a plain MLflow server, in place of a workspace
    ///
    /// Signs in with MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, if
    /// they are set. No rate limits are kept.
    #[arg(long, value_name = "URL", conflicts_with_all = ["profile", "host"])]
    mlflow: Option<String>,
    /// PEM file with certificate authorities to trust besides the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Lets credentials travel unencrypted to hosts other than this machine
    #[arg(long)]
    allow_http: bool,
    /// Rate limits to keep; of the published ones, four fifths are used
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    limits: Limits,
    /// How many requests run at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

/// The workspace a command works on.
pub(super) struct Target {
    /// How it is called.
    pub session: Session,
    /// Who calls.
    pub caller: Caller,
    /// How many steps run at a time.
    pub concurrency: usize,
    /// Since when.
    pub begun: Instant,
}

impl Target {
    /// How many requests were sent, and how long it took.
    pub(super) fn cost(&self) -> String {
        let counts = self.session.counts();
        let count = |name: &str| number(counts.get(name).copied().unwrap_or_default() as usize);
        let again = match count("retries").as_str() {
            "0" => String::new(),
            retries => format!(", {retries} of them once more after trouble,"),
        };
        let seconds = self.begun.elapsed().as_secs_f64();
        format!("{} requests{again} in {seconds:.1} s", count("total"))
    }
}

/// Where the profiles are.
fn config_file() -> PathBuf {
    match std::env::var_os("DATABRICKS_CONFIG_FILE").filter(|path| !path.is_empty()) {
        Some(path) => path.into(),
        None => std::env::home_dir().unwrap_or_default().join(".databrickscfg"),
    }
}

impl Connection {
    /// What to add to another command so that it reaches the same workspace.
    pub(super) fn flags(&self) -> String {
        let flag = |name: &str, value: &Option<String>| match value {
            Some(value) => format!(" --{name} {value}"),
            None => String::new(),
        };
        let flags = [("profile", &self.profile), ("host", &self.host), ("mlflow", &self.mlflow)];
        flags.map(|(name, value)| flag(name, value)).concat()
    }

    /// The way to the workspace of another profile, on the same terms.
    pub(super) fn of_profile(&self, profile: &str) -> Self {
        Self { profile: Some(profile.to_owned()), host: None, ..self.clone() }
    }

    /// Signs in and asks the workspace who calls.
    pub(super) async fn open(&self, read_only: bool) -> Result<Target, CliError> {
        let begun = Instant::now();
        let settings = self.settings()?;
        let transport = settings.connect(HttpOptions {
            ca_file: self.ca_file.clone(),
            allow_http: self.allow_http,
            ..HttpOptions::default()
        })?;
        let server = settings.server;
        let limits = match self.limits {
            Limits::Published if server.is_workspace() => client::Limits::Published,
            _ => client::Limits::None,
        };
        let concurrency = usize::from(self.concurrency);
        let patience = Patience::default();
        let options = SessionOptions { limits, patience, concurrency, read_only, server };
        let session = Session::new(transport, options);
        let signed_in = !matches!(settings.credential, Credential::None);
        let caller = match server {
            Server::Workspace => whoami(&session).await,
            Server::Mlflow => whoami_at_mlflow(&session, signed_in).await,
        };
        let caller = caller.map_err(|error| unwelcome(error, &settings))?;
        Ok(Target { session, caller, concurrency, begun })
    }

    /// Finds the server and the credential for it.
    fn settings(&self) -> Result<Settings, CliError> {
        let env = |name: &str| std::env::var(name).ok();
        if let Some(address) = &self.mlflow {
            return Ok(Settings::of_mlflow(address, &env)?);
        }
        let file = ConfigFile::read(&config_file())?;
        let (profile, host) = (self.profile.as_deref(), self.host.as_deref());
        Ok(Settings::resolve(&Wanted { profile, host, env: &env, file: &file })?)
    }
}
