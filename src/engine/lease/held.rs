//! A lock that is held, or looked at.

use std::fmt;
use std::time::Duration;

use tokio::sync::watch::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::claim::{Claim, Holder};
use super::error::{LeaseError, Loss};
use super::pulse::{Pulse, good_for};
use super::term::{self, Terms};
use crate::client::Session;
use crate::engine::remote::{self, Put, RemoteError};

/// The lock, held and kept alive until it is released, lost, or dropped.
///
/// Dropping it stops its beat without releasing it, so that others get it after its time.
pub struct Lease {
    session: Session,
    term: u64,
    claim: Claim,
    lost: Receiver<Option<Loss>>,
    stop: Sender<bool>,
    pulse: JoinSet<()>,
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("term", &self.term).finish_non_exhaustive()
    }
}

impl Lease {
    /// Holds a claim that was won, and was surely sent no earlier than `since`.
    pub(super) fn hold(session: Session, term: u64, claim: Claim, since: Instant) -> Self {
        let ((lose, lost), (stop, stopped)) = (watch::channel(None), watch::channel(false));
        let pulse = Pulse {
            session: session.clone(),
            term,
            good_until: since + good_for(claim.ttl()),
            claim: claim.clone(),
            lost: lose,
            stop: stopped,
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(pulse.beat());
        Self { session, term, claim, lost, stop, pulse: tasks }
    }

    /// Tells when, and how, the lock is lost: from then on no step may begin.
    pub fn lost(&self) -> Receiver<Option<Loss>> {
        self.lost.clone()
    }

    /// Gives the lock back, so that others need not wait.
    ///
    /// # Errors
    ///
    /// As the workspace refuses, or if it does not answer within a third of the lock's time; the lock then
    /// ends by itself, because nothing keeps it alive.
    pub async fn release(mut self) -> Result<(), RemoteError> {
        self.stop.send_replace(true);
        // A beat on its way is waited for, or it would come after the release.
        while self.pulse.join_next().await.is_some() {}
        if matches!(*self.lost.borrow(), Some(Loss::Taken(_))) {
            return Ok(());
        }
        let claim = self.claim.clone().released();
        let name = term::name(self.term);
        let bytes = claim.to_bytes();
        let patience = (claim.ttl() / 3).max(Duration::from_secs(1));
        match timeout(patience, remote::write(&self.session, &name, &bytes, true)).await {
            Ok(result) => result.map(drop),
            Err(_) => Err(RemoteError::Silent { seconds: patience.as_secs() }),
        }
    }
}

/// How the lock of a workspace stands.
#[derive(Clone, Debug)]
pub struct Standing {
    term: u64,
    /// Who holds it.
    pub claim: Claim,
}

/// Looks who holds the lock of a workspace; `None` where nobody does.
///
/// # Errors
///
/// As [`Lease::acquire`].
pub async fn look(session: &Session) -> Result<Option<Standing>, LeaseError> {
    let Some(term) = Terms::list(session).await?.top() else { return Ok(None) };
    let claim = term::read(session, term).await?.filter(|claim| !claim.released);
    Ok(claim.map(|claim| Standing { term, claim }))
}

/// Takes the lock away from whom it was seen with. A holder that lives notices at its next beat, and stops.
///
/// # Errors
///
/// [`LeaseError::Changed`] where the lock has changed hands since; otherwise as [`Lease::acquire`].
pub async fn unlock(session: &Session, seen: &Standing, by: Holder) -> Result<(), LeaseError> {
    let claim = Claim::new(by, Duration::ZERO).released();
    let next = seen.term + 1;
    match remote::write(session, &term::name(next), &claim.to_bytes(), false).await? {
        Put::Exists => return Err(LeaseError::Changed),
        Put::Written => {}
    }
    match Terms::list_since(session, next).await? {
        Some(terms) if terms.top() > Some(next) => Err(LeaseError::Changed),
        _ => Ok(()),
    }
}
