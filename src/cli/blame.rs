//! `brickform blame`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::attribution::{Lines, Set, Values};
use super::compare::levels;
use super::diff::Form;
use super::error::{CliError, Exit};
use super::history::{Event, Events, What};
use super::render::text::{columns, cut, plain};
use super::render::{Tone, field_line};
use super::selection;
use super::terminal::Terminal;
use crate::engine::leaves;
use crate::kind::Catalogue;
use crate::model::{Address, FieldChange, Resource};
use crate::store::revision::{Commit, History};
use crate::store::snapshot_dir::Found;

/// Tell which commit set each field, right and line of an object
///
/// Goes through the git history of a snapshot along first parents. What no commit here set, because the
/// clone is shallow and ends before, is marked with ^.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct BlameArgs {
    /// The object, such as job:nightly
    #[arg(value_name = "ADDRESS")]
    address: Address,
    /// The snapshot: a directory in a git repository, or git:REV[:PATH]; by default the one of this repository
    #[arg(value_name = "SNAPSHOT")]
    snapshot: Option<PathBuf>,
    /// The commit to begin with; by default HEAD
    #[arg(long, value_name = "REV", allow_hyphen_values = true)]
    rev: Option<String>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

const EXAMPLES: &str = "\
Examples:
  brickform blame job:nightly
  brickform blame notebook:/Shared/etl/load backup/snapshot
  brickform blame cluster_policy:small --rev v1
  brickform blame job:nightly --format json | jq '.rights'";

/// Contents larger than this are one value.
const LONGEST: usize = 1_000_000;

/// What is being found out of an object.
struct Blame {
    commits: Vec<(Commit, bool)>,
    fields: Values,
    rights: Values,
    lines: Option<Lines>,
}

pub(super) fn run(args: &BlameArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let history = History::open(&args.address, args.snapshot.as_deref(), args.rev.as_deref())?;
    let mut events = Events::of(history);
    let catalogue = selection::everything();
    let Some(newest) = next(&mut events)? else { return Err(not_there(args, &events)) };
    let Some(now) = newest.after.clone() else { return Err(not_there(args, &events)) };
    let mut blame = Blame::of(&now, &catalogue, &mut events)?;
    let mut event = Some(newest);
    while let Some(current) = event {
        blame.take_in(current, &catalogue, &mut events)?;
        event = if blame.is_known() { None } else { next(&mut events)? };
    }
    let text = match args.format {
        Form::Human => blame.human(terminal),
        Form::Json => format!("{:#}\n", blame.machine(&args.address)),
    };
    terminal.result(&text)?;
    if let Some(commit) = events.cut_at() {
        terminal.warn(&format!(
            "the clone is shallow and ends at {commit}; `git fetch --unshallow` brings what was before"
        ));
    }
    Ok(Exit::Done)
}

/// The next event that says something of the object; damage does not.
fn next(events: &mut Events) -> Result<Option<Event>, CliError> {
    loop {
        match events.older()? {
            Some(Event { what: What::Unreadable(_), .. }) => {}
            other => return Ok(other),
        }
    }
}

fn not_there(args: &BlameArgs, events: &Events) -> CliError {
    let rev = args.rev.as_deref().unwrap_or("HEAD");
    let address = &args.address;
    let error = CliError::failed(format!("the snapshot in {rev} does not hold {address}"));
    if events.was_seen {
        error.hint(format!(
            "`brickform log {address}` tells when it was there; begin with --rev REV"
        ))
    } else {
        error
    }
}

/// The single values of an object: its settings, and its content where that is no text.
fn values(
    catalogue: &Catalogue,
    resource: &Resource,
    with_content: bool,
) -> BTreeMap<String, Value> {
    let mut values = leaves(catalogue.table(&resource.address.kind), &resource.spec);
    if let Some(content) = resource.content.as_ref().filter(|_| with_content) {
        values.insert("/content".to_owned(), json!(content));
    }
    values
}

/// The content of an object as text, if it is one.
fn text(found: &Found, events: &mut Events) -> Result<Option<String>, CliError> {
    let bytes = events.content(found)?.filter(|bytes| bytes.len() <= LONGEST);
    Ok(bytes.filter(|bytes| !bytes.contains(&0)).and_then(|bytes| String::from_utf8(bytes).ok()))
}

