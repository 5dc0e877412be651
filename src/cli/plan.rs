//! `brickform plan`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::base::{Known, Pair};
use super::connection::{Connection, Target};
use super::error::{CliError, Exit};
use super::export::scratch;
use super::interrupt::or_interrupted;
use super::policy::Policy;
use super::progress::Meter;
use super::review::{Review, ReviewLook};
use super::select::{Selection, refuse_nothing};
use super::terminal::Terminal;
use super::{config, rewrites, selection, show};
use crate::engine::{
    Desired, Named, Observation, Observe, PlanInput, Progress, Rewrites, Sticky, desired, observe,
    plan,
};
use crate::kind::{Catalogue, Depth, Index};
use crate::model::{Address, Base, Digest, Options, Plan, Resource, Side, Snapshot};
use crate::store::snapshot_dir::SnapshotDir;
use crate::store::{BlobStore, revision, write_plan};

/// Say what has to change so that a workspace is as a snapshot says
///
/// Only reads. Objects that the snapshot does not know are left alone, nothing is deleted, and what cannot
/// be done is listed with its reason. The plan file is bound to the snapshot, the rewrites, the workspace
/// and every live object it looked at: `apply` does what it shows, or nothing.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct PlanArgs {
    /// The snapshot: a directory, or git:REV[:PATH] for how it was at a revision of a git repository
    #[arg(value_name = "SNAPSHOT")]
    snapshot: PathBuf,
    /// Writes the plan into this file, for `apply`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Rewrites of e-mails, account ids and names that differ in the target
    #[arg(long, value_name = "FILE")]
    rewrites: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// Which object of the target one of the snapshot is, where names do not tell: job:etl=job:etl~2
    #[arg(long = "pair", value_name = "ADDRESS=ADDRESS", value_parser = config::pair)]
    pairs: Vec<(Address, Address)>,
    /// Settings of a repository: pairs of objects; by default brickform.yaml, if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Pauses the schedules of jobs that are created or changed
    #[arg(long)]
    pause_jobs: bool,
    /// Has instance profiles tried out when they are added; one that fails is not added
    #[arg(long)]
    check_instance_profiles: bool,
    /// Plans also which branch or tag is checked out in git folders that are there; otherwise the target's stays
    #[arg(long)]
    git_branches: bool,
    /// Compares as at first contact, whatever an earlier apply left
    #[arg(long)]
    no_base: bool,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    look: ReviewLook,
    /// Exits with 2 where there is something to do or to decide: steps, blocked lines, conflicts
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    connection: Connection,
}

/// How a plan is shown.
#[derive(Args, Clone, Debug)]
pub(super) struct Look {
    /// For people, for machines, or for a comment on a pull request
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Shows every object and field
    #[arg(long)]
    pub expand: bool,
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Human,
    /// For machines
    Json,
    /// For a comment on a pull request
    Markdown,
}

const EXAMPLES: &str = "\
Examples:
  brickform plan snapshot -o plan.json --profile new
  brickform plan snapshot -o plan.json --rewrites rewrites.yaml --pause-jobs
  brickform plan snapshot --format markdown >> $GITHUB_STEP_SUMMARY
  brickform plan snapshot -o plan.json --format html > plan.html
  brickform plan snapshot --detailed-exitcode || echo 'it has drifted'
  brickform plan snapshot -o plan.json --pair 'job:etl=job:etl~2'
  brickform plan snapshot -o plan.json --select '+job:nightly-*' --exclude user
  brickform plan git:HEAD~7:snapshot -o back.json

