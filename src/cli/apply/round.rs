//! One plan that is applied, from its journal to what is said of it in the end.

use std::path::Path;

use tokio::task::JoinSet;

use super::carry_out::{Run, carry_out};
use super::outcome::exit;
use super::remember::Memory;
use super::replan::plan_again;
use super::source::same_workspace;
use super::unselected::{left, unselected};
use super::{ApplyArgs, OnStale, confirm};
use crate::cli::error::{CliError, Exit};
use crate::cli::interrupt::{or_interrupted, stoppable};
use crate::cli::journal::Place;
use crate::cli::lock::{Lock, Wish};
use crate::cli::plan::Source;
use crate::cli::progress::Meter;
use crate::cli::render::text::counted;
use crate::cli::render::{Human, report};
use crate::cli::terminal::Terminal;
use crate::engine::apply::Report;
use crate::model::{Outcome, Plan};

/// One plan that is applied.
pub(super) struct Round<'a> {
    pub(super) args: &'a ApplyArgs,
    /// Where it stands; its journal is beside it.
    pub(super) file: &'a Path,
    pub(super) plan: &'a Plan,
    pub(super) source: &'a Source,
    pub(super) terminal: &'a Terminal,
}

impl Round<'_> {
    /// Applies the plan. Says how that ended, and whether anything was stale.
    pub(super) async fn apply(&self, resume: bool) -> Result<(Exit, bool), CliError> {
        let Self { args, file, plan, source, terminal } = *self;
        let selectors = args.selection.changes()?;
        let (unselected, doubts) = unselected(plan, source, &selectors)?;
        if unselected.len() == plan.steps.len() {
            let steps = counted(plan.steps.len(), "step");
            terminal.result(&format!("Nothing to do: of the plan's {steps} none is selected\n"))?;
            return Ok((Exit::Done, false));
        }
        let (place, digest) = (Place::of(file), plan.compute_digest());
        let found = place.find(&digest)?;
        place.check(&found, resume, plan)?;
        let (target, values) = or_interrupted(async {
            let target = args.connection.open(false).await?;
            same_workspace(plan, &target)?;
            Memory::recall(&target, source, plan, resume).await?;
            let say = Box::new(|said: &str| terminal.remark(said));
            let values = args.values.open(&args.connection, source, say).await?;
            Ok((target, values))
        })
        .await?;
        confirm(args, plan, &target, unselected.len(), terminal)?;
        let (journal, before) = place.open(found, &digest, terminal)?;
        let (meter, kept) = (Meter::new(terminal), place.blobs());
        let outcome = stoppable(terminal, |stop| async {
            let wish = Wish {
                command: self.command(),
                journal: Some(&journal),
                before: &before,
                ..args.wish(&target, &digest, stop.clone(), terminal)
            };
            let lock = Lock::take(wish).await?;
            let mut listening = JoinSet::new();
            let stop = lock.stop(stop, &mut listening);
            let done = async {
                // Until the lock was had, another apply may have left something else.
                let memory = Memory::recall(&target, source, plan, resume).await?;
                let (kept, on_stale) = (Some(&kept), args.on_stale.of_the_engine());
                let (target, unselected) = (&target, unselected.clone());
                let values = &values;
                let run = Run { target, source, plan, unselected, kept, on_stale, values, stop };
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
        values.close().await;
        let rest = format!("{} --resume{}", self.command(), args.connection.flags());
        let again = format!("{rest}{}", selectors.flags());
        let mut done = outcome.map_err(|error| error.hint(format!("go on with `{again}`")))??;
        done.findings.extend(doubts);
        self.say(&done)?;
        terminal.remark(&target.cost());
        let (exit, stale) = (exit(&done), is_stale(&done));
        if stale && args.on_stale == OnStale::Replan && exit != Exit::Interrupted {
            return Ok((exit, stale));
        }
        if matches!(exit, Exit::Partial | Exit::Interrupted | Exit::Failed) {
            terminal.remark(&format!("next: {again}"));
        } else if let left @ 1.. = left(&done) {
            let steps = counted(left, "step");
            terminal.remark(&format!("{steps} not selected; to go on with the rest: {rest}"));
        }
        if stale {
            terminal.remark(&format!(
                "what was changed in the target since the plan needs a new one: {}",
                plan_again(plan)
            ));
        }
        Ok((exit, stale))
    }

    /// The command, as far as it says what is applied.
    fn command(&self) -> String {
        format!("brickform apply {}", self.file.display())
    }

    fn say(&self, done: &Report) -> Result<(), CliError> {
        let Terminal { paint, width, .. } = *self.terminal;
        let human = Human { paint, width, expand: false, contents: &|_| None };
        self.terminal.result(&report(&human, self.plan, done))
    }
}

fn is_stale(done: &Report) -> bool {
    done.outcomes.values().any(|(outcome, _)| *outcome == Outcome::Stale)
}
