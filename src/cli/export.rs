//! `brickform export`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::connection::{Connection, Target};
use super::error::{CliError, Exit};
use super::interrupt::or_interrupted;
use super::progress::Meter;
use super::render::text::{as_whom, kinds, number, plain, wrap};
use super::render::{Human, Tone, findings};
use super::select::{Selection, refuse_nothing};
use super::terminal::Terminal;
use super::values::{Say, Seal, SealArgs};
use super::{overview, selection};
use crate::engine::select::asks_rights;
use crate::engine::{Named, Observe, Progress, observe_selected};
use crate::kind::{Catalogue, Depth, Index, What};
use crate::model::{Selectors, Snapshot};
use crate::store::BlobStore;
use crate::store::snapshot_dir::{self, ObservedFacts, Written};

/// Write a workspace into a directory made for git
///
/// Exporting an unchanged workspace again changes no byte. What cannot be read is noted under `notes/`,
/// and everything else goes on. An export that is interrupted leaves the old snapshot as it was.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ExportArgs {
    /// Directory of the snapshot; made where there is none
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    selection: Selection,
    /// Also all files below this folder of DBFS; those that other objects name are taken anyway
    #[arg(long, value_name = "FOLDER", num_args = 1..)]
    dbfs: Vec<String>,
    /// Leaves rights out, which takes one request less per object
    #[arg(long)]
    no_acls: bool,
    /// Shows every finding
    #[arg(long)]
    expand: bool,
    #[command(flatten)]
    seal: SealArgs,
    #[command(flatten)]
    connection: Connection,
}

const EXAMPLES: &str = "\
Examples:
  brickform export -o snapshot
  brickform export -o snapshot --profile prod --only job cluster_policy
  brickform export -o snapshot --skip notebook workspace_file --no-acls
  brickform export -o snapshot --dbfs dbfs:/FileStore/jars
  brickform export -o etl --select '+job:nightly-*' --select path:/Shared/etl
  brickform export -o ana --user ana@example.com
  brickform export -o team --groups data-eng,data-science
  brickform export -o shared --shared-only
  brickform export -o snapshot --secrets encrypt --recipient age1…
  cd snapshot && git init && git add . && git commit -m 'The workspace as it is'";

/// What is exported.
pub(super) struct Wish {
    /// Which objects.
    pub selectors: Selectors,
    /// Which objects of kinds that others name by a path.
    pub named: Named,
    /// Whether rights are read.
    pub grants: bool,
    /// What is kept of the values of secrets.
    pub seal: Seal,
}

/// What an export did.
pub(super) struct Exported {
    /// What the workspace holds.
    pub snapshot: Snapshot,
    /// What it changed on disk.
    pub written: Written,
}

pub(super) async fn run(args: &ExportArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let wish = Wish {
        selectors: args.selection.objects()?,
        named: selection::named(&args.dbfs)?,
        grants: !args.no_acls,
        seal: args.seal.seal(&args.output)?,
    };
    if args.no_acls && asks_rights(&wish.selectors) {
        let message = "--no-acls leaves out what owner=, of= and `+` ask for";
        return Err(CliError::usage(message).hint("leave --no-acls out"));
    }
    let meter = Meter::new(terminal);
    let (target, exported) = or_interrupted(async {
        let target = args.connection.open(!args.seal.needs_to_write()).await?;
        let say = Box::new(|said: &str| terminal.remark(said));
        let exported = export(&target, &wish, &args.output, meter.progress(), say).await?;
        Ok((target, exported))
    })
    .await?;
    drop(meter);
    let human = Human {
        paint: terminal.paint,
        width: terminal.width,
        expand: args.expand,
        contents: &|_| None,
    };
    terminal.result(&report(&human, &exported, &args.output))?;
    terminal.remark(&target.cost());
    let dir = args.output.display();
    terminal.remark(&format!("next: brickform plan {dir} -o plan.json --profile TARGET"));
    Ok(Exit::Done)
}

