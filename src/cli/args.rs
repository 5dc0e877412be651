//! The command line.

use clap::{Parser, Subcommand};

use super::terminal::Manners;
use super::{
    apply, blame, completions, demo, diff, drift, export, kinds, log, man, plan, rehearse,
    rollback, show, sim, unlock, validate, verify,
};

/// Export, plan and apply Databricks workspaces the Terraform way
///
/// `export` writes a workspace into a directory made for git. `plan` says what has to change so that
/// another workspace is as that directory says, and `apply` does what the plan shows and nothing else.
#[derive(Parser, Debug)]
#[command(
    name = "brickform",
    version,
    about,
    propagate_version = true,
    arg_required_else_help = true,
    after_long_help = EXAMPLES
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) manners: Manners,
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  # The whole story on two simulated workspaces; needs nothing
  brickform demo

  # From one workspace to another
  brickform export -o snapshot --profile old
  brickform plan snapshot -o plan.json --profile new
  brickform apply plan.json --profile new

Exit codes:
    0  done, or nothing to do
    1  failed, nothing applied; or not verified, because a part could not be read
    2  differences found (diff, drift, verify, plan --detailed-exitcode), or a rehearsal that did not succeed
    3  applied in part; `apply --resume` goes on
    4  refused; the message says what would let it proceed
   64  the command line cannot be understood
   70  an error of brickform itself
  130  interrupted; the journal is closed";

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    Apply(apply::ApplyArgs),
    Blame(blame::BlameArgs),
    Completions(completions::CompletionsArgs),
    Demo(demo::DemoArgs),
    Diff(diff::DiffArgs),
    Drift(drift::DriftArgs),
    Export(export::ExportArgs),
    Kinds(kinds::KindsArgs),
    Log(log::LogArgs),
    Man(man::ManArgs),
    Plan(plan::PlanArgs),
    Rehearse(rehearse::RehearseArgs),
    Rollback(rollback::RollbackArgs),
    Show(show::ShowArgs),
    Sim(sim::SimArgs),
    Unlock(unlock::UnlockArgs),
    Validate(validate::ValidateArgs),
    Verify(verify::VerifyArgs),
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
