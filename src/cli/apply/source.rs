//! What a plan was made of, and whether it still is.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::connection::Target;
use crate::cli::error::CliError;
use crate::cli::plan::Source;
use crate::cli::show::beside;
use crate::model::Plan;
use crate::store::{StoreError, revision};

/// A plan, and what it was made from.
#[derive(Args, Debug)]
pub(in crate::cli) struct Inputs {
    /// The plan file
    #[arg(value_name = "FILE")]
    pub plan: PathBuf,
    /// The snapshot, if it was moved since: a directory, or git:REV[:PATH]
    #[arg(long, value_name = "DIR")]
    pub snapshot: Option<PathBuf>,
    /// The rewrites file, if it was moved since
    #[arg(long, value_name = "FILE")]
    pub rewrites: Option<PathBuf>,
}

impl Inputs {
    /// Reads the snapshot and rewrites of a plan, and makes sure that they are the same bytes.
    pub(in crate::cli) fn source(&self, plan: &Plan) -> Result<Source, CliError> {
        let dir = match &self.snapshot {
            Some(dir) => dir.clone(),
            None => beside(&plan.snapshot, &self.plan).ok_or_else(|| not_there(plan))?,
        };
        let file = match (&self.rewrites, &plan.rewrites) {
            (Some(file), Some(_)) => Some(file.clone()),
            (None, Some(named)) => Some(beside(named, &self.plan).ok_or_else(|| {
                CliError::refused(format!("the plan's rewrites file {named} is not there"))
                    .hint("name where it is now with --rewrites FILE")
            })?),
            (Some(_), None) => {
                return Err(CliError::refused("the plan was made without rewrites")
                    .hint(format!("leave --rewrites out, or {}", self.again(plan, &dir))));
            }
            (None, None) => None,
        };
        let source = Source::read(&dir, file.as_deref())?;
        if *source.dir.root_digest() != plan.snapshot_digest {
            let (found, planned) = (source.dir.root_digest().short(), plan.snapshot_digest.short());
            return Err(CliError::refused(format!(
                "the snapshot {} has changed since the plan was made: its root is {found}, the plan's {planned}",
                dir.display(),
            ))
            .hint(self.again(plan, &dir))
            .hint("if this is not the snapshot that was planned, name that one with --snapshot DIR"));
        }
        if source.rewrites.digest() != plan.rewrites_digest.as_ref() {
            let shown = file.unwrap_or_default();
            return Err(CliError::refused(format!(
                "the rewrites file {} has changed since the plan was made",
                shown.display()
            ))
            .hint(self.again(plan, &dir)));
        }
        Ok(source)
    }

    /// The words that make the plan anew.
    fn again(&self, plan: &Plan, dir: &Path) -> String {
        let given = self.rewrites.as_deref().map(|path| path.display().to_string());
        let rewrites = given.or(plan.rewrites.clone());
        let rewrites = rewrites.map_or_else(String::new, |file| format!(" --rewrites {file}"));
        let (dir, file) = (dir.display(), self.plan.display());
        format!("plan again: `brickform plan {dir}{rewrites} -o {file}`")
    }
}

/// Says why the snapshot of a plan cannot be found.
fn not_there(plan: &Plan) -> CliError {
    let error = CliError::refused(format!("the plan's snapshot {} is not there", plan.snapshot))
        .hint("name where it is now with --snapshot DIR");
    match revision::read(Path::new(&plan.snapshot)) {
        Err(StoreError::Revision(reason)) => error.because(reason),
        _ => error,
    }
}

/// Refuses another workspace than the plan's.
pub(in crate::cli) fn same_workspace(plan: &Plan, target: &Target) -> Result<(), CliError> {
    let (planned, found) = (&plan.target, &target.caller.source);
    if planned.host == found.host && planned.workspace_id == found.workspace_id {
        return Ok(());
    }
    let named = |host: &str, id: &Option<String>| match id {
        Some(id) => format!("{host} (workspace {id})"),
        None => host.to_owned(),
    };
    Err(CliError::refused(format!(
        "the plan is for {}, and this is {}",
        named(&planned.host, &planned.workspace_id),
        named(&found.host, &found.workspace_id)
    ))
    .hint(format!("sign in there: --host {}, or a --profile for it", planned.host)))
}