/// Reads a workspace and writes it into a directory.
pub(super) async fn export(
    target: &Target,
    wish: &Wish,
    dir: &Path,
    progress: Progress,
    say: Say<'_>,
) -> Result<Exported, CliError> {
    let earlier = snapshot_dir::read_observed(dir)?;
    let scratch = scratch()?;
    let blobs = BlobStore::new(scratch.path());
    let (names, catalogue) = selection::of_selected(&wish.selectors)?;
    let before = before(dir, &catalogue);
    let seen = observe_selected(
        &Observe {
            session: &target.session.read_only(),
            catalogue: &catalogue,
            blobs: &blobs,
            depth: Depth::Whole(before.as_ref()),
            only: None,
            also: BTreeSet::new(),
            named: wish.named.clone(),
            known: Index::default(),
            sticky: &earlier.keys,
            details: true,
            grants: wish.grants,
            progress,
        },
        &target.caller,
        &wish.selectors,
    )
    .await;
    let mut snapshot = seen.snapshot;
    if let Some(error) = selection::unread(&snapshot) {
        return Err(error.doing(format!("cannot export {}", target.session.host())));
    }
    refuse_nothing(&snapshot.findings)?;
    selection::narrow(&mut snapshot, &names, &wish.selectors);
    wish.seal.keep(&target.session, dir, &mut snapshot, say).await;
    let facts =
        ObservedFacts { captured_at: jiff::Timestamp::now().to_string(), keys: seen.sticky };
    let written = snapshot_dir::write(dir, &snapshot, &blobs, &facts).map_err(|error| {
        CliError::from(error).doing(format!("cannot write the snapshot into {}", dir.display()))
    })?;
    Ok(Exported { snapshot, written })
}

/// What an earlier export left, of kinds whose bytes are costly to read; nothing where it is damaged.
fn before(dir: &Path, catalogue: &Catalogue) -> Option<Snapshot> {
    let is_costly = |kind: &str| {
        let rules = catalogue.table(kind).into_iter().flat_map(|table| &table.rules);
        rules.into_iter().any(|(_, rule)| matches!(rule.what, What::Blob))
    };
    if !catalogue.kinds().any(|kind| is_costly(kind.name)) {
        return None;
    }
    let mut before = snapshot_dir::read(dir).ok()?.snapshot;
    before.resources.retain(|address, _| is_costly(&address.kind));
    Some(before)
}

/// A directory for contents on their way, gone when it is dropped.
pub(super) fn scratch() -> Result<tempfile::TempDir, CliError> {
    tempfile::Builder::new().prefix("brickform-").tempdir().map_err(|error| {
        CliError::failed("cannot make a temporary directory")
            .because(error)
            .hint("set TMPDIR to a directory with room")
    })
}

/// What was exported, for people.
pub(super) fn report(human: &Human<'_>, exported: &Exported, dir: &Path) -> String {
    let Exported { snapshot, written } = exported;
    let source = &snapshot.source;
    let head = format!("{}{}", plain(&source.host), as_whom(&source.caller));
    let mut text = format!("{} {head}\n", human.paint.tone(Tone::Title, "Exported"));
    let flags = snapshot.scope.flags();
    if !flags.is_empty() {
        let line = wrap(&plain(flags.trim_start()), human.width.saturating_sub(9), 9);
        let _ = writeln!(text, "{} {line}", human.paint.tone(Tone::Title, "Selected"));
    }
    for (kind, mark) in selection::offered(snapshot) {
        if overview::is_none(mark) {
            continue;
        }
        let count = format!("{:>7}  {}", number(mark.count), kinds(kind, mark.count));
        if mark.complete {
            let _ = writeln!(text, "{count}");
        } else if !flags.is_empty() && mark.evidence.ends_with(&flags) {
            // What was selected is said above, once.
            let _ = writeln!(text, "{count}  ({})", human.paint.tone(Tone::Warning, "a part"));
        } else {
            let why = human.paint.tone(Tone::Warning, "incomplete");
            let _ = writeln!(text, "{count}  ({why}: {})", plain(&mark.evidence));
        }
    }
    text.push_str(&overview::none_of(human, snapshot));
    text.push('\n');
    text.push_str(&findings(human, &snapshot.findings));
    if !snapshot.findings.is_empty() {
        let _ = writeln!(text, "All findings are in {}", dir.join("notes").display());
    }
    let line = format!(
        "{} ({}): {} files written, {} removed, {} unchanged",
        dir.display(),
        written.root.short(),
        number(written.written),
        number(written.removed),
        number(written.unchanged)
    );
    let _ = writeln!(text, "{}", wrap(&line, human.width, 2));
    text
}
