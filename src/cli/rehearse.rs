//! `brickform rehearse`.

mod chaos;
mod clock;
mod play;
mod show;
mod stage;
mod unknowns;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use self::clock::in_its_own_time;
use self::play::play;
use self::show::Seen;
use self::stage::{Stage, words};
use super::apply::Inputs;
use super::error::{CliError, Exit};
use super::interrupt::or_interrupted;
use super::plan::{Look, Source};
use super::progress::Meter;
use super::render::summary_line;
use super::selection;
use super::terminal::Terminal;
use crate::engine::{Otherwise, seen_otherwise};
use crate::model::{Address, Plan};
use crate::store::read_plan;

/// Try a plan on a simulated copy of its target, without a network
///
/// Builds a copy of the target from a snapshot of it, and applies the plan there with the code that applies
/// plans, under the published rate limits. Says what becomes of each step, how many requests it takes, how
/// long that lasts, whether a second plan is empty, and what a rehearsal cannot know. The copy's clock is put
/// forward wherever there is waiting, so an hour takes seconds. Nothing is written, and nothing is sent.
///
/// The snapshot has to show the target as the plan saw it: export the target right before or after planning.
///
/// Exits with 0 where everything that could be rehearsed succeeded and a second plan is empty, and with 2
/// where something failed or is left to do.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct RehearseArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Directory of a snapshot of the plan's target
    #[arg(long, value_name = "DIR")]
    target_snapshot: PathBuf,
    /// Lets requests fail, connections break and the client die on the way, as follows from the seed
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true, default_missing_value = "1")]
    chaos: Option<u64>,
    /// How long every request takes at least
    #[arg(long, value_name = "TIME", default_value = "100ms", value_parser = time)]
    latency: Duration,
    /// How many requests run at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// Rehearses although the snapshot shows objects otherwise than the plan saw them, without their steps
    #[arg(long)]
    anyway: bool,
    #[command(flatten)]
    look: Look,
}

const EXAMPLES: &str = "\
Examples:
  brickform export -o target --profile new
  brickform plan snapshot -o plan.json --profile new
  brickform rehearse plan.json --target-snapshot target
  brickform rehearse plan.json --target-snapshot target --chaos=7
  brickform rehearse plan.json --target-snapshot target --latency 20ms --format json | jq .seconds";

/// How many objects are named that are not as the plan saw them.
const NAMED: usize = 10;

/// Reads `20ms` or `1.5s`.
fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time; write 20ms or 1.5s");
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (text.strip_suffix('s').ok_or_else(wrong)?, 1.0),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let time = Duration::try_from_secs_f64(number * unit).map_err(|_| wrong())?;
    if time > Duration::from_secs(60) {
        return Err(format!("`{text}` is longer than a minute"));
    }
    Ok(time)
}

pub(super) async fn run(args: &RehearseArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let plan = read_plan(&args.inputs.plan)?;
    let source = args.inputs.source(&plan)?;
    let target = Source::read(&args.target_snapshot, None)?;
    same_workspace(args, &plan, &target)?;
    let unlike = seen_otherwise(&selection::everything(), &plan, &target.dir.snapshot);
    if !args.anyway {
        as_planned(args, &plan, &unlike)?;
    }
    if plan.is_empty() {
        terminal.remark(&format!("nothing to rehearse: {}", summary_line(&plan)));
    }
    let desired = source.desired(&selection::everything(), &plan.options);
    let meter = Meter::new(terminal);
    let (progress, chaos) = (meter.progress(), args.chaos);
    let (latency, concurrency) = (args.latency, usize::from(args.concurrency));
    let rehearsal = in_its_own_time(move || async move {
        let stage = Stage::build(&plan, &source, &target, &unlike, latency, concurrency).await?;
        let played = play(&stage, &source, chaos, progress).await?;
        Ok((plan, stage, played))
    });
    let (plan, stage, played) = or_interrupted(rehearsal).await?;
    drop(meter);
    if !plan.is_empty() && stage.unplayable.len() == plan.steps.len() {
        return Err(CliError::refused("nothing of this plan can be rehearsed")
            .because(stage.unplayable.into_values().next().unwrap_or_default())
            .hint("apply is as careful without: it looks at each object before it writes"));
    }
    let unknowns = unknowns::unknowns(&plan, &desired, &stage);
    let seen = Seen { plan: &plan, stage: &stage, played: &played, unknowns: &unknowns, args };
    terminal.result(&seen.draw(&args.look, terminal))?;
    Ok(if played.is_success() { Exit::Done } else { Exit::Different })
}

/// Refuses a snapshot of another workspace than the plan's target.
fn same_workspace(args: &RehearseArgs, plan: &Plan, target: &Source) -> Result<(), CliError> {
    let (planned, found) = (&plan.target, &target.dir.snapshot.source);
    let same = match (&planned.workspace_id, &found.workspace_id) {
        (Some(planned), Some(found)) => planned == found,
        _ => planned.host == found.host,
    };
    if same {
        return Ok(());
    }
    let dir = args.target_snapshot.display();
    Err(CliError::refused(format!(
        "{dir} is a snapshot of {}, and the plan is for {}",
        found.host, planned.host
    ))
    .hint(format!("export the plan's target: `brickform export -o DIR --host {}`", planned.host)))
}

/// Refuses a snapshot that shows the target otherwise than the plan saw it.
fn as_planned(
    args: &RehearseArgs,
    plan: &Plan,
    unlike: &BTreeMap<Address, Otherwise>,
) -> Result<(), CliError> {
    if unlike.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> = unlike
        .iter()
        .take(NAMED)
        .map(|(address, how)| format!("{address} {}", words(*how)))
        .collect();
    if unlike.len() > NAMED {
        names.push(format!("and {} more", unlike.len() - NAMED));
    }
    let dir = args.target_snapshot.display();
    let host = &plan.target.host;
    Err(CliError::refused(format!(
        "{dir} does not show the target as the plan saw it: {}",
        names.join(", ")
    ))
    .hint(format!("export the target again: `brickform export -o {dir} --host {host}`"))
    .hint("if the target has changed since the plan, plan again as well")
    .hint("to rehearse everything else, add --anyway"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times() {
        assert_eq!(time("20ms"), Ok(Duration::from_millis(20)));
        assert_eq!(time("1.5s"), Ok(Duration::from_millis(1500)));
        for wrong in ["20", "ms", "-1s", "61s", "1h", "infs", "nans"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
