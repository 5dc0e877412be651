//! `brickform show`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::error::{CliError, Exit};
use super::overview::{addresses, overview, resource, written};
use super::plan::contents;
use super::render::text::{as_whom, counted, number, plain, wrap};
use super::render::{
    Human, Texts, Tone, access_markdown, blocked, diverged, draw_access, findings, html_of_plan,
    markdown, steps, summary_line,
};
use super::review::{Review, ReviewFormat, ReviewLook};
use super::select::{self, Selection};
use super::terminal::Terminal;
use super::{rewrites, selection};
use crate::engine::{Desired, desired};
use crate::model::{Address, Digest, Plan};
use crate::store::revision::{self, Opened};
use crate::store::snapshot_dir::{self, SnapshotDir};

/// Show a plan, or what a snapshot holds
///
/// A snapshot is a directory, or git:REV[:PATH] for how it was at a revision of a git repository. A plan is
/// a file, or git:REV:PATH of one that was committed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ShowArgs {
    /// The plan or the snapshot
    #[arg(value_name = "PLAN|SNAPSHOT")]
    what: PathBuf,
    /// Shows this object of the snapshot as its file has it
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["select", "exclude"])]
    address: Option<Address>,
    /// Writes the content of that object, byte for byte: a notebook's source, a file
    #[arg(long, requires = "address")]
    content: bool,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    look: ReviewLook,
}

const EXAMPLES: &str = "\
Examples:
  brickform show plan.json
  brickform show plan.json --select action:replace
  brickform show plan.json --expand | less -R
  brickform show plan.json --format html > plan.html
  brickform show plan.json --access
  brickform show plan.json --format json | jq '.summary'
  brickform show snapshot
  brickform show snapshot --select 'job & tag.team=data'
  brickform show git:HEAD~3 --address job:nightly
  brickform show git:v1:snapshot --address notebook:/Shared/load --content > load.py";

pub(super) fn run(args: &ShowArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    match (revision::open(&args.what)?, &args.address) {
        (Opened::Plan(_), Some(_)) => {
            let what = args.what.display();
            return Err(CliError::usage(format!(
                "{what} is a plan, and --address names an object"
            ))
            .hint("name the snapshot, or leave --address out"));
        }
        (Opened::Plan(plan), None) => show_plan(*plan, args, terminal)?,
        (Opened::Snapshot(dir), None) if !args.selection.is_empty() => {
            let selectors = args.selection.objects()?;
            terminal.result(&addresses(&dir, &selectors, &args.look)?)?;
        }
        (Opened::Snapshot(dir), None) => {
            terminal.result(&overview(&dir, &args.look, terminal)?)?;
        }
        (Opened::Snapshot(dir), Some(address)) => {
            let resource = resource(&dir, address)?;
            if !args.content {
                terminal.result(&written(resource, &args.look))?;
            } else if resource.content.is_some() {
                terminal.bytes(&dir.content(resource)?)?;
            } else {
                return Err(CliError::failed(format!("{address} has no content"))
                    .hint("leave --content out to see its settings"));
            }
        }
    }
    Ok(Exit::Done)
}

fn show_plan(mut plan: Plan, args: &ShowArgs, terminal: &Terminal) -> Result<(), CliError> {
    let selectors = args.selection.changes()?;
    // Texts are shown where the snapshot still is what the plan was made from.
    let snapshot = beside(&plan.snapshot, &args.what)
        .and_then(|dir| revision::read_with(&dir, snapshot_dir::Verify::Off).ok())
        .filter(|dir| *dir.root_digest() == plan.snapshot_digest);
    let by_digest = snapshot.as_ref().map(|dir| (dir, contents(dir)));
    let texts = |digest: &Digest| {
        let (dir, resources): &(&SnapshotDir, _) = by_digest.as_ref()?;
        dir.content(resources.get(digest)?).ok()
    };
    let wanted = snapshot.as_ref().and_then(|dir| wanted(&plan, &args.what, dir));
    let review = wanted.as_ref().map_or_else(Review::default, |wanted| {
        Review::of_plan(&selection::everything(), &plan, &wanted.snapshot)
    });
    if selectors.is_everything() {
        return terminal.result(&draw(&plan, &review, &args.look, terminal, &texts)?);
    }
    let desired = wanted.as_ref().map(|desired| &desired.snapshot.resources);
    let chosen = select::of_plan(&plan, &selectors, desired)?;
    let hidden = select::hide(&mut plan, chosen);
    terminal.result(&draw(&plan, &review, &args.look, terminal, &texts)?)?;
    terminal.remark(&format!(
        "{} of {} are hidden by{}",
        number(hidden),
        counted(hidden + plan.steps.len(), "step"),
        selectors.flags()
    ));
    Ok(())
}

