//! Why there is no lock, and how one is lost.

use std::time::Duration;

use super::claim::Claim;
use crate::engine::remote::RemoteError;

/// Why a lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another run holds it, and patience ended.
    #[error("{} holds the lock since {}: {}", claim.holder.who, claim.holder.since, claim.holder.what)]
    Held {
        /// The other's claim.
        claim: Box<Claim>,
        /// For how long it was watched without a sign of life.
        silent: Duration,
    },
    /// A newer brickform holds it, whose claims this one does not understand.
    #[error("the lock is of format {format}, which this brickform does not understand")]
    Newer {
        /// Its format.
        format: u32,
    },
    /// This workspace, or this caller in it, cannot keep a lock.
    #[error("the workspace cannot keep a lock: {0}")]
    Impossible(String),
    /// The lock was given to somebody else while it was looked at.
    #[error("the lock changed hands meanwhile")]
    Changed,
    /// The wait was broken off.
    #[error("the wait for the lock was broken off")]
    Stopped,
    /// The workspace gave no clear answer.
    #[error("the lock cannot be had: {0}")]
    Remote(#[source] RemoteError),
}

impl From<RemoteError> for LeaseError {
    fn from(error: RemoteError) -> Self {
        if error.is_lasting() { Self::Impossible(error.to_string()) } else { Self::Remote(error) }
    }
}

/// How a lock was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Another run, or a person, took it.
    Taken(Box<Claim>),
    /// It could not be renewed in time, so another run may have it.
    Silent {
        /// What stood in the way.
        reason: String,
    },
}
