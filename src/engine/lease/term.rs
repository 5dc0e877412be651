//! The numbered files of the lock's folder.

use std::time::Duration;

use tokio::time::sleep;

use super::claim::Claim;
use super::error::LeaseError;
use crate::client::Session;
use crate::engine::remote::{self, RemoteError};

/// The folder below brickform's own.
const FOLDER: &str = remote::CONTESTED;

/// How often a listing is asked that does not know what was just written.
const LOOKS: u32 = 4;

/// How long the first of these waits for the next.
const BREATH: Duration = Duration::from_millis(100);

/// The numbers of all claims, in order.
pub(super) struct Terms(Vec<u64>);

/// The name of a claim's file.
pub(super) fn name(term: u64) -> String {
    format!("{FOLDER}/{term}.json")
}

impl Terms {
    /// Lists them.
    pub(super) async fn list(session: &Session) -> Result<Self, RemoteError> {
        let names = remote::list(session, FOLDER).await?;
        let mut terms: Vec<u64> =
            names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
        terms.sort_unstable();
        Ok(Self(terms))
    }

    /// Lists them as they are now: a listing that shows a claim is no older than the claim.
    ///
    /// `None` where the workspace does not come to show it.
    pub(super) async fn list_since(
        session: &Session,
        term: u64,
    ) -> Result<Option<Self>, RemoteError> {
        for look in 1..=LOOKS {
            let terms = Self::list(session).await?;
            if terms.0.contains(&term) || terms.top() > Some(term) {
                return Ok(Some(terms));
            }
            sleep(BREATH * look).await;
        }
        Ok(None)
    }

    /// The highest: whose it is holds the lock, or held it last.
    pub(super) fn top(&self) -> Option<u64> {
        self.0.last().copied()
    }

    /// Those below a number: nobody needs them any more.
    pub(super) fn below(&self, term: u64) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied().filter(move |one| *one < term)
    }

    /// Whether a number is there once: a server without order could hold it twice.
    pub(super) fn is_single(&self, term: u64) -> bool {
        self.0.iter().filter(|one| **one == term).count() == 1
    }
}

/// Reads a claim; `None` where it is gone.
pub(super) async fn read(session: &Session, term: u64) -> Result<Option<Claim>, LeaseError> {
    remote::read(session, &name(term)).await?.map(|bytes| Claim::parse(&bytes)).transpose()
}
