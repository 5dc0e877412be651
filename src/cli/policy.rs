//! What a plan may do where source and target disagree, and what it may delete.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::config::Config;
use super::error::CliError;
use super::selection;
use crate::model::{
    Address, Deletes, Diverged, Divergence, OnConflict, OnEdit, Options, Plan, Resolution, Take,
};
use crate::store::yaml::{from_yaml, to_yaml};

/// What happens to edits in the target, to conflicts, and to what the source no longer has.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Edits, conflicts and deletes")]
pub(super) struct Policy {
    /// What happens to what was edited in the target since the last apply: it stays, or it becomes again what the source says
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    on_edit: Edits,
    /// What happens where both sides changed the same field: nothing, or whose value is taken
    #[arg(long, value_enum, default_value_t, value_name = "WHOSE")]
    on_conflict: Conflicts,
    /// Decisions on single conflicts and edits
    #[arg(long, value_name = "FILE")]
    resolutions: Option<PathBuf>,
    /// Writes every open conflict and edit into this file, to be decided there and given to --resolutions
    #[arg(long, value_name = "FILE")]
    write_resolutions: Option<PathBuf>,
    /// Plans to delete what an earlier apply left and the source no longer has
    #[arg(long)]
    prune: bool,
    /// Prunes also this kind, whose deletion loses data that no snapshot holds
    #[arg(long, value_name = "KIND", value_parser = selection::kind_name(), hide_possible_values = true)]
    prune_data: Vec<String>,
    /// Prunes also the last object of this kind
    #[arg(long, value_name = "KIND", value_parser = selection::kind_name(), hide_possible_values = true)]
    allow_empty: Vec<String>,
    /// Prunes up to so many objects of a kind; otherwise up to 30 % where there are ten or more
    #[arg(long, value_name = "COUNT")]
    max_deletes: Option<usize>,
    /// Lifts the protection of an object for this plan
    #[arg(long, value_name = "ADDRESS")]
    unprotect: Vec<Address>,
}

/// What happens to edits made in the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Edits {
    /// They stay and are reported
    #[default]
    Keep,
    /// They are overwritten
    Overwrite,
}

/// What happens to conflicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Conflicts {
    /// Nothing happens to the object until somebody decides
    #[default]
    Stop,
    /// The source's value is taken
    Source,
    /// The target's value is taken
    Target,
}

/// A file of decisions.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resolutions {
    version: u32,
    #[serde(default)]
    resolutions: Vec<Entry>,
}

/// One decision, and the values it is between as they were when it was written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    address: Address,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default)]
    take: Option<Take>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<crate::model::Digest>,
}

impl Policy {
    /// Writes the policy into a plan's options.
    pub(super) fn fill(&self, options: &mut Options, config: &Config) -> Result<(), CliError> {
        options.on_edit = match self.on_edit {
            Edits::Keep => OnEdit::Keep,
            Edits::Overwrite => OnEdit::Overwrite,
        };
        options.on_conflict = match self.on_conflict {
            Conflicts::Stop => OnConflict::Stop,
            Conflicts::Source => OnConflict::Source,
            Conflicts::Target => OnConflict::Target,
        };
        if let Some(file) = &self.resolutions {
            options.resolutions = read(file)?;
        }
        options.deletes = Deletes {
            prune: self.prune,
            data: self.prune_data.clone(),
            empty: self.allow_empty.clone(),
            at_most: self.max_deletes,
            absent: config.absent.clone(),
            protect: config.protect.clone(),
            unprotect: self.unprotect.clone(),
        };
        Ok(())
    }

    /// Writes what is open into the file that was asked for, and says so.
    pub(super) fn write_open(&self, plan: &Plan) -> Result<Option<String>, CliError> {
        let Some(file) = &self.write_resolutions else { return Ok(None) };
        let mut all = Resolutions { version: 1, resolutions: Vec::new() };
        let known = &plan.options.resolutions;
        for (take, diverged) in [(None, &plan.conflicts), (Some(Take::Target), &plan.kept)] {
            all.resolutions.extend(diverged.iter().flat_map(|one| entries(one, take, known)));
        }
        let count = all.resolutions.len();
        let value = serde_json::json!(all);
        let text = to_yaml(&value);
        std::fs::write(file, format!("{HEAD}{text}")).map_err(|error| {
            CliError::failed(format!("cannot write {}", file.display())).because(error)
        })?;
        Ok(Some(format!(
            "{count} to decide in {}; next: set each `take`, then plan with --resolutions {0}",
            file.display()
        )))
    }
}

const HEAD: &str = "# What source and target disagree on. Set `take` to `source` or `target`, or leave an entry out.\n";

fn entries(diverged: &Diverged, take: Option<Take>, known: &[Resolution]) -> Vec<Entry> {
    let entry = |field: &Divergence| {
        let path = Some(field.path.clone());
        let decided = known
            .iter()
            .find(|one| one.address == diverged.address && one.field == path)
            .map(|one| one.take);
        Entry {
            address: diverged.address.clone(),
            field: path,
            take: decided.or(take),
            base: field.base.clone(),
            source: field.source.clone(),
            target: field.target.clone(),
            seen: Some(field.seen()),
        }
    };
    diverged.fields.iter().map(entry).collect()
}

/// Reads decisions; each has to be made.
fn read(file: &Path) -> Result<Vec<Resolution>, CliError> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| CliError::failed(format!("cannot read {shown}")).because(error))?;
    let wrong = |why: String| CliError::refused(format!("{shown} cannot be used: {why}"));
    let value = from_yaml(&text, &shown.to_string()).map_err(|error| wrong(error.to_string()))?;
    let all: Resolutions = serde_json::from_value(value).map_err(|error| {
        wrong(format!("{error}; `--write-resolutions FILE` writes one to fill in"))
    })?;
    if all.version != 1 {
        return Err(wrong(format!(
            "version is {}, but this program knows version 1 only",
            all.version
        )));
    }
    let resolution = |entry: Entry| {
        let undecided = || {
            let field = entry.field.as_deref().unwrap_or("the whole object");
            wrong(format!("nothing is decided for {} {field}", entry.address))
                .hint("write `take: source` or `take: target`, or leave the entry out")
        };
        let take = entry.take.ok_or_else(undecided)?;
        let Entry { address, field, seen, .. } = entry;
        Ok(Resolution { address, field, take, seen })
    };
    all.resolutions.into_iter().map(resolution).collect()
}
