//! A snapshot, or one object of it, as `brickform show` prints it.

use std::fmt::Write as _;

use serde_json::json;

use super::error::CliError;
use super::render::text::{as_whom, columns, kinds, number, plain, wrap};
use super::render::{Human, Tone, findings};
use super::review::{ReviewFormat, ReviewLook};
use super::terminal::Terminal;
use super::{select, selection};
use crate::model::{Address, KindMark, Resource, Selectors, Snapshot};
use crate::store::snapshot_dir::{SnapshotDir, resource_value};
use crate::store::yaml::to_yaml;

/// Draws what a snapshot holds: where it is from, how much of each kind, what is missing.
pub(super) fn overview(
    dir: &SnapshotDir,
    look: &ReviewLook,
    terminal: &Terminal,
) -> Result<String, CliError> {
    if look.access {
        return Err(CliError::usage(
            "--access compares what is with what will be, for which it needs a plan",
        )
        .hint("name a plan file, or leave --access out"));
    }
    match look.format {
        ReviewFormat::Json => Ok(format!("{:#}\n", machine(dir))),
        ReviewFormat::Human => Ok(human(
            dir,
            &Human {
                paint: terminal.paint,
                width: terminal.width,
                expand: look.expand,
                contents: &|_| None,
            },
        )),
        ReviewFormat::Markdown | ReviewFormat::Html => {
            Err(CliError::usage("a snapshot is shown for people or as JSON, and in no other form")
                .hint("leave --format out, or make it json"))
        }
    }
}

fn machine(dir: &SnapshotDir) -> serde_json::Value {
    let snapshot = &dir.snapshot;
    json!({
        "name": dir.name(),
        "root": dir.root_digest(),
        "captured_at": dir.observed.captured_at,
        "source": snapshot.source,
        "kinds": snapshot.kinds,
        "findings": snapshot.findings,
    })
}

fn human(dir: &SnapshotDir, human: &Human<'_>) -> String {
    let (snapshot, source) = (&dir.snapshot, &dir.snapshot.source);
    let mut text = String::new();
    let mut head = |title: &str, told: String| {
        let told = wrap(&plain(&told), human.width.saturating_sub(9), 9);
        let _ = writeln!(text, "{} {}", human.paint.tone(Tone::Title, title), told.trim_start());
    };
    head("Snapshot", format!("{} ({})", dir.name(), dir.root_digest().short()));
    let workspace = source.workspace_id.as_ref().map(|id| format!(" (workspace {id})"));
    let server = if source.server.is_workspace() { "" } else { ", a plain MLflow server" };
    let workspace = workspace.unwrap_or_else(|| server.to_owned());
    let admin = match (source.caller.is_empty(), source.admin) {
        (true, true) => "",
        (_, true) => ", an admin",
        (_, false) => ", no admin",
    };
    head("Source  ", format!("{}{workspace}{}{admin}", source.host, as_whom(&source.caller)));
    if !dir.observed.captured_at.is_empty() {
        head("Captured", dir.observed.captured_at.clone());
    }
    text.push('\n');
    for (kind, mark) in selection::offered(snapshot) {
        if is_none(mark) {
            continue;
        }
        let count = format!("{:>7}  {}", number(mark.count), kinds(kind, mark.count));
        if mark.complete {
            let _ = writeln!(text, "{count}");
            continue;
        }
        let room = human.width.saturating_sub(columns(&count) + 16);
        let why = wrap(&plain(&mark.evidence), room, 9);
        let word = human.paint.tone(Tone::Warning, "incomplete");
        let _ = writeln!(text, "{count}  ({word}: {})", why.trim_start());
    }
    text.push_str(&none_of(human, snapshot));
    text.push('\n');
    text.push_str(&findings(human, &snapshot.findings));
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Whether a workspace has none of a kind, and all of it was looked at.
pub(super) fn is_none(mark: &KindMark) -> bool {
    mark.complete && mark.count == 0
}

/// The kinds of which there are none, in one line.
pub(super) fn none_of(human: &Human<'_>, snapshot: &Snapshot) -> String {
    let none = selection::offered(snapshot).filter(|(_, mark)| is_none(mark));
    let names: Vec<String> = none.map(|(kind, _)| kinds(kind, 0)).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("{:>7}  {}\n", 0, wrap(&names.join(", "), human.width.saturating_sub(9), 9))
}

/// Lists what selectors select of a snapshot.
pub(super) fn addresses(
    dir: &SnapshotDir,
    selectors: &Selectors,
    look: &ReviewLook,
) -> Result<String, CliError> {
    let resources = &dir.snapshot.resources;
    let chosen = select::of_objects(selectors, resources)?;
    let found: Vec<&Address> = resources.keys().filter(|one| chosen.has_object(one)).collect();
    let hidden = resources.len() - found.len();
    if look.format == ReviewFormat::Json {
        return Ok(format!("{:#}\n", json!({"addresses": found, "hidden": hidden})));
    }
    let mut text = String::new();
    for address in &found {
        let _ = writeln!(text, "{}", plain(&address.to_string()));
    }
    let (count, flags) = (number(found.len()), selectors.flags());
    let _ = writeln!(text, "\n{count} selected, {} hidden by{}", number(hidden), plain(&flags));
    Ok(text)
}

/// The resource of an address, or why there is none.
pub(super) fn resource<'a>(
    dir: &'a SnapshotDir,
    address: &Address,
) -> Result<&'a Resource, CliError> {
    let snapshot = &dir.snapshot;
    if let Some(resource) = snapshot.resources.get(address) {
        return Ok(resource);
    }
    let error = CliError::failed(format!("{} does not hold {address}", dir.name()));
    let near = nearest(snapshot.of_kind(&address.kind), &address.key);
    Err(if !snapshot.kinds.contains_key(&address.kind) {
        let kinds: Vec<&str> = snapshot.kinds.keys().map(String::as_str).collect();
        error.hint(format!("it holds these kinds: {}", kinds.join(", ")))
    } else if let Some(near) = near {
        error.hint(format!("there is {near}"))
    } else {
        error.hint(format!("`brickform log {address}` tells when it was there"))
    })
}

/// A resource whose key differs only in the case of letters, or holds what was asked for.
fn nearest<'a>(mut all: impl Iterator<Item = &'a Resource>, key: &str) -> Option<&'a Address> {
    let key = key.to_lowercase();
    let is_near = |resource: &&Resource| resource.address.key.to_lowercase().contains(&key);
    all.find(is_near).map(|resource| &resource.address)
}

/// Writes a resource as its file has it, or as JSON.
pub(super) fn written(resource: &Resource, look: &ReviewLook) -> String {
    let value = resource_value(resource);
    match look.format {
        ReviewFormat::Json => format!("{value:#}\n"),
        ReviewFormat::Human | ReviewFormat::Markdown | ReviewFormat::Html => to_yaml(&value),
    }
}
