//! `brickform rollback`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::apply::{Inputs, same_workspace};
use super::connection::{Connection, Target};
use super::error::{CliError, Exit};
use super::interrupt::or_interrupted;
use super::journal::Place;
use super::plan::{self, Seen, Source};
use super::progress::Meter;
use super::review::{Review, ReviewLook};
use super::terminal::Terminal;
use super::{selection, show};
use crate::engine::{Desired, Named, Observation, PlanInput, Sticky, Undo, UndoInput, undo};
use crate::kind::Catalogue;
use crate::model::{Digest, Plan, Record, Source as Origin, visit_refs};
use crate::store::snapshot_dir::{self, ObservedFacts, Verify};
use crate::store::{BlobStore, Journal, read_plan, revision, write_plan};

/// Plan to take a run back: what it changed as it was, what it created gone
///
/// Only reads the workspace, and writes a plan to review: `apply` carries it out. What an object was before
/// stands in the journal beside the plan that was applied. An object that somebody edited after the run
/// is left as it is, and said. Also a run that was interrupted or succeeded in part can be taken back.
///
/// What was deleted or replaced comes back as a new object: with another identifier, and without its runs
/// and history. Values that look like secrets are never kept, so they do not come back.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct RollbackArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Writes the plan into this file, for `apply`, and what objects were into FILE.snapshot beside it
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Takes back what was edited after the run as well
    #[arg(long)]
    overwrite_edits: bool,
    #[command(flatten)]
    look: ReviewLook,
    #[command(flatten)]
    connection: Connection,
}

const EXAMPLES: &str = "\
Examples:
  brickform rollback plan.json -o undo.json --profile new
  brickform show undo.json --expand
  brickform apply undo.json --profile new";

/// A plan that takes a run back.
struct Made {
    plan: Plan,
    source: Source,
    live: BlobStore,
    _scratch: tempfile::TempDir,
}

/// A run to take back.
struct Run<'a> {
    args: &'a RollbackArgs,
    catalogue: Catalogue,
    plan: &'a Plan,
    records: Vec<Record>,
    desired: Option<Desired>,
    /// The workspace that the run's snapshot came from, if that is known.
    came_from: Option<Origin>,
    kept: BlobStore,
}

pub(super) async fn run(args: &RollbackArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let plan = read_plan(&args.inputs.plan)?;
    let run = Run::read(args, &plan, terminal)?;
    let meter = Meter::new(terminal);
    let (target, made) = or_interrupted(async {
        let target = args.connection.open(true).await?;
        same_workspace(&plan, &target)?;
        let made = run.undo(&target, &meter).await?;
        Ok((target, made))
    })
    .await?;
    drop(meter);
    let contents = plan::contents(&made.source.dir);
    let texts = |digest: &Digest| {
        let was = || made.source.dir.content(contents.get(digest)?).ok();
        made.live.get(digest).ok().or_else(was)
    };
    let catalogue = selection::everything();
    let review = Review::of_plan(&catalogue, &made.plan, &made.source.dir.snapshot);
    terminal.result(&show::draw(&made.plan, &review, &args.look, terminal, &texts)?)?;
    terminal.remark(&target.cost());
    write_plan(&args.output, &made.plan)?;
    let shown = args.output.display();
    terminal.remark(&if made.plan.is_empty() {
        format!("the plan is in {shown}; there is nothing left to take back")
    } else {
        let flags = args.connection.flags();
        format!("nothing was changed; the plan is in {shown}; next: brickform apply {shown}{flags}")
    });
    Ok(Exit::Done)
}

fn damaged(place: &Place<'_>, problem: String) -> CliError {
    CliError::refused(format!("{} is not the journal of this plan", place.path().display()))
        .because(problem)
        .hint("restore the journal from a copy")
}

