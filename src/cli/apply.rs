//! `brickform apply`.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use tokio::sync::watch;

use super::connection::{Connection, Target};
use super::error::{CliError, Exit};
use super::export::scratch;
use super::interrupt::{or_interrupted, stoppable};
use super::journal::Place;
use super::plan::Source;
use super::progress::Meter;
use super::render::{Human, report, summary_line};
use super::selection;
use super::show::beside;
use super::terminal::Terminal;
use crate::engine::Progress;
use crate::engine::apply::{Apply, Report, apply};
use crate::model::{Outcome, Plan, Record, Resource};
use crate::store::{BlobStore, Journal, StoreError, read_plan, revision};

/// Do what a plan shows, and nothing else
///
/// The plan, its snapshot, its rewrites and the workspace have to be what they were when the plan was made.
/// Before each write the live object has to be as the plan saw it; one that was changed since is skipped,
/// with what needs it, and everything else goes on. Afterwards everything that was touched is read back.
///
/// On a terminal apply asks before it begins; elsewhere it begins at once, because the plan was reviewed.
/// A journal beside the plan makes an interrupted run go on with --resume, and nothing happens twice.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ApplyArgs {
    /// The plan file
    #[arg(value_name = "FILE")]
    plan: PathBuf,
    /// The snapshot, if it was moved since: a directory, or git:REV[:PATH]
    #[arg(long, value_name = "DIR")]
    snapshot: Option<PathBuf>,
    /// The rewrites file, if it was moved since
    #[arg(long, value_name = "FILE")]
    rewrites: Option<PathBuf>,
    /// Goes on with an apply that was interrupted or succeeded in part
    #[arg(long)]
    resume: bool,
    /// Does not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    connection: Connection,
}

const EXAMPLES: &str = "\
Examples:
  brickform apply plan.json --profile new
  brickform apply plan.json --yes
  brickform apply plan.json --resume";

pub(super) async fn run(args: &ApplyArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let plan = read_plan(&args.plan)?;
    let source = source(args, &plan)?;
    if plan.is_empty() {
        terminal.result(&format!("{}\n", summary_line(&plan)))?;
        return Ok(Exit::Done);
    }
    let (place, digest) = (Place::of(&args.plan), plan.compute_digest());
    let found = place.find(&digest)?;
    place.check(&found, args.resume, &plan)?;
    let target = or_interrupted(async {
        let target = args.connection.open(false).await?;
        same_workspace(&plan, &target)?;
        Ok(target)
    })
    .await?;
    confirm(args, &plan, &target, terminal)?;
    let (journal, before) = place.open(found, &digest, terminal)?;
    let meter = Meter::new(terminal);
    let outcome = stoppable(terminal, |stop| async {
        let run = Run { target: &target, source: &source, plan: &plan, stop };
        carry_out(run, Some(&journal), before, meter.progress()).await
    })
    .await;
    drop(meter);
    drop(journal);
    let flags = args.connection.flags();
    let again = format!("brickform apply {} --resume{flags}", args.plan.display());
    let done = outcome.map_err(|error| error.hint(format!("go on with `{again}`")))??;
    let human =
        Human { paint: terminal.paint, width: terminal.width, expand: false, contents: &|_| None };
    terminal.result(&report(&human, &plan, &done))?;
    terminal.remark(&target.cost());
    let exit = exit(&done);
    if matches!(exit, Exit::Partial | Exit::Interrupted | Exit::Failed) {
        terminal.remark(&format!("next: {again}"));
    }
    if exit == Exit::Refused || done.outcomes.values().any(|(o, _)| *o == Outcome::Stale) {
        let plan = plan.snapshot.as_str();
        terminal.remark(&format!(
            "what was changed in the target since the plan needs a new one: brickform plan {plan} -o NEW.json"
        ));
    }
    Ok(exit)
}

/// Reads the snapshot and rewrites of a plan, and makes sure that they are the same bytes.
fn source(args: &ApplyArgs, plan: &Plan) -> Result<Source, CliError> {
    let again = |dir: &Path| {
        let mut command = format!("brickform plan {}", dir.display());
        if let Some(file) = args
            .rewrites
            .as_deref()
            .map(Path::display)
            .map(|p| p.to_string())
            .or(plan.rewrites.clone())
        {
            command.push_str(&format!(" --rewrites {file}"));
        }
        format!("plan again: `{command} -o {}`", args.plan.display())
    };
    let dir = match &args.snapshot {
        Some(dir) => dir.clone(),
        None => beside(&plan.snapshot, &args.plan).ok_or_else(|| not_there(plan))?,
    };
    let file = match (&args.rewrites, &plan.rewrites) {
        (Some(file), Some(_)) => Some(file.clone()),
        (None, Some(named)) => Some(beside(named, &args.plan).ok_or_else(|| {
            CliError::refused(format!("the plan's rewrites file {named} is not there"))
                .hint("name where it is now with --rewrites FILE")
        })?),
        (Some(_), None) => {
            return Err(CliError::refused("the plan was made without rewrites")
                .hint(format!("leave --rewrites out, or {}", again(&dir))));
        }
        (None, None) => None,
    };
    let source = Source::read(&dir, file.as_deref())?;
    if *source.dir.root_digest() != plan.snapshot_digest {
        return Err(CliError::refused(format!(
            "the snapshot {} has changed since the plan was made: its root is {}, the plan's {}",
            dir.display(),
            source.dir.root_digest().short(),
            plan.snapshot_digest.short()
        ))
        .hint(again(&dir))
        .hint("if this is not the snapshot that was planned, name that one with --snapshot DIR"));
    }
    if source.rewrites.digest() != plan.rewrites_digest.as_ref() {
        let shown = file.unwrap_or_default();
        return Err(CliError::refused(format!(
            "the rewrites file {} has changed since the plan was made",
            shown.display()
        ))
        .hint(again(&dir)));
    }
    Ok(source)
}

