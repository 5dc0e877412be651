//! `brickform validate`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::error::{CliError, Exit};
use super::render::text::counted;
use super::render::{Human, findings};
use super::rewrites;
use super::select::{self, Selection, is_about_other};
use super::terminal::Terminal;
use crate::model::{Finding, Selectors, Severity};
use crate::store::{revision, snapshot_dir};

/// Check a snapshot without a workspace: digests, form, references
///
/// Lists everything that is wrong, not only the first. Exits with 4 where the snapshot cannot be used.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ValidateArgs {
    /// The snapshot: a directory, or git:REV[:PATH] for how it was at a revision of a git repository
    #[arg(value_name = "SNAPSHOT")]
    snapshot: PathBuf,
    /// Checks this rewrites file as well
    #[arg(long, value_name = "FILE")]
    rewrites: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
}

const EXAMPLES: &str = "\
Examples:
  brickform validate snapshot
  brickform validate snapshot --rewrites rewrites.yaml
  brickform validate snapshot --select path:/Shared
  brickform validate git:HEAD";

pub(super) fn run(args: &ValidateArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    rewrites::read(args.rewrites.as_deref())?;
    let selectors = args.selection.objects()?;
    let mut problems = revision::problems(&args.snapshot)?;
    let hidden = if selectors.is_everything() {
        0
    } else {
        narrow(&args.snapshot, &selectors, &mut problems)?
    };
    let human =
        Human { paint: terminal.paint, width: terminal.width, expand: true, contents: &|_| None };
    let shown = args.snapshot.display();
    let errors = problems.iter().filter(|finding| finding.severity == Severity::Error).count();
    let verdict = match (errors, problems.len()) {
        (0, 0) => format!("{shown} is sound"),
        (0, count) => format!("{shown} can be used; {}", counted(count, "finding")),
        (errors, _) => format!("{shown} cannot be used as it is; {}", counted(errors, "error")),
    };
    terminal.result(&format!("{}{verdict}\n", findings(&human, &problems)))?;
    if hidden > 0 {
        let hidden = counted(hidden, "finding");
        terminal.remark(&format!("{hidden} about other objects hidden by{}", selectors.flags()));
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Refused })
}

/// Leaves out what is wrong with single objects that are not selected, and answers how much that is.
fn narrow(
    dir: &Path,
    selectors: &Selectors,
    problems: &mut Vec<Finding>,
) -> Result<usize, CliError> {
    // Where the snapshot cannot be read at all, what is wrong concerns every object.
    let Ok(read) = revision::read_with(dir, snapshot_dir::Verify::Off) else { return Ok(0) };
    let chosen = select::of_objects(selectors, &read.snapshot.resources)?;
    let before = problems.len();
    problems.retain(|finding| !is_about_other(finding, &chosen));
    let hidden = before - problems.len();
    problems.extend(chosen.findings);
    Ok(hidden)
}