impl<'a> Run<'a> {
    fn read(args: &'a RollbackArgs, plan: &'a Plan, terminal: &Terminal) -> Result<Self, CliError> {
        let place = Place::of(&args.inputs.plan);
        if !place.path().exists() {
            let journal = place.path().display();
            return Err(CliError::refused(format!(
                "{} was not applied: {journal} does not exist",
                args.inputs.plan.display()
            ))
            .hint("name the plan file that was applied; its journal has to be beside it"));
        }
        if same_file(&args.inputs.plan, &args.output) {
            return Err(CliError::usage("the plan that was applied must not be written over")
                .hint("write the new one into another file: -o undo.json"));
        }
        let records = Journal::read(place.path(), &plan.compute_digest())?;
        let catalogue = selection::everything();
        let named = args.inputs.snapshot.is_some() || args.inputs.rewrites.is_some();
        let (desired, came_from) = match args.inputs.source(plan) {
            Ok(source) => {
                let desired = source.desired(&catalogue, &plan.options);
                (Some(desired), Some(source.dir.snapshot.source))
            }
            Err(error) if named => return Err(error),
            Err(error) => {
                terminal.remark(&format!(
                    "the journal alone has to tell what the run did: {}",
                    error.message()
                ));
                // It has changed since, but hardly where it comes from.
                let moved_on = show::beside(&plan.snapshot, &args.inputs.plan)
                    .and_then(|dir| revision::read_with(&dir, Verify::Off).ok());
                (None, moved_on.map(|dir| dir.snapshot.source))
            }
        };
        Ok(Self { args, catalogue, plan, records, desired, came_from, kept: place.blobs() })
    }

    async fn undo(&self, target: &Target, meter: &Meter) -> Result<Made, CliError> {
        let Seen { live, blobs, scratch } = plan::see(
            target,
            &self.catalogue,
            self.referred(),
            self.named(),
            None,
            meter.progress(),
        )
        .await
        .map_err(|error| error.doing(format!("cannot plan against {}", target.session.host())))?;
        let undone = undo(&UndoInput {
            catalogue: &self.catalogue,
            plan: self.plan,
            records: &self.records,
            desired: self.desired.as_ref(),
            live: &live,
            has: &|digest| self.kept.open(digest).is_ok() || blobs.contains(digest),
            source: self.came_from.as_ref(),
            overwrite_edits: self.args.overwrite_edits,
        })
        .map_err(|problem| damaged(&Place::of(&self.args.inputs.plan), problem))?;
        let source = self.write(&undone, &blobs)?;
        let plan = self.plan_of(undone, &source, &live);
        Ok(Made { plan, source, live: blobs, _scratch: scratch })
    }

    /// The kinds that the run's objects refer to.
    fn referred(&self) -> BTreeSet<String> {
        let mut kinds = self.desired.as_ref().map(Desired::referred_kinds).unwrap_or_default();
        for record in &self.records {
            if let Record::Before { object: Some(image), .. } = record {
                visit_refs(&image.spec, &mut |_, to| {
                    kinds.insert(to.kind);
                });
            }
        }
        kinds
    }

    /// The objects that the run was about.
    fn named(&self) -> Named {
        let steps = self.plan.steps.iter().map(|step| &step.address);
        Named::these(steps.chain(self.plan.observed.keys()))
    }

    /// Writes what the objects were, and reads it as `apply` will.
    fn write(&self, undone: &Undo, blobs: &BlobStore) -> Result<Source, CliError> {
        let mut dir = self.args.output.clone().into_os_string();
        dir.push(".snapshot");
        let dir = PathBuf::from(dir);
        for content in undone.snapshot.resources.values().filter_map(|one| one.content.as_ref()) {
            if !blobs.contains(&content.digest) {
                blobs.keep(&self.kept, &content.digest).map_err(|error| {
                    CliError::failed(format!("cannot read {}", self.kept.dir().display()))
                        .because(error)
                })?;
            }
        }
        snapshot_dir::write(&dir, &undone.snapshot, blobs, &ObservedFacts::default()).map_err(
            |error| CliError::from(error).doing(format!("cannot write {}", dir.display())),
        )?;
        Source::read(&dir, None)
    }

    fn plan_of(&self, undone: Undo, source: &Source, live: &Observation) -> Plan {
        let desired = source.desired(&self.catalogue, &undone.options);
        let mut plan = crate::engine::plan(&PlanInput {
            catalogue: &self.catalogue,
            snapshot: &source.dir.snapshot,
            snapshot_path: source.dir.name(),
            desired: &desired,
            rewrites_path: None,
            rewrites_digest: None,
            keys: &Sticky::new(),
            base: None,
            live,
            options: undone.options,
        });
        plan.blocked.extend(undone.blocked);
        plan.findings.extend(undone.findings);
        plan.findings.sort();
        plan.digest = Some(plan.compute_digest());
        plan
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
