//! `brickform log`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;
use serde_json::{Value, json};

use super::compare::differences;
use super::diff::Form;
use super::error::{CliError, Exit};
use super::history::{Event, Events, What};
use super::render::text::{cut, plain};
use super::render::{Human, Tone, draw_field, field_line, path};
use super::selection;
use super::terminal::Terminal;
use crate::kind::Catalogue;
use crate::model::{Address, Digest, FieldChange};
use crate::store::revision::{Commit, History};
use crate::store::snapshot_dir::Found;

/// Tell what happened to one object, commit by commit
///
/// Goes through the git history of a snapshot, newest first, along first parents: when the object was
/// created, changed, renamed or deleted, when its rights changed, and who committed that. An object that
/// was renamed is followed where observed/ is committed and names of its kind need not be unique.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct LogArgs {
    /// The object, such as job:nightly
    #[arg(value_name = "ADDRESS")]
    address: Address,
    /// The snapshot: a directory in a git repository, or git:REV[:PATH]; by default the one of this repository
    #[arg(value_name = "SNAPSHOT")]
    snapshot: Option<PathBuf>,
    /// The commits to look at, as git names them: main, v1..v2; by default HEAD
    #[arg(long, value_name = "RANGE", allow_hyphen_values = true)]
    rev: Option<String>,
    /// Shows what changed in full
    #[arg(long, short)]
    patch: bool,
    /// Shows no more than this many commits
    #[arg(long, short = 'n', value_name = "NUMBER")]
    number: Option<usize>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

const EXAMPLES: &str = "\
Examples:
  brickform log job:nightly
  brickform log -p -n 1 notebook:/Shared/etl/load
  brickform log user:ana@acme.com backup/snapshot --rev v1..v2
  brickform log job:nightly --format json | jq '.events[0].author'";

/// An event, and what is told of it.
struct Told {
    event: Event,
    fields: Vec<FieldChange>,
    /// Contents before and after, where they are to be shown.
    contents: BTreeMap<Digest, Vec<u8>>,
}

pub(super) fn run(args: &LogArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let history = History::open(&args.address, args.snapshot.as_deref(), args.rev.as_deref())?;
    let mut events = Events::of(history);
    let catalogue = selection::everything();
    let limit = args.number.unwrap_or(usize::MAX);
    let (mut count, mut all) = (0, Vec::new());
    while count < limit
        && let Some(event) = events.older()?
    {
        let mut told = told(event, &catalogue);
        if args.patch {
            read(&mut told, &mut events, terminal);
        }
        match args.format {
            Form::Human => terminal.result(&human(&told, args.patch, terminal))?,
            Form::Json => all.push(machine(&told)),
        }
        count += 1;
    }
    if count == 0 && limit > 0 && !events.was_seen {
        return Err(unseen(args));
    }
    if let Form::Json = args.format {
        let json = json!({"address": args.address, "events": all, "cut_at": events.cut_at()});
        terminal.result(&format!("{json:#}\n"))?;
    }
    if let Some(commit) = events.cut_at() {
        terminal.warn(&format!(
            "the clone is shallow and ends at {commit}; `git fetch --unshallow` brings what was before"
        ));
    }
    if count == 0 && limit > 0 {
        terminal.remark(&format!("nothing happened to {} in these commits", args.address));
    }
    Ok(Exit::Done)
}

fn unseen(args: &LogArgs) -> CliError {
    let range = args.rev.as_deref().unwrap_or("HEAD");
    CliError::failed(format!("no snapshot in {range} holds {}", args.address))
        .hint("`brickform show SNAPSHOT --format json` counts what there is, by kind")
        .hint("other commits are looked at with --rev RANGE")
}

fn told(event: Event, catalogue: &Catalogue) -> Told {
    let fields = match (&event.before, &event.after) {
        (Some(before), Some(after)) => differences(catalogue, &before.resource, &after.resource),
        _ => Vec::new(),
    };
    Told { event, fields, contents: BTreeMap::new() }
}

/// Reads the contents before and after an event; one that is damaged hides none of the others.
fn read(told: &mut Told, events: &mut Events, terminal: &Terminal) {
    let Told { event, contents, .. } = told;
    for found in [&event.before, &event.after].into_iter().flatten() {
        let Some(content) = &found.resource.content else { continue };
        match events.content(found) {
            Ok(bytes) => contents.extend(bytes.map(|bytes| (content.digest.clone(), bytes))),
            Err(error) => terminal.warn(&format!("{}: {}", event.commit.short, error.message())),
        }
    }
}

