//! `brickform unlock`.

use clap::Args;

use super::connection::{Connection, Target};
use super::error::{CliError, Exit};
use super::interrupt::or_interrupted;
use super::lock::{holder, refusal};
use super::render::text::plain;
use super::terminal::Terminal;
use crate::engine::lease::{Standing, look, unlock};

/// Take the lock of a workspace away from a run that is over
///
/// An apply locks its target, and gives the lock back when it ends. One that died leaves it behind: others
/// take it over after about a minute, and its own `apply --resume` at once, so this command is seldom
/// needed. An apply that still works notices within 20 seconds, and begins no further step.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct UnlockArgs {
    /// Does not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    connection: Connection,
}

const EXAMPLES: &str = "\
Examples:
  brickform unlock --profile new
  brickform unlock --profile new --yes";

pub(super) async fn run(args: &UnlockArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let flags = args.connection.flags();
    let (target, seen) = or_interrupted(async {
        let target = args.connection.open(false).await?;
        let seen = look(&target.session).await.map_err(|error| refusal(error, &target, &flags))?;
        Ok((target, seen))
    })
    .await?;
    let host = target.session.host();
    let Some(seen) = seen else {
        terminal.result(&format!("Nobody holds the lock of {}.\n", plain(host)))?;
        return Ok(Exit::Done);
    };
    terminal.result(&describe(&target, &seen))?;
    confirm(args, terminal, &flags)?;
    let by = holder(&target, "an unlock".to_owned(), format!("brickform unlock{flags}"));
    or_interrupted(async {
        unlock(&target.session, &seen, by).await.map_err(|error| refusal(error, &target, &flags))
    })
    .await?;
    terminal.result("Unlocked.\n")?;
    Ok(Exit::Done)
}

fn describe(target: &Target, seen: &Standing) -> String {
    let held = &seen.claim.holder;
    let line = |name: &str, value: &str| format!("  {name:<8} {}\n", plain(value));
    format!(
        "{} is locked\n{}{}{}{}",
        plain(target.session.host()),
        line("by", &held.who),
        line("since", &held.since),
        line("for", &held.what),
        line("command", &held.command)
    )
}

fn confirm(args: &UnlockArgs, terminal: &Terminal, flags: &str) -> Result<(), CliError> {
    if args.yes {
        return Ok(());
    }
    match terminal.ask("Take the lock away? Only `yes` goes on:").as_deref() {
        Some("yes") => Ok(()),
        Some(_) => {
            Err(CliError::refused("not confirmed; the lock stays")
                .hint("answer `yes`, or add --yes"))
        }
        None => Err(CliError::refused("nobody is there to confirm; the lock stays")
            .hint(format!("make sure that the run is over, then `brickform unlock{flags} --yes`"))),
    }
}
