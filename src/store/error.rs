//! Why something on disk could not be read or written.

use std::io;
use std::path::{Path, PathBuf};

use super::revision::RevisionError;
use super::yaml::YamlError;
use crate::model::Digest;

/// A refusal or failure of the store: the file, what is wrong with it, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}{}", path.display(), out_of_space(source))]
    Io {
        /// What was being done, such as `write`.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A YAML file was refused.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A revision of a git repository could not be read.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// Another process writes into the directory or the journal.
    #[error("{} is in use by {holder}; wait for it to end, then run the command again", path.display())]
    Locked {
        /// What is locked.
        path: PathBuf,
        /// Who holds it, as far as known.
        holder: String,
    },
    /// The directory holds no snapshot.
    #[error("{} holds no snapshot.yaml; name a directory that `brickform export` wrote", dir.display())]
    NoSnapshot {
        /// The directory.
        dir: PathBuf,
    },
    /// Writing would replace files that brickform did not write.
    #[error("{} holds `{entry}` but no snapshot.yaml, so it is not a snapshot of brickform; export into another directory", dir.display())]
    NotOurs {
        /// The directory.
        dir: PathBuf,
        /// The entry that would have been replaced.
        entry: String,
    },
    /// An export was killed while it put the new snapshot in place.
    #[error("{} was left halfway by an interrupted export; run the export again, it finishes what is left", dir.display())]
    HalfWritten {
        /// The directory.
        dir: PathBuf,
    },
    /// The file was written by a newer program.
    #[error("{} has {what} format {found}, and this brickform reads up to {known}; use a newer brickform", file.display())]
    NewerFormat {
        /// The file.
        file: PathBuf,
        /// `snapshot`, `plan`, `journal` or `base`.
        what: &'static str,
        /// The format it has.
        found: String,
        /// The newest format this program reads.
        known: &'static str,
    },
    /// The snapshot needs a feature this program does not have.
    #[error("{}, field `requires`: the snapshot requires `{feature}`, which this brickform does not know; use a newer brickform", file.display())]
    Requires {
        /// The header.
        file: PathBuf,
        /// The feature.
        feature: String,
    },
    /// A file is not as its format says.
    #[error("{}{}: {problem}; {hint}", file.display(), place(*line, field))]
    Field {
        /// The file.
        file: PathBuf,
        /// The line, from 1, where it is known.
        line: Option<usize>,
        /// The field; empty for the file as a whole.
        field: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// A digest on disk is not the digest of what stands there.
    #[error("{}: {what} is {actual}, but {} says {recorded}: it was changed after it was written; {RESTORE}", file.display(), recorded_in.display())]
    Digest {
        /// The file whose content does not fit.
        file: PathBuf,
        /// Which digest: `the digest of job:nightly`.
        what: String,
        /// Where the other digest is recorded.
        recorded_in: PathBuf,
        /// The digest that is recorded.
        recorded: String,
        /// The digest of what is there.
        actual: String,
    },
    /// A plan was edited.
    #[error("{}: the digest of the plan is {actual}, but the file says {recorded}: it was changed after it was made; make the plan again with `brickform plan`", file.display())]
    PlanChanged {
        /// The plan.
        file: PathBuf,
        /// The digest it claims.
        recorded: Digest,
        /// The digest it has.
        actual: Digest,
    },
    /// A file that another one names is not there.
    #[error("{} is missing, though {} names it; restore it from git, or export again", file.display(), named_in.display())]
    Missing {
        /// The file.
        file: PathBuf,
        /// Where it is named.
        named_in: PathBuf,
    },
    /// A resource cannot be stored.
    #[error("{about} cannot be kept: {problem}")]
    Unstorable {
        /// The address, or the kind.
        about: String,
        /// Why.
        problem: String,
    },
    /// The journal belongs to another plan.
    #[error("{} is the journal of plan {found}, not of {wanted}; resume with the plan it belongs to", file.display())]
    OtherPlan {
        /// The journal.
        file: PathBuf,
        /// The plan it is of.
        found: String,
        /// The plan at hand.
        wanted: String,
    },
    /// A journal is there already.
    #[error("{} exists: the plan was applied, or begun, before; go on with `--resume`, or move the file away to start over", file.display())]
    JournalExists {
        /// The journal.
        file: PathBuf,
    },
    /// The journal failed earlier, so nothing more may be done under it.
    #[error("the journal {} could not be written ({reason}), so nothing more is sent; make room, then go on with `--resume`", file.display())]
    JournalBroken {
        /// The journal.
        file: PathBuf,
        /// What the first failure was.
        reason: String,
    },
}

impl StoreError {
    /// The same error, with the paths in it as `shown` calls them.
    #[must_use]
    pub(super) fn shown(mut self, shown: &dyn Fn(&Path) -> PathBuf) -> Self {
        let call = |path: &mut PathBuf| *path = shown(path);
        match &mut self {
            Self::Io { path, .. } | Self::Locked { path, .. } => call(path),
            Self::NoSnapshot { dir } | Self::NotOurs { dir, .. } | Self::HalfWritten { dir } => {
                call(dir);
            }
            Self::Yaml(error) => {
                error.file = shown(Path::new(&error.file)).display().to_string();
            }
            Self::NewerFormat { file, .. }
            | Self::Requires { file, .. }
            | Self::Field { file, .. }
            | Self::PlanChanged { file, .. }
            | Self::OtherPlan { file, .. }
            | Self::JournalExists { file }
            | Self::JournalBroken { file, .. } => call(file),
            Self::Digest { file, recorded_in, .. } => {
                call(file);
                call(recorded_in);
            }
            Self::Missing { file, named_in } => {
                call(file);
                call(named_in);
            }
            Self::Revision(_) | Self::Unstorable { .. } => {}
        }
        self
    }
}

/// What to do about damage in a snapshot.
pub(super) const RESTORE: &str = "restore it from git, or export again";

fn out_of_space(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; make room and run the command again"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; check who may write there"
        }
        _ => "",
    }
}

fn place(line: Option<usize>, field: &str) -> String {
    let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
    if field.is_empty() { line } else { format!("{line}, field `{field}`") }
}

/// Names what was being done, and to what, in an error of the operating system.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, StoreError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io { doing, path: path.to_owned(), source })
    }
}
