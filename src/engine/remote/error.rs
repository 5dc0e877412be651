//! Why brickform's own files in a workspace cannot be had.

use crate::client::{Error, Kind};

/// Why brickform's own files in a workspace cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The workspace has no API for files, or has it switched off.
    #[error("the workspace keeps no files: {0}")]
    NoFiles(#[source] Error),
    /// The caller may not read or write there.
    #[error("the caller may not use brickform's folder: {0}")]
    Denied(#[source] Error),
    /// The workspace takes no such file: a limit is reached, or it wants something else.
    #[error("the workspace does not take brickform's file: {0}")]
    Refused(#[source] Error),
    /// Something that is not brickform's stands where a file or folder of its own belongs.
    #[error("{path} is not what brickform put there; move it away")]
    Taken {
        /// Its path.
        path: String,
    },
    /// Files are missing, or are not what was written.
    #[error("{folder} is damaged: {}", parts.join(", "))]
    Damaged {
        /// The folder.
        folder: String,
        /// What is missing or changed.
        parts: Vec<String>,
    },
    /// The workspace does not answer in time.
    #[error("the workspace did not answer within {seconds} s")]
    Silent {
        /// The time.
        seconds: u64,
    },
    /// The workspace gave no clear answer.
    #[error(transparent)]
    Failed(Error),
}

impl RemoteError {
    /// Whether this workspace, or this caller in it, cannot keep such files at all; asking again changes nothing.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::NoFiles(_) | Self::Denied(_) | Self::Refused(_))
    }
}

impl From<Error> for RemoteError {
    fn from(error: Error) -> Self {
        match error.kind() {
            Kind::EndpointMissing | Kind::NotImplemented | Kind::FeatureDisabled => {
                Self::NoFiles(error)
            }
            Kind::Denied => Self::Denied(error),
            Kind::Invalid | Kind::InvalidState | Kind::Quota => Self::Refused(error),
            _ => Self::Failed(error),
        }
    }
}