A rewrites file:
  version: 1
  account_ids: {\"111111111111\": \"222222222222\"}
  emails:
  - {exact: bob@oldcorp.com, to: robert@newcorp.com}
  - {domain: oldcorp.com, to: newcorp.com}
  groups: {data-eng: DE-Engineers}
  service_principals: {app-id-1: app-id-2}
  experiments: {folder: /Shared/mlflow}";

/// A snapshot and the rewrites it is planned with.
pub(super) struct Source {
    /// The snapshot.
    pub dir: SnapshotDir,
    /// The keys that its objects were given, by the fingerprints of their identifiers.
    pub keys: Sticky,
    /// The rules.
    pub rewrites: Rewrites,
    /// Where they stand.
    pub rewrites_path: Option<PathBuf>,
}

/// A plan that was just made.
pub(super) struct Made {
    /// The plan.
    pub plan: Plan,
    /// The target's contents.
    pub live: BlobStore,
    _scratch: tempfile::TempDir,
}

pub(super) async fn run(args: &PlanArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let source = Source::read(&args.snapshot, args.rewrites.as_deref())?;
    let config = config::read(args.config.as_deref())?;
    let mut pairs = config.pairs.clone();
    pairs.extend(args.pairs.iter().cloned());
    let mut options = Options {
        pairs,
        pause_jobs: args.pause_jobs,
        check_instance_profiles: args.check_instance_profiles,
        activity: args.git_branches,
        selectors: args.selection.changes()?,
        no_base: args.no_base,
        ..Options::default()
    };
    args.policy.fill(&mut options, &config)?;
    let meter = Meter::new(terminal);
    let (target, made) = or_interrupted(async {
        let target = args.connection.open(true).await?;
        let known = source.known(&target, &options).await?;
        let made = make(&target, &source, options, known, meter.progress()).await?;
        Ok((target, made))
    })
    .await?;
    drop(meter);
    let by_digest = contents(&source.dir);
    let texts = |digest: &Digest| {
        made.live.get(digest).ok().or_else(|| source.dir.content(by_digest.get(digest)?).ok())
    };
    let wanted = source.desired(&selection::everything(), &made.plan.options);
    let review = Review::of_plan(&selection::everything(), &made.plan, &wanted.snapshot);
    terminal.result(&show::draw(&made.plan, &review, &args.look, terminal, &texts)?)?;
    terminal.remark(&target.cost());
    if let Some(said) = args.policy.write_open(&made.plan)? {
        terminal.remark(&said);
    }
    if let Some(file) = &args.output {
        write_plan(file, &made.plan)?;
        let shown = file.display();
        if made.plan.is_empty() {
            terminal.remark(&format!("the plan is in {shown}; there is nothing to apply"));
        } else {
            let flags = args.connection.flags();
            terminal
                .remark(&format!("the plan is in {shown}; next: brickform apply {shown}{flags}"));
        }
    } else if !made.plan.is_empty() {
        terminal.remark("the plan was not written; add `-o plan.json` to apply it");
    }
    let open = !made.plan.blocked.is_empty() || !made.plan.conflicts.is_empty();
    let differs = !made.plan.is_empty() || open;
    Ok(if args.detailed_exitcode && differs { Exit::Different } else { Exit::Done })
}

impl Source {
    /// Reads snapshot and rewrites.
    pub(super) fn read(dir: &Path, rewrites_path: Option<&Path>) -> Result<Self, CliError> {
        let dir = revision::read(dir)
            .map_err(|error| CliError::from(error).doing("the snapshot cannot be used"))?;
        let rewrites = rewrites::read(rewrites_path)?;
        let keys = dir.observed.keys.clone();
        Ok(Self { dir, keys, rewrites, rewrites_path: rewrites_path.map(Path::to_owned) })
    }

    /// The snapshot's workspace and another one.
    pub(super) fn pair(&self, target: impl Into<Side>) -> Pair {
        let named = self.dir.name();
        // A revision of a repository that has no worktree is beside nothing but where we are.
        let dir = revision::worktree_directory(Path::new(&named)).unwrap_or_default();
        Pair::of(&dir, &self.dir.snapshot.source, target)
    }

    /// What the last apply onto a target left, unless that is not to matter.
    pub(super) async fn known(
        &self,
        target: &Target,
        options: &Options,
    ) -> Result<Known, CliError> {
        if options.no_base {
            return Ok(Known::default());
        }
        self.pair(&target.caller.source).load(&target.session.read_only()).await
    }

    /// What a target should be.
    pub(super) fn desired(&self, catalogue: &Catalogue, options: &Options) -> Desired {
        desired(&self.dir.snapshot, catalogue, &self.rewrites, options)
    }
}

/// A workspace that was just read.
pub(super) struct Seen {
    /// What it holds.
    pub live: Observation,
    /// Its contents.
    pub blobs: BlobStore,
    /// Where they are until it is dropped.
    pub scratch: tempfile::TempDir,
}

/// Reads a workspace whole, and lists the kinds that are only referred to and of interest, for a comparison
/// with what is wanted there.
pub(super) async fn see(
    target: &Target,
    catalogue: &Catalogue,
    also: BTreeSet<String>,
    named: Named,
    wanted: Option<&Snapshot>,
    progress: Progress,
) -> Result<Seen, CliError> {
    let scratch = scratch()?;
    let blobs = BlobStore::new(scratch.path());
    let live = observe(
        &Observe {
            session: &target.session.read_only(),
            catalogue,
            blobs: &blobs,
            depth: Depth::Compared(wanted),
            only: None,
            also,
            named,
            known: Index::default(),
            sticky: &Sticky::new(),
            details: true,
            grants: true,
            progress,
        },
        &target.caller,
    )
    .await;
    match selection::unread(&live.snapshot) {
        Some(error) => Err(error),
        None => Ok(Seen { live, blobs, scratch }),
    }
}

/// Which objects a plan has to know of those that others name: what is wanted and named there, what the last
/// apply left, and what somebody says of one.
fn named(
    catalogue: &Catalogue,
    desired: &Desired,
    base: Option<&Base>,
    options: &Options,
) -> Named {
    let before = base.into_iter().flat_map(|base| base.objects.keys());
    let said = options.pairs.values().chain(&options.deletes.absent);
    Named::wanted(catalogue, &desired.snapshot).and(before).and(said)
}

/// Reads the target and makes a plan, given what is known of the last apply.
pub(super) async fn make(
    target: &Target,
    source: &Source,
    options: Options,
    known: Known,
    progress: Progress,
) -> Result<Made, CliError> {
    let catalogue = selection::everything();
    let mut desired = source.desired(&catalogue, &options);
    desired.findings.extend(known.findings);
    let named = named(&catalogue, &desired, known.base.as_ref(), &options);
    let wanted = Some(&desired.snapshot);
    let seen = see(target, &catalogue, desired.referred_kinds(), named, wanted, progress)
        .await
        .map_err(|error| error.doing(format!("cannot plan against {}", target.session.host())))?;
    let plan = plan(&PlanInput {
        catalogue: &catalogue,
        snapshot: &source.dir.snapshot,
        snapshot_path: source.dir.name(),
        desired: &desired,
        rewrites_path: source.rewrites_path.as_ref().map(|path| path.display().to_string()),
        rewrites_digest: source.rewrites.digest().cloned(),
        keys: &source.keys,
        base: known.base.as_ref(),
        live: &seen.live,
        options,
    });
    refuse_nothing(&plan.findings)?;
    Ok(Made { plan, live: seen.blobs, _scratch: seen.scratch })
}

/// The snapshot's resources by the digest of their content.
pub(super) fn contents(dir: &SnapshotDir) -> BTreeMap<Digest, &Resource> {
    dir.snapshot
        .resources
        .values()
        .filter_map(|resource| Some((resource.content.as_ref()?.digest.clone(), resource)))
        .collect()
}