/// A commit on one line: identifier, date, author, subject.
fn head(commit: &Commit, terminal: &Terminal) -> String {
    let date = commit.date.get(..10).unwrap_or(&commit.date);
    let rest = plain(&format!("{date}  {}  {}", commit.author, commit.subject));
    let room = terminal.width.saturating_sub(commit.short.len() + 2);
    format!("{}  {}\n", terminal.paint.tone(Tone::Title, &commit.short), cut(&rest, room))
}

/// The columns that what happened is indented by.
const INDENT: usize = 4;

fn human(told: &Told, patch: bool, terminal: &Terminal) -> String {
    let contents = |digest: &Digest| told.contents.get(digest).cloned();
    let human =
        Human { paint: terminal.paint, width: terminal.width, expand: true, contents: &contents };
    let mut text = head(&told.event.commit, terminal);
    let lead = " ".repeat(INDENT);
    let room = terminal.width.saturating_sub(INDENT + 2);
    let (sign, tone) = sign(&told.event.what);
    let line = cut(&summary(told), room);
    let _ = writeln!(text, "{lead}{} {line}", terminal.paint.tone(tone, sign));
    if patch {
        for field in &told.fields {
            text.push_str(&draw_field(&human, field, INDENT + 2));
        }
    }
    text
}

fn sign(what: &What) -> (&'static str, Tone) {
    match what {
        What::Created | What::First | What::Boundary => ("+", Tone::Create),
        What::Changed => ("~", Tone::Update),
        What::Deleted { .. } => ("-", Tone::Delete),
        What::Unreadable(_) => ("!", Tone::Blocked),
    }
}

/// The address an object had before, where it was renamed.
fn renamed(event: &Event) -> Option<(&Address, &Address)> {
    let (before, after) = (&event.before.as_ref()?.resource, &event.after.as_ref()?.resource);
    (before.address != after.address).then_some((&before.address, &after.address))
}

/// What happened, on one line.
fn summary(told: &Told) -> String {
    match &told.event.what {
        What::Created => "created".to_owned(),
        What::First => "first captured".to_owned(),
        What::Boundary => "here already, in the oldest commit of a shallow clone".to_owned(),
        What::Deleted { complete: true } => "deleted".to_owned(),
        What::Deleted { complete: false } => {
            "no longer seen, in a listing that was not complete".to_owned()
        }
        What::Unreadable(why) => plain(&format!("cannot be read: {why}")),
        What::Changed => changed(told),
    }
}

fn changed(told: &Told) -> String {
    let mut parts = Vec::new();
    if let Some((before, after)) = renamed(&told.event) {
        parts.push(plain(&format!("renamed: {before} ⇒ {after}")));
    }
    match told.fields.as_slice() {
        [field] if parts.is_empty() => {
            let rights = if field.is_right() { "rights of " } else { "" };
            parts.push(format!("{rights}{}", field_line(field)));
        }
        fields => {
            let (rights, settings): (Vec<_>, Vec<_>) =
                fields.iter().partition(|field| field.is_right());
            parts.extend(settings.iter().map(|field| path(&field.path)));
            parts.extend(rights.iter().map(|field| format!("rights of {}", path(&field.path))));
        }
    }
    if parts.is_empty() {
        let is_granted = |found: &Option<Rc<Found>>| {
            found.as_ref().is_some_and(|found| found.resource.grants.is_some())
        };
        let rights = match (is_granted(&told.event.before), is_granted(&told.event.after)) {
            (false, true) => "rights are captured, and there are none",
            (true, false) => "rights are no longer captured, and there were none",
            _ => "written otherwise; nothing else differs",
        };
        parts.push(rights.to_owned());
    }
    parts.join(", ")
}

fn machine(told: &Told) -> Value {
    let Event { commit, what, before, after } = &told.event;
    let only_rights = !told.fields.is_empty() && told.fields.iter().all(FieldChange::is_right);
    let change = match what {
        What::Created => "created",
        What::First => "first",
        What::Boundary => "boundary",
        What::Deleted { .. } => "deleted",
        What::Unreadable(_) => "unreadable",
        What::Changed if renamed(&told.event).is_some() => "renamed",
        What::Changed if only_rights => "rights",
        What::Changed => "changed",
    };
    let address =
        |found: &Option<Rc<Found>>| found.as_ref().map(|found| found.resource.address.to_string());
    let mut json = json!({
        "commit": commit.id,
        "date": commit.date,
        "author": commit.author,
        "email": commit.email,
        "subject": commit.subject,
        "change": change,
        "before": address(before),
        "after": address(after),
        "fields": told.fields,
    });
    match what {
        What::Deleted { complete } => json["complete"] = json!(complete),
        What::Unreadable(why) => json["problem"] = json!(why),
        _ => {}
    }
    json
}
