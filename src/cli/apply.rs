//! `brickform apply`.

mod carry_out;
mod outcome;
mod remember;
mod source;
mod unselected;

use clap::Args;
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;

use self::outcome::exit;
use self::remember::{Memory, nothing_to_do};
use self::unselected::{left, unselected};
use super::connection::{Connection, Target};
use super::error::{CliError, Exit};
use super::interrupt::{or_interrupted, stoppable};
use super::journal::Place;
use super::lock::{Lock, LockArgs, Wish};
use super::progress::Meter;
use super::render::text::{counted, number};
use super::render::{Human, report, summary_line};
use super::select::Selection;
use super::terminal::Terminal;
use crate::engine::apply::OnStale;
use crate::model::{Digest, Outcome, Plan};
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
  brickform apply plan.json --select '+job:nightly-*'
  brickform apply plan.json --resume
  brickform apply plan.json --lock-timeout 10m";

pub(super) async fn run(args: &ApplyArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let selectors = args.selection.changes()?;
    let plan = read_plan(&args.inputs.plan)?;
    let source = args.inputs.source(&plan)?;
    let (unselected, doubts) = unselected(&plan, &source, &selectors)?;
    if plan.is_empty() {
        return nothing_to_do(args, &plan, &source, terminal).await;
    }
    if unselected.len() == plan.steps.len() {
        let steps = counted(plan.steps.len(), "step");
        terminal.result(&format!("Nothing to do: of the plan's {steps} none is selected\n"))?;
        return Ok(Exit::Done);
    }
    let (place, digest) = (Place::of(&args.inputs.plan), plan.compute_digest());
    let found = place.find(&digest)?;
    place.check(&found, args.resume, &plan)?;
    let target = or_interrupted(async {
        let target = args.connection.open(false).await?;
        same_workspace(&plan, &target)?;
        Memory::recall(&target, &source, &plan, args.resume).await?;
        Ok(target)
    })
    .await?;
    confirm(args, &plan, &target, unselected.len(), terminal)?;
    let (journal, before) = place.open(found, &digest, terminal)?;
    let (meter, kept) = (Meter::new(terminal), place.blobs());
    let outcome = stoppable(terminal, |stop| async {
        let wish = args.wish(&target, &digest, stop.clone(), terminal);
        let lock = Lock::take(Wish { journal: Some(&journal), before: &before, ..wish }).await?;
        let mut listening = JoinSet::new();
        let stop = lock.stop(stop, &mut listening);
        let done = async {
            // Until the lock was had, another apply may have left something else.
            let memory = Memory::recall(&target, &source, &plan, args.resume).await?;
            let (kept, on_stale) = (Some(&kept), OnStale::Skip);
            let (target, source, plan) = (&target, &source, &plan);
            let unselected = unselected.clone();
            let run = Run { target, source, plan, unselected, kept, on_stale, stop };
            let mut done = carry_out(run, Some(&journal), before, meter.progress()).await?;
            if !lock.is_lost() {
                memory.keep(target, &mut done).await;
            }
            Ok(done)
        }
        .await;
        drop(journal);
        lock.release(done).await
    })
    .await;
    drop(meter);
    let rest = format!("{} --resume{}", args.command(), args.connection.flags());
    let again = format!("{rest}{}", selectors.flags());
    let mut done = outcome.map_err(|error| error.hint(format!("go on with `{again}`")))??;
    done.findings.extend(doubts);
    let human =
        Human { paint: terminal.paint, width: terminal.width, expand: false, contents: &|_| None };
    terminal.result(&report(&human, &plan, &done))?;
    terminal.remark(&target.cost());
    let exit = exit(&done);
    if matches!(exit, Exit::Partial | Exit::Interrupted | Exit::Failed) {
        terminal.remark(&format!("next: {again}"));
    } else if let left @ 1.. = left(&done) {
        let steps = counted(left, "step");
        terminal.remark(&format!("{steps} not selected; to go on with the rest: {rest}"));
    }
    if exit == Exit::Refused || done.outcomes.values().any(|(o, _)| *o == Outcome::Stale) {
        let plan = plan.snapshot.as_str();
        terminal.remark(&format!(
            "what was changed in the target since the plan needs a new one: brickform plan {plan} -o NEW.json"
        ));
    }
    Ok(exit)
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
