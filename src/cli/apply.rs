//! `brickform apply`.

mod carry_out;
mod outcome;
mod remember;
mod replan;
mod round;
mod source;
mod unselected;

use clap::{Args, ValueEnum};
use tokio::sync::watch::Receiver;

use self::remember::nothing_to_do;
use self::round::Round;
use super::connection::{Connection, Target};
use super::error::{CliError, Exit};
use super::lock::{LockArgs, Wish};
use super::render::summary_line;
use super::render::text::{counted, number};
use super::select::Selection;
use super::terminal::Terminal;
use super::values::ValueArgs;
use crate::model::{Digest, Plan};
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
    #[command(flatten)]
    selection: Selection,
    /// What happens when an object turns out to have been changed since the plan
    #[arg(long, value_name = "WHAT", default_value = "skip")]
    on_stale: OnStale,
    /// Does not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    values: ValueArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    connection: Connection,
}

const EXAMPLES: &str = "\
Examples:
  brickform apply plan.json --profile new
  brickform apply plan.json --yes
  brickform apply plan.json --select '+job:nightly-*'
  brickform apply plan.json --resume
  brickform apply plan.json --profile new --secrets-from old
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

impl ApplyArgs {
    /// The command, as far as it says what is applied.
    fn command(&self) -> String {
        format!("brickform apply {}", self.inputs.plan.display())
    }

    /// What this run wants of the lock.
    fn wish<'a>(
        &'a self,
        target: &'a Target,
        plan: &Digest,
        stop: Receiver<bool>,
        terminal: &'a Terminal,
    ) -> Wish<'a> {
        Wish {
            target,
            args: &self.lock,
            what: format!("plan {}", plan.short()),
            command: self.command(),
            flags: self.connection.flags(),
            journal: None,
            before: &[],
            stop,
            terminal,
        }
    }
}

fn confirm(
    args: &ApplyArgs,
    plan: &Plan,
    target: &Target,
    unselected: usize,
    terminal: &Terminal,
) -> Result<(), CliError> {
    if args.yes {
        return Ok(());
    }
    let (summary, host) = (summary_line(plan), target.session.host());
    let what = match plan.steps.len() {
        _ if unselected == 0 => "this".to_owned(),
        all => format!("{} of its {}", number(all - unselected), counted(all, "step")),
    };
    let question = format!("{summary}\nApply {what} to {host}? Only `yes` goes on:");
    match terminal.ask(&question).as_deref() {
        None | Some("yes") => Ok(()),
        Some(_) => {
            Err(CliError::refused("not confirmed; nothing was sent")
                .hint("answer `yes`, or add --yes"))
        }
    }
}