/// Says why the snapshot of a plan cannot be found.
fn not_there(plan: &Plan) -> CliError {
    let error = CliError::refused(format!("the plan's snapshot {} is not there", plan.snapshot))
        .hint("name where it is now with --snapshot DIR");
    match revision::read(Path::new(&plan.snapshot)) {
        Err(StoreError::Revision(reason)) => error.because(reason),
        _ => error,
    }
}

fn same_workspace(plan: &Plan, target: &Target) -> Result<(), CliError> {
    let (planned, found) = (&plan.target, &target.caller.source);
    if planned.host == found.host && planned.workspace_id == found.workspace_id {
        return Ok(());
    }
    let named = |host: &str, id: &Option<String>| match id {
        Some(id) => format!("{host} (workspace {id})"),
        None => host.to_owned(),
    };
    Err(CliError::refused(format!(
        "the plan is for {}, and this is {}",
        named(&planned.host, &planned.workspace_id),
        named(&found.host, &found.workspace_id)
    ))
    .hint(format!("sign in there: --host {}, or a --profile for it", planned.host)))
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

/// A plan to carry out.
pub(super) struct Run<'a> {
    /// Where.
    pub target: &'a Target,
    /// From what.
    pub source: &'a Source,
    /// The plan.
    pub plan: &'a Plan,
    /// Becomes true when no further step may start.
    pub stop: watch::Receiver<bool>,
}

/// Carries a plan out, with or without a journal.
pub(super) async fn carry_out(
    run: Run<'_>,
    journal: Option<&Journal>,
    before: Vec<Record>,
    progress: Progress,
) -> Result<Report, CliError> {
    let catalogue = selection::everything();
    let desired = run.source.desired(&catalogue, &run.plan.options);
    let scratch = scratch()?;
    let blobs = BlobStore::new(scratch.path());
    let contents = |resource: &Resource| run.source.dir.content(resource).map_err(io::Error::other);
    let report = apply(&Apply {
        session: &run.target.session,
        catalogue: &catalogue,
        plan: run.plan,
        desired: &desired,
        contents: &contents,
        log: &|record| {
            Box::pin(async move {
                match journal {
                    Some(journal) => journal.append(&record).await.map_err(io::Error::other),
                    None => Ok(()),
                }
            })
        },
        before,
        blobs: &blobs,
        concurrency: run.target.concurrency,
        progress,
        stop: run.stop,
        caller: &run.target.caller,
    })
    .await;
    Ok(report)
}

/// How an apply ended.
fn exit(report: &Report) -> Exit {
    let count = |wanted: fn(Outcome) -> bool| {
        report.outcomes.values().filter(|(outcome, _)| wanted(*outcome)).count()
    };
    let good = count(Outcome::is_success);
    let failed = count(|outcome| outcome == Outcome::Failed);
    let stale = count(|outcome| outcome == Outcome::Stale);
    match () {
        () if good == report.outcomes.len() => Exit::Done,
        () if report.stopped => Exit::Interrupted,
        () if good > 0 => Exit::Partial,
        () if stale > 0 && failed == 0 => Exit::Refused,
        () => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_says_how_it_went() {
        let code = |outcomes: &[Outcome], stopped| {
            let outcomes = outcomes.iter().zip(1..).map(|(o, id)| (id, (*o, String::new())));
            exit(&Report { outcomes: outcomes.collect(), findings: Vec::new(), stopped }).code()
        };
        use Outcome::{Already, Blocked, Done, Failed, NotStarted, Stale};
        assert_eq!(code(&[Done, Already], false), 0);
        assert_eq!(code(&[Done, Failed], false), 3);
        assert_eq!(code(&[Done, Stale, Blocked], false), 3);
        assert_eq!(code(&[Failed, Blocked], false), 1);
        assert_eq!(code(&[Stale, Blocked], false), 4);
        assert_eq!(code(&[Done, NotStarted], true), 130);
        assert_eq!(code(&[NotStarted, NotStarted], false), 1);
    }
}
