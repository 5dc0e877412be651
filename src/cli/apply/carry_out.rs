//! Carrying a plan out, whichever command made it.

use std::collections::BTreeSet;
use std::io;

use futures::FutureExt as _;
use tokio::sync::watch;

use crate::cli::connection::Target;
use crate::cli::error::CliError;
use crate::cli::export::scratch;
use crate::cli::plan::Source;
use crate::cli::selection;
use crate::cli::values::MadeUp;
use crate::engine::Progress;
use crate::engine::apply::{Apply, Log, OnStale, Report, Values, apply};
use crate::model::{Plan, Record, StepId};
use crate::store::{BlobStore, Journal};

/// A plan to carry out.
pub(in crate::cli) struct Run<'a> {
    /// Where.
    pub target: &'a Target,
    /// From what.
    pub source: &'a Source,
    /// The plan.
    pub plan: &'a Plan,
    /// Steps that are left for another run.
    pub unselected: BTreeSet<StepId>,
    /// Where contents stay that steps replace or delete.
    pub kept: Option<&'a BlobStore>,
    /// What happens to the other steps once one turns out to be stale.
    pub on_stale: OnStale,
    /// Where values come from that the target takes and never shows.
    pub values: &'a dyn Values,
    /// Becomes true when no further step may start.
    pub stop: watch::Receiver<bool>,
}

impl<'a> Run<'a> {
    /// A plan for a workspace of no consequence: nothing is kept, values are made up, and it goes on whatever
    /// turns out to be stale.
    pub(in crate::cli) fn of(
        target: &'a Target,
        source: &'a Source,
        plan: &'a Plan,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let unselected = BTreeSet::new();
        let (kept, on_stale, values) = (None, OnStale::Skip, &MadeUp);
        Self { target, source, plan, unselected, kept, on_stale, values, stop }
    }
}

/// Carries a plan out, with or without a journal.
pub(in crate::cli) async fn carry_out(
    run: Run<'_>,
    journal: Option<&Journal>,
    before: Vec<Record>,
    progress: Progress,
) -> Result<Report, CliError> {
    let log = |record: Record| {
        async move {
            match journal {
                Some(journal) => journal.append(&record).await.map_err(io::Error::other),
                None => Ok(()),
            }
        }
        .boxed()
    };
    carry_out_logged(run, &log, before, progress).await
}

/// Carries a plan out; what it does is told to `log`.
pub(in crate::cli) async fn carry_out_logged(
    run: Run<'_>,
    log: Log<'_>,
    before: Vec<Record>,
    progress: Progress,
) -> Result<Report, CliError> {
    let catalogue = selection::everything();
    let desired = run.source.desired(&catalogue, &run.plan.options);
    let scratch = scratch()?;
    let blobs = BlobStore::new(scratch.path());
    let report = apply(&Apply {
        session: &run.target.session,
        catalogue: &catalogue,
        plan: run.plan,
        unselected: run.unselected,
        desired: &desired,
        contents: &run.source.dir,
        values: run.values,
        log: &|record| log(record),
        before,
        blobs: &blobs,
        kept: run.kept,
        on_stale: run.on_stale,
        concurrency: run.target.concurrency,
        progress,
        stop: run.stop,
        caller: &run.target.caller,
    })
    .await;
    Ok(report)
}
