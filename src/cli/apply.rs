//! `brickform apply`.

mod carry_out;
mod outcome;
mod remember;
mod replan;
mod source;

use std::path::Path;

use clap::{Args, ValueEnum};
use tokio::task::JoinSet;

use self::outcome::exit;
use self::remember::{Memory, nothing_to_do};
use self::replan::plan_again;
use super::connection::{Connection, Target};
use super::error::{CliError, Exit};
use super::interrupt::{or_interrupted, stoppable};
use super::journal::Place;
use super::lock::{Lock, LockArgs, Wish};
use super::plan::Source;
use super::progress::Meter;
use super::render::{Human, report, summary_line};
use super::terminal::Terminal;
use crate::model::{Outcome, Plan};
use crate::store::read_plan;

pub(super) use self::carry_out::{Run, carry_out, carry_out_logged};
pub(super) use self::source::{Inputs, same_workspace};

/// Do what a plan shows, and nothing else
///
/// The plan, its snapshot, its rewrites and the workspace have to be what they were when the plan was made.
/// Before each write the live object has to be as the plan saw it; one that was changed since is skipped,
/// with what needs it, and everything else goes on. Afterwards everything that was touched is read back.
///
/// On a terminal apply asks before it begins; elsewhere it begins at once, because the plan was reviewed.
/// A journal beside the plan makes an interrupted run go on with --resume, and nothing happens twice.
/// What somebody edits meanwhile is never written over: --on-stale says what happens to the rest.
/// The target is locked meanwhile, so that two applies do not meet there.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Goes on with an apply that was interrupted or succeeded in part
    #[arg(long)]
    resume: bool,
    /// What happens when an object turns out to have been changed since the plan
    #[arg(long, value_name = "WHAT", default_value = "skip")]
    on_stale: OnStale,
    /// Does not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    connection: Connection,
}

const EXAMPLES: &str = "\
Examples:
  brickform apply plan.json --profile new
  brickform apply plan.json --yes
  brickform apply plan.json --resume
  brickform apply plan.json --on-stale replan
  brickform apply plan.json --lock-timeout 10m";

pub(super) async fn run(args: &ApplyArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let plan = read_plan(&args.inputs.plan)?;
    let source = args.inputs.source(&plan)?;
    if plan.is_empty() {
        return nothing_to_do(args, &plan, &source, terminal).await;
    }
    let reviewed = Round { args, file: &args.inputs.plan, plan: &plan, source: &source, terminal };
    let (exit, stale) = reviewed.apply(args.resume).await?;
    match args.on_stale {
        OnStale::Replan if stale && exit != Exit::Interrupted => reviewed.replan().await,
        _ => Ok(exit),
    }
}

/// What happens when an object turns out to have been changed since the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnStale {
    /// It and what needs it are left out, everything else goes on
    Skip,
    /// Nothing further is begun
    Stop,
    /// Afterwards a new plan is made, and applied if it does nothing that was not reviewed
    Replan,
}

/// A plan that is applied.
struct Round<'a> {
    args: &'a ApplyArgs,
    /// Where it stands; its journal is beside it.
    file: &'a Path,
    plan: &'a Plan,
    source: &'a Source,
    terminal: &'a Terminal,
}

impl Round<'_> {
    /// Applies the plan. Says how that ended, and whether anything was stale.
    async fn apply(&self, resume: bool) -> Result<(Exit, bool), CliError> {
        let Self { args, file, plan, source, terminal } = *self;
        let (place, digest) = (Place::of(file), plan.compute_digest());
        let found = place.find(&digest)?;
        place.check(&found, resume, plan)?;
        let target = or_interrupted(async {
            let target = args.connection.open(false).await?;
            same_workspace(plan, &target)?;
            Memory::recall(&target, source, plan, resume).await?;
            Ok(target)
        })
        .await?;
        confirm(args, plan, &target, terminal)?;
        let (journal, before) = place.open(found, &digest, terminal)?;
        let (meter, kept) = (Meter::new(terminal), place.blobs());
        let flags = args.connection.flags();
        let outcome = stoppable(terminal, |stop| async {
            let lock = Lock::take(Wish {
                target: &target,
                args: &args.lock,
                what: format!("plan {}", digest.short()),
                command: format!("brickform apply {}", file.display()),
                flags: flags.clone(),
                journal: &journal,
                before: &before,
                stop: stop.clone(),
                terminal,
            })
            .await?;
            let mut listening = JoinSet::new();
            let stop = lock.stop(stop, &mut listening);
            let work = async {
                // Another apply may have come to its end while this one waited for the lock.
                let memory = Memory::recall(&target, source, plan, resume).await?;
                let (kept, on_stale) = (Some(&kept), args.on_stale.of_the_engine());
                let run = Run { target: &target, source, plan, kept, on_stale, stop };
                let mut done = carry_out(run, Some(&journal), before, meter.progress()).await?;
                drop(journal);
                memory.keep(&target, &mut done).await;
                Ok(done)
            };
            lock.release(work.await).await
        })
        .await;
        drop(meter);
        let again = format!("brickform apply {} --resume{flags}", file.display());
        let done = outcome.map_err(|error| error.hint(format!("go on with `{again}`")))??;
        let Terminal { paint, width, .. } = *terminal;
        let human = Human { paint, width, expand: false, contents: &|_| None };
        terminal.result(&report(&human, plan, &done))?;
        terminal.remark(&target.cost());
        let exit = exit(&done);
        let stale = done.outcomes.values().any(|(outcome, _)| *outcome == Outcome::Stale);
        if stale && args.on_stale == OnStale::Replan {
            return Ok((exit, stale));
        }
        if matches!(exit, Exit::Partial | Exit::Interrupted | Exit::Failed) {
            terminal.remark(&format!("next: {again}"));
        }
        if stale {
            terminal.remark(&format!(
                "what was changed in the target since the plan needs a new one: {}; --on-stale replan does that by itself",
                plan_again(plan)
            ));
        }
        Ok((exit, stale))
    }
}

fn confirm(
    args: &ApplyArgs,
    plan: &Plan,
    target: &Target,
    terminal: &Terminal,
) -> Result<(), CliError> {
    if args.yes {
        return Ok(());
    }
    let question = format!(
        "{}\nApply this to {}? Only `yes` goes on:",
        summary_line(plan),
        target.session.host()
    );
    match terminal.ask(&question).as_deref() {
        None | Some("yes") => Ok(()),
        Some(_) => {
            Err(CliError::refused("not confirmed; nothing was sent")
                .hint("answer `yes`, or add --yes"))
        }
    }
}
