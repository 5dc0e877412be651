//! The journal beside a plan: whether the plan was begun before, and what to do about it.

use std::path::{Path, PathBuf};

use super::error::CliError;
use super::terminal::Terminal;
use crate::model::{Digest, Plan, Record};
use crate::store::{BlobStore, Journal, StoreError};

/// What stands at a journal's place.
pub(super) enum Found {
    /// Nothing: the plan was not begun.
    Nothing,
    /// The journal of another plan, named by the beginning of its digest.
    OfAnother(String),
    /// The plan's own journal, and its records.
    Begun(Journal, Vec<Record>),
}

/// A plan file, and the journal beside it.
pub(super) struct Place<'a> {
    plan: &'a Path,
    journal: PathBuf,
}

impl<'a> Place<'a> {
    /// The journal's place: beside the plan.
    pub(super) fn of(plan: &'a Path) -> Self {
        Self { plan, journal: named(plan, ".journal") }
    }

    /// Where the journal is, or would be.
    pub(super) fn path(&self) -> &Path {
        &self.journal
    }

    /// Where the contents stay that the plan's steps replace or delete; made with the first of them.
    pub(super) fn blobs(&self) -> BlobStore {
        BlobStore::new(named(&self.journal, ".blobs"))
    }

    /// Looks whether there is a journal, and takes it if it is the plan's own.
    pub(super) fn find(&self, digest: &Digest) -> Result<Found, StoreError> {
        if !self.journal.exists() {
            return Ok(Found::Nothing);
        }
        match Journal::open_for_resume(&self.journal, digest) {
            Ok((journal, records)) => Ok(Found::Begun(journal, records)),
            Err(StoreError::OtherPlan { found, .. }) => Ok(Found::OfAnother(found)),
            Err(error) => Err(error),
        }
    }

    /// Refuses to begin twice, and to go on with what was not begun.
    pub(super) fn check(&self, found: &Found, resume: bool, plan: &Plan) -> Result<(), CliError> {
        let (journal, file) = (self.journal.display(), self.plan.display());
        match (found, resume) {
            (Found::Begun(_, records), false) if is_over(plan, records) => {
                Err(CliError::refused(format!("the plan was applied already, says {journal}"))
                    .hint(format!("make a new plan: `brickform plan {} -o {file}`", plan.snapshot))
                    .hint(format!("to apply this one again all the same, move {journal} away")))
            }
            (Found::Begun(_, records), false) if !did_anything(records) => Ok(()),
            (Found::Begun(..), false) => {
                Err(CliError::refused(format!("the plan was begun before, says {journal}"))
                    .hint(format!("go on with `brickform apply {file} --resume`")))
            }
            (Found::Nothing, true) => Err(CliError::refused(format!(
                "there is nothing to resume: {journal} does not exist"
            ))
            .hint(format!("begin with `brickform apply {file}`"))),
            (Found::OfAnother(other), true) => {
                let digest = plan.compute_digest();
                let kept = self.kept(digest.short());
                let hint = if kept.exists() {
                    format!("the journal of this plan is {}; move it to {journal}", kept.display())
                } else {
                    format!("begin this plan with `brickform apply {file}`")
                };
                Err(CliError::refused(format!(
                    "there is nothing to resume: {journal} is of plan {other}, and this is {}",
                    digest.short()
                ))
                .hint(hint))
            }
            (Found::Begun(..), true) | (Found::Nothing | Found::OfAnother(_), false) => Ok(()),
        }
    }

    /// The journal to write, and what an earlier run wrote into it; that of another plan is kept beside it.
    pub(super) fn open(
        &self,
        found: Found,
        digest: &Digest,
        terminal: &Terminal,
    ) -> Result<(Journal, Vec<Record>), CliError> {
        match found {
            Found::Begun(journal, records) => return Ok((journal, records)),
            Found::Nothing => {}
            Found::OfAnother(other) => {
                let kept = self.kept(&other);
                std::fs::rename(&self.journal, &kept).map_err(|error| {
                    CliError::failed(format!("cannot rename {}", self.journal.display()))
                        .because(error)
                })?;
                terminal.remark(&format!(
                    "the journal of an earlier plan is kept as {}",
                    kept.display()
                ));
            }
        }
        Ok((Journal::create(&self.journal, digest)?, Vec::new()))
    }

    /// Where the journal of another plan is kept.
    fn kept(&self, plan: &str) -> PathBuf {
        named(&self.journal, &format!(".{plan}"))
    }
}

fn named(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}

/// Whether a run came further than to wanting the lock.
fn did_anything(records: &[Record]) -> bool {
    records.iter().any(|record| !matches!(record, Record::Locking { .. }))
}

/// Whether every step of a plan succeeded.
fn is_over(plan: &Plan, records: &[Record]) -> bool {
    plan.steps.iter().all(|step| {
        records.iter().any(|record| {
            matches!(record, Record::Ended { step: ended, outcome, .. } if *ended == step.id && outcome.is_success())
        })
    })
}
