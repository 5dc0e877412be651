//! `brickform completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::args::Cli;
use super::error::{CliError, Exit};
use super::terminal::Terminal;

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  source <(brickform completions bash)
  brickform completions zsh > ~/.zfunc/_brickform
  brickform completions fish > ~/.config/fish/completions/brickform.fish";

pub(super) fn run(args: &CompletionsArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "brickform", &mut script);
    terminal.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
