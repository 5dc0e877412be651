//! `brickform verify`.

mod judge;
mod show;

use std::path::PathBuf;

use clap::Args;

use self::judge::{Sides, Verdict, judge};
use self::show::Seen;
use super::connection::Connection;
use super::error::{CliError, Exit};
use super::interrupt::or_interrupted;
use super::plan::{Look, Source, contents, see};
use super::progress::Meter;
use super::select::{self, Selection};
use super::terminal::Terminal;
use super::{config, selection};
use crate::engine::Named;
use crate::engine::select::of_kinds;
use crate::model::{Address, Digest, Options};

/// Check whether a workspace is as a snapshot says, whole and field by field
///
/// Only reads. Names what the workspace lacks, what differs in settings, contents and rights, and what only
/// the workspace has. What the platform or a tool makes by itself is no difference.
///
/// Exits with 0 where all of it is equal and with 2 where something differs. Where nothing differs but a part
/// of either side could not be read, the workspace is not verified: that exits with 1, and each part is named.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct VerifyArgs {
    /// Directory of the snapshot
    #[arg(value_name = "DIR")]
    snapshot: PathBuf,
    /// Rewrites of e-mails, account ids and names that differ in the workspace
    #[arg(long, value_name = "FILE")]
    rewrites: Option<PathBuf>,
    /// Which object of the workspace one of the snapshot is, where names do not tell: job:etl=job:etl~2
    #[arg(long = "pair", value_name = "ADDRESS=ADDRESS", value_parser = config::pair)]
    pairs: Vec<(Address, Address)>,
    /// Settings of a repository: pairs of objects; by default brickform.yaml, if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Lets the workspace hold more than the snapshot: asks only for what the snapshot holds
    #[arg(long)]
    allow_extra: bool,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    look: Look,
    #[command(flatten)]
    connection: Connection,
}

const EXAMPLES: &str = "\
Examples:
  brickform verify snapshot --profile new
  brickform verify snapshot --rewrites rewrites.yaml --allow-extra
  brickform verify snapshot --select 'job & tag.team=data'
  brickform verify snapshot --format json | jq '.differences[].address'";

pub(super) async fn run(args: &VerifyArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let selectors = args.selection.objects()?;
    let source = Source::read(&args.snapshot, args.rewrites.as_deref())?;
    let mut pairs = config::read(args.config.as_deref())?.pairs;
    pairs.extend(args.pairs.iter().cloned());
    let options = Options { pairs, ..Options::default() };
    let catalogue = selection::everything();
    let desired = source.desired(&catalogue, &options);
    let meter = Meter::new(terminal);
    let (target, seen) = or_interrupted(async {
        let target = args.connection.open(true).await?;
        let named = Named::wanted(&catalogue, &desired.snapshot);
        let (also, wanted) = (desired.referred_kinds(), Some(&desired.snapshot));
        let seen = see(&target, &catalogue, also, named, wanted, meter.progress())
            .await
            .map_err(|error| error.doing(format!("cannot verify {}", target.session.host())))?;
        Ok((target, seen))
    })
    .await?;
    drop(meter);
    let objects = desired.snapshot.resources.iter().chain(&seen.live.snapshot.resources);
    let chosen = select::of_objects(&selectors, objects)?;
    let mut judgement = judge(&Sides {
        catalogue: &catalogue,
        snapshot: &source.dir.snapshot,
        desired: &desired,
        live: &seen.live.snapshot,
        options: &options,
        allow_extra: args.allow_extra,
        asked: &|address| chosen.has_object(address),
        kinds: of_kinds(&catalogue, &selectors),
    });
    judgement.findings.extend(chosen.findings.iter().cloned());
    let by_digest = contents(&source.dir);
    let texts = |digest: &Digest| {
        seen.blobs.get(digest).ok().or_else(|| source.dir.content(by_digest.get(digest)?).ok())
    };
    let shown = Seen { judgement: &judgement, source: &source, target: &target, texts: &texts };
    terminal.result(&shown.draw(&args.look, terminal))?;
    terminal.remark(&target.cost());
    Ok(match judgement.verdict() {
        Verdict::Equal => Exit::Done,
        Verdict::Different => Exit::Different,
        Verdict::Unverified => Exit::Failed,
    })
}
