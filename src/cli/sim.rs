//! `brickform sim`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::connection::Limits;
use super::copy::copy_of;
use super::error::{CliError, Exit};
use super::interrupt::asked_to_end;
use super::plan::Source;
use super::terminal::Terminal;
use crate::sim::seed::{Seed, plant};
use crate::sim::{self, Client, Cloud, Faults, Options, Workspace};
use crate::store::yaml::from_yaml;

/// Serve a simulated workspace on this machine
///
/// Prints one line, its address, when it is ready; Ctrl-C ends it. It answers as a Databricks workspace does,
/// to brickform and to Databricks' own tools. With --data it keeps what it holds from one run to the next.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct SimArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// Keeps the workspace in this directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What it holds at first: empty, acme, scale:users=100,jobs=300,…, or the directory of a snapshot
    #[arg(long, value_name = "SEED", default_value = "empty")]
    seed: String,
    /// Token of its first admin
    #[arg(long, value_name = "TOKEN", default_value = "dapi-simulated", value_parser = NonEmptyStringValueParser::new())]
    token: String,
    /// A service principal, also an admin, that signs in with OAuth
    #[arg(long, value_name = "ID:SECRET", value_parser = oauth_client)]
    client: Option<Client>,
    /// Which workspace it is: those with different numbers share no identifier
    #[arg(long, value_name = "N", default_value_t = 1)]
    workspace: u64,
    /// How long every request takes at least, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Rate limits it keeps
    #[arg(long, value_enum, default_value_t = Limits::None, value_name = "WHICH")]
    limits: Limits,
    /// What goes wrong, and when
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Refuses the values of secrets to whoever asks from outside of a cluster, as some workspaces do
    #[arg(long)]
    refuse_secret_reads: bool,
    /// Whose storage keeps the files of MLflow runs
    #[arg(long, value_enum, default_value_t, value_name = "WHOSE")]
    storage: Cloud,
}

/// Reads the credentials of a service principal, whose tokens are good for an hour as Databricks' are.
fn oauth_client(text: &str) -> Result<Client, String> {
    match text.split_once(':') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => Ok(Client {
            id: id.to_owned(),
            secret: secret.to_owned(),
            lifetime: Duration::from_secs(3600),
        }),
        _ => Err("it should be an application id, a colon and a secret".to_owned()),
    }
}

const EXAMPLES: &str = "\
Examples:
  brickform sim --port 8080 --seed acme
  export DATABRICKS_HOST=http://127.0.0.1:8080 DATABRICKS_TOKEN=dapi-simulated
  brickform sim --seed scale:users=100,groups=10,notebooks=1000,jobs=300
  brickform sim --seed snapshot --data state --workspace 2

A faults file; other actions are unavailable-before, unavailable-after, delay,
cut-before, cut-after, html and stale:
  rules:
  - {on: POST /api/2.2/jobs/create, nth: 3, do: cut-after}
  - {on: \"* /api/2.0/permissions/*\", every: 10, do: throttle, retry_after: 1}";

pub(super) async fn run(args: &SimArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let options = Options {
        token: args.token.clone(),
        client: args.client.clone(),
        latency: Duration::from_millis(args.latency),
        limits: match args.limits {
            Limits::Published => sim::Limits::Published,
            Limits::None => sim::Limits::None,
        },
        seed: args.workspace,
        ..Options::default()
    };
    let faults = args.faults.as_deref().map(read_faults).transpose()?.unwrap_or_default();
    let workspace = begin(args, options, terminal).await?;
    workspace.set_faults(faults);
    if args.refuse_secret_reads {
        workspace.refuse_secret_reads();
    }
    workspace.keep_files_in(args.storage);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let serving = workspace.serve(address, args.data.clone()).await.map_err(|error| {
        CliError::from(error).hint("choose another --port, or leave it out to take a free one")
    })?;
    let end = asked_to_end();
    terminal.result(&format!("{}\n", serving.url()))?;
    terminal.remark(&format!(
        "to use it: export DATABRICKS_HOST={} DATABRICKS_TOKEN={}",
        serving.url(),
        args.token
    ));
    end.await;
    serving.shutdown().await?;
    Ok(Exit::Done)
}

fn read_faults(file: &Path) -> Result<Faults, CliError> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| CliError::failed(format!("cannot read {shown}")).because(error))?;
    let wrong =
        |error: String| CliError::refused(format!("{shown} is no faults file")).because(error);
    let value = from_yaml(&text, &shown).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_value(value).map_err(|error| wrong(error.to_string()))
}

/// The workspace as it was kept, or a new one with its seed.
async fn begin(
    args: &SimArgs,
    options: Options,
    terminal: &Terminal,
) -> Result<Workspace, CliError> {
    if let Some(dir) = &args.data
        && std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
    {
        if args.seed != "empty" {
            terminal.warn(&format!(
                "{} holds a workspace already, so --seed is not planted",
                dir.display()
            ));
        }
        return Ok(Workspace::load(options, dir)?);
    }
    if Path::new(&args.seed).join("snapshot.yaml").is_file() {
        let source = Source::read(Path::new(&args.seed), None)?;
        let copy = copy_of(&source, options, std::iter::empty()).await?;
        for (address, reason) in &copy.unplanted {
            tracing::warn!(%address, reason, "not planted");
        }
        return Ok(copy.workspace);
    }
    let seed: Seed = args.seed.parse().map_err(|error| {
        CliError::usage(format!("--seed {}", args.seed))
            .because(error)
            .hint("or name a directory that `brickform export` wrote")
    })?;
    let workspace = Workspace::new(options);
    plant(&workspace, &seed)
        .await
        .map_err(|error| CliError::failed("the seed cannot be planted").because(error))?;
    Ok(workspace)
}
