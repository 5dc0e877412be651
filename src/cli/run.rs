//! From a command line to an exit code.

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::ErrorKind;

use super::args::{Cli, Command};
use super::error::{CliError, Exit};
use super::terminal::Terminal;
use super::{
    apply, blame, completions, demo, diff, drift, export, kinds, log, logging, man, plan, rehearse,
    rollback, show, sim, unlock, validate, verify,
};

/// Runs a command line as the program does: errors are printed, panics are our bug.
pub fn start(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    std::panic::catch_unwind(|| run(args)).unwrap_or(Exit::Bug)
}

/// Runs a command line and prints what is wrong, if anything.
pub fn run(args: Vec<OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; a reader who went away is none either.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
                _ => Exit::Usage,
            };
        }
    };
    let terminal = Terminal::open(&cli.manners);
    logging::start(&cli.manners, &terminal);
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::failed("cannot start").because(error))
        .and_then(|runtime| runtime.block_on(dispatch(&cli.command, &terminal)));
    result.unwrap_or_else(|error| {
        terminal.error(&error);
        error.exit()
    })
}

async fn dispatch(command: &Command, terminal: &Terminal) -> Result<Exit, CliError> {
    match command {
        Command::Apply(args) => apply::run(args, terminal).await,
        Command::Blame(args) => blame::run(args, terminal),
        Command::Completions(args) => completions::run(args, terminal),
        Command::Demo(args) => demo::run(args, terminal).await,
        Command::Diff(args) => diff::run(args, terminal),
        Command::Drift(args) => drift::run(args, terminal).await,
        Command::Export(args) => export::run(args, terminal).await,
        Command::Kinds(args) => kinds::run(args, terminal),
        Command::Log(args) => log::run(args, terminal),
        Command::Man(args) => man::run(args, terminal),
        Command::Plan(args) => plan::run(args, terminal).await,
        Command::Rehearse(args) => rehearse::run(args, terminal).await,
        Command::Rollback(args) => rollback::run(args, terminal).await,
        Command::Show(args) => show::run(args, terminal),
        Command::Sim(args) => sim::run(args, terminal).await,
        Command::Unlock(args) => unlock::run(args, terminal).await,
        Command::Validate(args) => validate::run(args, terminal),
        Command::Verify(args) => verify::run(args, terminal).await,
    }
}
