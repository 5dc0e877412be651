//! Reaching a workspace, the way Databricks' own tools do.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};

use super::error::CliError;
use super::render::text::number;
use crate::client::auth::{ConfigFile, Credential, Settings, Wanted};
use crate::client::{self, HttpOptions, Kind, Patience, Session, SessionOptions};
use crate::engine::{Caller, whoami};

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
        format!("{}{}", flag("profile", &self.profile), flag("host", &self.host))
    }

    /// The way to the workspace of another profile, on the same terms.
    pub(super) fn of_profile(&self, profile: &str) -> Self {
        Self { profile: Some(profile.to_owned()), host: None, ..self.clone() }
    }

    /// Signs in and asks the workspace who calls.
    pub(super) async fn open(&self, read_only: bool) -> Result<Target, CliError> {
        let begun = Instant::now();
        let file = ConfigFile::read(&config_file())?;
        let env = |name: &str| std::env::var(name).ok();
        let (profile, host) = (self.profile.as_deref(), self.host.as_deref());
        let settings = Settings::resolve(&Wanted { profile, host, env: &env, file: &file })?;
        let transport = settings.connect(HttpOptions {
            ca_file: self.ca_file.clone(),
            allow_http: self.allow_http,
            ..HttpOptions::default()
        })?;
        let limits = match self.limits {
            Limits::Published => client::Limits::Published,
            Limits::None => client::Limits::None,
        };
        let concurrency = usize::from(self.concurrency);
        let options =
            SessionOptions { limits, patience: Patience::default(), concurrency, read_only };
        let session = Session::new(transport, options);
        let caller = whoami(&session).await.map_err(|error| unwelcome(error, &settings))?;
        Ok(Target { session, caller, concurrency, begun })
    }
}

fn unwelcome(error: client::Error, settings: &Settings) -> CliError {
    let host = &settings.host;
    let origin = &settings.origin;
    match error.kind() {
        Kind::Unauthenticated => {
            let wanted = match settings.credential {
                Credential::Token(_) => "DATABRICKS_TOKEN to a valid token",
                Credential::ServicePrincipal { .. } => {
                    "DATABRICKS_CLIENT_SECRET to a valid secret of DATABRICKS_CLIENT_ID"
                }
            };
            CliError::failed(format!("{host} does not accept the credential of {origin}"))
                .because(error)
                .hint(format!("set {wanted}, or choose another profile with --profile"))
        }
        Kind::Denied => {
            CliError::failed(format!("{host} knows the credential of {origin} and refuses it"))
                .because(error)
                .hint("give the identity access to the workspace, or choose another with --profile")
        }
        Kind::Connect | Kind::Timeout | Kind::Interrupted => {
            CliError::failed(format!("{host} cannot be reached"))
                .because(error)
                .hint("check the address, the network, and the proxy in HTTPS_PROXY")
        }
        Kind::NotJson => CliError::failed(format!("{host} does not answer as a workspace does"))
            .because(error)
            .hint("check the address: it is the one in the browser's address bar, without a path"),
        _ => CliError::failed(format!("{host} does not say who calls")).because(error),
    }
}
