//! `brickform man`.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use super::args::Cli;
use super::error::{CliError, Exit};
use super::terminal::Terminal;

/// Print the manual page, or write one for each command
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ManArgs {
    /// Writes the pages of all commands into this directory instead
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  brickform man | man -l -
  brickform man -o ~/.local/share/man/man1";

pub(super) fn run(args: &ManArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    if let Some(dir) = &args.output {
        let failed = |error| {
            CliError::failed(format!("cannot write manual pages into {}", dir.display()))
                .because(error)
        };
        std::fs::create_dir_all(dir).map_err(failed)?;
        clap_mangen::generate_to(Cli::command(), dir).map_err(failed)?;
        return Ok(Exit::Done);
    }
    let mut page = Vec::new();
    Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| CliError::failed("cannot make the manual page").because(error))?;
    terminal.result(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}
