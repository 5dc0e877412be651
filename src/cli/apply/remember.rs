//! What an apply left, kept for the next plan.

use super::ApplyArgs;
use super::source::same_workspace;
use crate::cli::base::{Known, Pair, check, remembered};
use crate::cli::connection::Target;
use crate::cli::error::{CliError, Exit};
use crate::cli::interrupt::{or_interrupted, stoppable};
use crate::cli::lock::Lock;
use crate::cli::plan::Source;
use crate::cli::render::summary_line;
use crate::cli::selection;
use crate::cli::terminal::Terminal;
use crate::engine::apply::Report;
use crate::engine::{Recording, record};
use crate::model::{Base, Plan};

/// What the last apply left, while the next one runs.
pub(super) struct Memory<'a> {
    source: &'a Source,
    plan: &'a Plan,
    pair: Pair,
    known: Known,
}

impl<'a> Memory<'a> {
    /// Reads what the last apply left.
    ///
    /// # Errors
    /// If the plan was made from something else; a run that goes on has changed it itself.
    pub(super) async fn recall(
        target: &Target,
        source: &'a Source,
        plan: &'a Plan,
        goes_on: bool,
    ) -> Result<Self, CliError> {
        let pair = source.pair(&target.caller.source);
        let known = pair.load(&target.session.read_only()).await?;
        if !goes_on {
            check(plan, &known)?;
        }
        Ok(Self { source, plan, pair, known })
    }

    /// Keeps what this apply left, however far it came. What cannot be kept is a finding of the report.
    pub(super) async fn keep(&self, target: &Target, report: &mut Report) -> Base {
        let before = self.known.base.clone().unwrap_or_else(|| self.pair.first());
        let base = after(self.source, self.plan, report, &before);
        report.findings.extend(self.known.findings.iter().cloned());
        if self.known.base.is_some() || base != before {
            report.findings.extend(self.pair.save(&target.session, &self.known, &base).await);
        }
        base
    }
}

/// What is to be remembered after a plan was carried out, on top of what was known.
fn after(source: &Source, plan: &Plan, report: &Report, before: &Base) -> Base {
    let catalogue = selection::everything();
    let desired = source.desired(&catalogue, &plan.options);
    let keys = &source.keys;
    record(before, &Recording { catalogue: &catalogue, plan, desired: &desired, keys, report })
}

/// Ends an apply that has nothing to do. What is as wanted already is remembered, if it is not yet.
pub(super) async fn nothing_to_do(
    args: &ApplyArgs,
    plan: &Plan,
    source: &Source,
    terminal: &Terminal,
) -> Result<Exit, CliError> {
    terminal.result(&format!("{}\n", summary_line(plan)))?;
    if is_remembered(plan, source) {
        return Ok(Exit::Done);
    }
    let target = or_interrupted(async {
        let target = args.connection.open(false).await?;
        same_workspace(plan, &target)?;
        Ok(target)
    })
    .await?;
    let digest = plan.compute_digest();
    let outcome = stoppable(terminal, |stop| async {
        let lock = Lock::take(args.wish(&target, &digest, stop, terminal)).await?;
        let mut base = None;
        let kept = async {
            let memory = Memory::recall(&target, source, plan, false).await?;
            let mut report = Report::default();
            base = Some(memory.keep(&target, &mut report).await);
            Ok(report)
        }
        .await;
        Ok::<_, CliError>((lock.release(kept).await?, base))
    })
    .await;
    let (report, base) = outcome??;
    if let Some(base) = &base {
        terminal.remark(&remembered(base));
    }
    for finding in &report.findings {
        terminal.warn(&format!("{}; {}", finding.message, finding.hint));
    }
    Ok(Exit::Done)
}

/// Whether this disk remembers everything that the plan found as wanted.
fn is_remembered(plan: &Plan, source: &Source) -> bool {
    let pair = source.pair(&plan.target);
    let Ok(local) = pair.local() else { return false };
    let is_of_plan = plan.options.no_base || plan.base == local.as_ref().map(Base::digest);
    let before = local.unwrap_or_else(|| pair.first());
    is_of_plan && after(source, plan, &Report::default(), &before) == before
}
