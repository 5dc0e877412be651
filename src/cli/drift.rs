//! `brickform drift`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::connection::{Connection, Target};
use super::error::{CliError, Exit};
use super::export::scratch;
use super::interrupt::or_interrupted;
use super::plan::{Format, Look, Source, contents};
use super::progress::Meter;
use super::render::text::{plain, wrap};
use super::render::{Human, Texts, Tone, drift_line, drift_markdown, findings, steps};
use super::review::Review;
use super::select::{self, Selection};
use super::selection;
use super::terminal::Terminal;
use crate::engine::{Drift, Named, Observe, Progress, Sticky, drift, observe};
use crate::kind::{Depth, Index};
use crate::model::{Address, Base, Digest, Resource, Selectors, Snapshot, visit_refs};
use crate::store::BlobStore;

/// Show what was edited in a workspace since the last apply
///
/// Only reads. Compares the workspace with what the last apply of this source left there, whatever the
/// source wants by now; the snapshot only says which source it is. Objects that no apply has touched do
/// not drift. Where the workspace tells when something was changed, and by whom, that is shown.
///
/// Exits with 2 where something was edited, and with 4 where nothing was ever applied.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct DriftArgs {
    /// Directory of the snapshot that was applied
    #[arg(value_name = "DIR")]
    snapshot: PathBuf,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    look: Look,
    #[command(flatten)]
    connection: Connection,
}

const EXAMPLES: &str = "\
Examples:
  brickform drift snapshot --profile new
  brickform drift snapshot --select 'notebook:/Shared/**'
  brickform drift snapshot --expand | less -R
  brickform drift snapshot --format json | jq '.steps[].address'
  brickform drift snapshot --format markdown >> $GITHUB_STEP_SUMMARY";

/// Drift as it was found, and the contents it was found with.
struct Found {
    base: Base,
    drift: Drift,
    live: BlobStore,
    _scratch: tempfile::TempDir,
}

pub(super) async fn run(args: &DriftArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let selectors = args.selection.objects()?;
    let source = Source::read(&args.snapshot, None)?;
    let meter = Meter::new(terminal);
    let (target, found) = or_interrupted(async {
        let target = args.connection.open(true).await?;
        let found = find(args, &selectors, &target, &source, meter.progress()).await?;
        Ok((target, found))
    })
    .await?;
    drop(meter);
    let by_digest = contents(&source.dir);
    let texts = |digest: &Digest| {
        found.live.get(digest).ok().or_else(|| source.dir.content(by_digest.get(digest)?).ok())
    };
    terminal.result(&draw(&found, &target, &args.look, terminal, &texts)?)?;
    terminal.remark(&target.cost());
    if found.drift.steps.is_empty() {
        return Ok(Exit::Done);
    }
    terminal.remark("who made an edit stands in the workspace's audit log, system.access.audit");
    Ok(Exit::Different)
}

async fn find(
    args: &DriftArgs,
    selectors: &Selectors,
    target: &Target,
    source: &Source,
    progress: Progress,
) -> Result<Found, CliError> {
    let session = target.session.read_only();
    let known = source.pair(&target.caller.source).load(&session).await?;
    let Some(base) = known.base else {
        let (from, to) = (&source.dir.snapshot.source.host, target.session.host());
        let dir = args.snapshot.display();
        return Err(CliError::refused(format!("nothing of {from} was ever applied to {to}"))
            .hint(format!("apply a plan first: brickform plan {dir} -o plan.json"))
            .hint("what differs from the snapshot is shown by `brickform plan`"));
    };
    let catalogue = selection::everything();
    let scratch = scratch()?;
    let blobs = BlobStore::new(scratch.path());
    let live = observe(
        &Observe {
            session: &session,
            catalogue: &catalogue,
            blobs: &blobs,
            depth: Depth::Compared(Some(&source.dir.snapshot)),
            only: None,
            also: referred_kinds(&base),
            named: Named::these(base.objects.keys()),
            known: Index::default(),
            sticky: &Sticky::new(),
            details: true,
            grants: true,
            progress,
        },
        &target.caller,
    )
    .await;
    if let Some(error) = selection::unread(&live.snapshot) {
        return Err(error.doing(format!("cannot look at {}", target.session.host())));
    }
    let mut drift = drift(&catalogue, &base, &live);
    drift.findings.splice(0..0, known.findings);
    narrow(&mut drift, selectors, &base, &live.snapshot)?;
    Ok(Found { base, drift, live: blobs, _scratch: scratch })
}

/// Keeps of what drifted what selectors select, among what was left and what is there.
fn narrow(
    drift: &mut Drift,
    selectors: &Selectors,
    base: &Base,
    live: &Snapshot,
) -> Result<(), CliError> {
    if selectors.is_everything() {
        return Ok(());
    }
    let left: BTreeMap<Address, Resource> = base
        .objects
        .iter()
        .map(|(address, recorded)| (address.clone(), recorded.echo().at(address.clone())))
        .collect();
    let chosen = select::of_objects(selectors, left.iter().chain(&live.resources))?;
    drift.steps.retain(|step| {
        chosen.has_object(&step.address) || step.from.iter().any(|from| chosen.has_object(from))
    });
    let edited: BTreeSet<&Address> =
        drift.steps.iter().map(|step| step.from.as_ref().unwrap_or(&step.address)).collect();
    let of_interest = left.keys().filter(|address| chosen.has_object(address));
    drift.unchanged = of_interest.filter(|address| !edited.contains(address)).count();
    drift.findings.extend(chosen.findings);
    Ok(())
}

/// The kinds that recorded objects refer to.
fn referred_kinds(base: &Base) -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    for recorded in base.objects.values() {
        visit_refs(&recorded.echo().spec, &mut |_, to| {
            kinds.insert(to.kind);
        });
    }
    kinds
}

fn draw(
    found: &Found,
    target: &Target,
    look: &Look,
    terminal: &Terminal,
    texts: Texts<'_>,
) -> Result<String, CliError> {
    let drift = &found.drift;
    let host = target.session.host();
    Ok(match look.format {
        Format::Json => {
            let json = json!({
                "target": { "host": host, "workspace_id": target.caller.source.workspace_id },
                "base": found.base.digest(),
                "steps": drift.steps,
                "unchanged": drift.unchanged,
                "foreign": drift.foreign,
                "findings": drift.findings,
            });
            format!("{json:#}\n")
        }
        Format::Markdown => drift_markdown(drift, host),
        Format::Human => {
            let human = Human {
                paint: terminal.paint,
                width: terminal.width,
                expand: look.expand,
                contents: texts,
            };
            let line = wrap(&drift_line(drift), human.width, 2);
            format!(
                "{} {}\n\n{}{}{}\n",
                human.paint.tone(Tone::Title, "Target  "),
                plain(host),
                steps(&human, &drift.steps, &Review::default()),
                findings(&human, &drift.findings),
                human.paint.tone(Tone::Title, &line)
            )
        }
    })
}