impl Blame {
    fn of(now: &Found, catalogue: &Catalogue, events: &mut Events) -> Result<Self, CliError> {
        let lines = text(now, events)?.as_deref().map(Lines::of);
        Ok(Self {
            commits: Vec::new(),
            fields: Values::of(values(catalogue, &now.resource, lines.is_none())),
            rights: Values::of(levels(&now.resource)),
            lines,
        })
    }

    fn take_in(
        &mut self,
        event: Event,
        catalogue: &Catalogue,
        events: &mut Events,
    ) -> Result<(), CliError> {
        let commit = self.commits.len();
        self.commits.push((event.commit, event.what == What::Boundary));
        let before = event.before.as_deref();
        let of = |read: &dyn Fn(&Resource) -> BTreeMap<String, Value>| {
            before.map(|found| read(&found.resource)).unwrap_or_default()
        };
        let is_text = self.lines.is_some();
        self.fields.before(commit, &of(&|resource| values(catalogue, resource, !is_text)));
        self.rights.before(commit, &of(&levels));
        if let (Some(lines), Some(after)) = (&mut self.lines, &event.after) {
            let digest = |found: &Found| found.resource.content.clone();
            if before.is_some_and(|before| digest(before) == digest(after)) {
                return Ok(());
            }
            let before = before.map(|before| text(before, events)).transpose()?.flatten();
            let after = text(after, events)?.unwrap_or_default();
            lines.before(commit, before.as_deref(), &after);
        }
        Ok(())
    }

    fn is_known(&self) -> bool {
        self.fields.is_known()
            && self.rights.is_known()
            && self.lines.as_ref().is_none_or(Lines::is_known)
    }

    fn human(&self, terminal: &Terminal) -> String {
        let authors = self.commits.iter().map(|(commit, _)| columns(&plain(&commit.author)));
        let author = authors.max().unwrap_or_default().min(24);
        let mut out = String::new();
        let mut row = |by: Option<usize>, told: &str| {
            let head = self.head(by, author);
            let room = terminal.width.saturating_sub(columns(&head) + 2);
            let head = terminal.paint.tone(Tone::Dim, &head);
            let _ = writeln!(out, "{head}  {}", cut(told, room));
        };
        for values in [&self.fields, &self.rights] {
            for (path, Set { value, by }) in &values.0 {
                row(*by, &field_line(&field(path, value)));
            }
        }
        let lines = self.lines.iter().flat_map(|lines| &lines.lines);
        let width = self.lines.as_ref().map_or(1, |all| all.lines.len().to_string().len());
        for (number, Set { value, by }) in (1..).zip(lines) {
            let line = plain(value.trim_end_matches(['\n', '\r']));
            row(*by, &format!("{number:>width$}  {line}"));
        }
        out
    }

    /// Who set something, in columns.
    fn head(&self, by: Option<usize>, author: usize) -> String {
        let Some((commit, is_boundary)) = by.and_then(|by| self.commits.get(by)) else {
            return String::new();
        };
        let mark = if *is_boundary { "^" } else { " " };
        let date = commit.date.get(..10).unwrap_or(&commit.date);
        let name = cut(&plain(&commit.author), author);
        let room = " ".repeat(author.saturating_sub(columns(&name)));
        format!("{mark}{}  {date}  {name}{room}", commit.short)
    }

    fn machine(&self, address: &Address) -> Value {
        let by = |by: Option<usize>| {
            by.and_then(|by| self.commits.get(by)).map(|(commit, is_boundary)| {
                json!({
                    "commit": commit.id,
                    "date": commit.date,
                    "author": commit.author,
                    "email": commit.email,
                    "subject": commit.subject,
                    "boundary": is_boundary,
                })
            })
        };
        let rows = |values: &Values| -> Vec<Value> {
            let row = |(path, set): (&String, &Set<Value>)| json!({"path": path, "value": set.value, "by": by(set.by)});
            values.0.iter().map(row).collect()
        };
        let lines: Option<Vec<Value>> = self.lines.as_ref().map(|lines| {
            let row = |set: &Set<String>| json!({"text": set.value, "by": by(set.by)});
            lines.lines.iter().map(row).collect()
        });
        json!({
            "address": address,
            "fields": rows(&self.fields),
            "rights": rows(&self.rights),
            "lines": lines,
        })
    }
}

fn field(path: &str, value: &Value) -> FieldChange {
    let after = Some(value.clone());
    FieldChange { path: path.to_owned(), before: None, after, source: None, cause: String::new() }
}
