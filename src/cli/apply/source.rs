//! What a plan was made of, and whether it still is.

use std::path::Path;

use crate::cli::connection::Target;
use crate::cli::error::CliError;
use crate::cli::plan::Source;
use crate::cli::show::beside;
use crate::model::Plan;
use crate::store::{StoreError, revision};

/// A plan file, and where its snapshot and rewrites are if they were moved.
pub(in crate::cli) struct Origin<'a> {
    /// The plan file.
    pub plan: &'a Path,
    /// The snapshot, if it was moved.
    pub snapshot: Option<&'a Path>,
    /// The rewrites file, if it was moved.
    pub rewrites: Option<&'a Path>,
}

/// Reads the snapshot and rewrites of a plan, and makes sure that they are the same bytes.
pub(in crate::cli) fn source(args: &Origin<'_>, plan: &Plan) -> Result<Source, CliError> {
    let again = |dir: &Path| {
        let mut command = format!("brickform plan {}", dir.display());
        if let Some(file) =
            args.rewrites.map(Path::display).map(|p| p.to_string()).or(plan.rewrites.clone())
        {
            command.push_str(&format!(" --rewrites {file}"));
        }
        format!("plan again: `{command} -o {}`", args.plan.display())
    };
    let dir = match args.snapshot {
        Some(dir) => dir.to_owned(),
        None => beside(&plan.snapshot, args.plan).ok_or_else(|| not_there(plan))?,
    };
    let file = match (args.rewrites, &plan.rewrites) {
        (Some(file), Some(_)) => Some(file.to_owned()),
        (None, Some(named)) => Some(beside(named, args.plan).ok_or_else(|| {
            CliError::refused(format!("the plan's rewrites file {named} is not there"))
                .hint("name where it is now with --rewrites FILE")
        })?),
        (Some(_), None) => {
            return Err(CliError::refused("the plan was made without rewrites")
                .hint(format!("leave --rewrites out, or {}", again(&dir))));
        }
        (None, None) => None,
    };
    let source = Source::read(&dir, file.as_deref())?;
    if *source.dir.root_digest() != plan.snapshot_digest {
        return Err(CliError::refused(format!(
            "the snapshot {} has changed since the plan was made: its root is {}, the plan's {}",
            dir.display(),
            source.dir.root_digest().short(),
            plan.snapshot_digest.short()
        ))
        .hint(again(&dir))
        .hint("if this is not the snapshot that was planned, name that one with --snapshot DIR"));
    }
    if source.rewrites.digest() != plan.rewrites_digest.as_ref() {
        let shown = file.unwrap_or_default();
        return Err(CliError::refused(format!(
            "the rewrites file {} has changed since the plan was made",
            shown.display()
        ))
        .hint(again(&dir)));
    }
    Ok(source)
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
