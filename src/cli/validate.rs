//! `brickform validate`.

use std::path::PathBuf;

use clap::Args;

use super::error::{CliError, Exit};
use super::render::text::counted;
use super::render::{Human, findings};
use super::rewrites;
use super::terminal::Terminal;
use crate::model::Severity;
use crate::store::revision;

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
}

const EXAMPLES: &str = "\
Examples:
  brickform validate snapshot
  brickform validate snapshot --rewrites rewrites.yaml
  brickform validate git:HEAD";

pub(super) fn run(args: &ValidateArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    rewrites::read(args.rewrites.as_deref())?;
    let problems = revision::problems(&args.snapshot)?;
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
    Ok(if errors == 0 { Exit::Done } else { Exit::Refused })
}