/// The snapshot as the target should have it, where its rewrites still are what the plan was made with.
fn wanted(plan: &Plan, file: &Path, dir: &SnapshotDir) -> Option<Desired> {
    let named = match &plan.rewrites {
        Some(named) => Some(beside(named, file)?),
        None => None,
    };
    let rules = rewrites::read(named.as_deref()).ok()?;
    let is_same = rules.digest() == plan.rewrites_digest.as_ref();
    is_same.then(|| desired(&dir.snapshot, &selection::everything(), &rules, &plan.options))
}

/// Where something is that a plan names: as it is named, or beside the plan file.
pub(super) fn beside(named: &str, plan: &Path) -> Option<PathBuf> {
    revision::beside(Path::new(named), plan.parent().unwrap_or(Path::new("")))
}

/// Draws a plan in the form that was asked for.
pub(super) fn draw(
    plan: &Plan,
    review: &Review<'_>,
    look: &ReviewLook,
    terminal: &Terminal,
    texts: Texts<'_>,
) -> Result<String, CliError> {
    let people = Human {
        paint: terminal.paint,
        width: terminal.width,
        expand: look.expand,
        contents: texts,
    };
    if look.access {
        let Some(access) = &review.access else {
            return Err(CliError::failed("who gains or loses access is not known")
                .because("the plan's snapshot, or its rewrites file, is not there or has changed")
                .hint("put them where the plan names them, or plan again with --access"));
        };
        return match look.format {
            ReviewFormat::Json => json(access),
            ReviewFormat::Markdown => Ok(access_markdown(plan, access)),
            ReviewFormat::Html => Ok(html_of_plan(plan, review, texts)),
            ReviewFormat::Human => Ok(draw_access(&people, access, false)),
        };
    }
    match look.format {
        ReviewFormat::Json => json(plan),
        ReviewFormat::Markdown => Ok(markdown(plan, review, texts, look.expand)),
        ReviewFormat::Html => Ok(html_of_plan(plan, review, texts)),
        ReviewFormat::Human => Ok(human(plan, review, &people)),
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, CliError> {
    serde_json::to_string_pretty(value)
        .map(|json| format!("{json}\n"))
        .map_err(|error| CliError::failed("this is no JSON").because(error))
}

/// Draws a plan for people.
pub(super) fn human(plan: &Plan, review: &Review<'_>, human: &Human<'_>) -> String {
    let target = &plan.target;
    let mut text = String::new();
    let number = target.workspace_id.as_ref().map(|id| format!(" (workspace {id})"));
    let head = format!(
        "{}{}{}",
        plain(&target.host),
        plain(&number.unwrap_or_default()),
        as_whom(&target.caller)
    );
    let head = wrap(&head, human.width.saturating_sub(9), 9);
    let _ = writeln!(text, "{} {}", human.paint.tone(Tone::Title, "Target  "), head.trim_start());
    let _ = writeln!(
        text,
        "{} {} ({})",
        human.paint.tone(Tone::Title, "Snapshot"),
        plain(&plan.snapshot),
        plan.snapshot_digest.short()
    );
    if let Some(rewrites) = &plan.rewrites {
        let values = plan.summary.rewritten;
        let _ = writeln!(
            text,
            "{} {} ({values} values)",
            human.paint.tone(Tone::Title, "Rewrites"),
            plain(rewrites)
        );
    }
    text.push('\n');
    text.push_str(&blocked(human, &plan.blocked));
    text.push_str(&diverged(human, plan));
    text.push_str(&steps(human, &plan.steps, review));
    if let Some(access) = &review.access {
        text.push_str(&draw_access(human, access, true));
    }
    text.push_str(&findings(human, &plan.findings));
    let line = wrap(&summary_line(plan), human.width, 2);
    let _ = writeln!(text, "{}", human.paint.tone(Tone::Title, &line));
    text
}
