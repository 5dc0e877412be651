//! The beat of a holder, and noticing that the lock is lost.

use std::time::Duration;

use tokio::sync::watch::{Receiver, Sender};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::claim::{Claim, Holder};
use super::error::Loss;
use super::term::{self, Terms};
use crate::client::Session;
use crate::engine::remote;

/// For how long a claim is good after a beat was sent.
///
/// Less than others wait, who count from when the beat arrived. The sixth that is between them is for
/// requests that are on their way when the lock is lost.
pub(super) fn good_for(ttl: Duration) -> Duration {
    ttl - ttl / 6
}

/// What renewing a claim came to.
enum Renewed {
    Still,
    Taken(Box<Claim>),
    /// Nobody knows, and why.
    Unclear(String),
}

/// A claim that is kept alive.
pub(super) struct Pulse {
    pub(super) session: Session,
    pub(super) term: u64,
    pub(super) claim: Claim,
    /// Until when the claim is surely good.
    pub(super) good_until: Instant,
    pub(super) lost: Sender<Option<Loss>>,
    pub(super) stop: Receiver<bool>,
}

impl Pulse {
    /// Beats until it is told to stop, or the lock is lost.
    pub(super) async fn beat(mut self) {
        let ttl = self.claim.ttl();
        let mut next = Instant::now() + ttl / 3;
        let mut reason = "nothing was heard of the workspace".to_owned();
        loop {
            tokio::select! {
                _ = self.stop.wait_for(|stop| *stop) => return,
                () = sleep_until(next.min(self.good_until)) => {}
            }
            let sent = Instant::now();
            // A machine that slept must not go on as if nothing had happened.
            if sent < self.good_until {
                self.claim.beat += 1;
                let renewed = timeout_at(self.good_until, self.renew()).await;
                let in_time = Instant::now() < self.good_until;
                match renewed {
                    Ok(Renewed::Taken(by)) => {
                        // Only what others left of it to be found; numbers never come twice.
                        let _ = remote::delete(&self.session, &term::name(self.term)).await;
                        self.lose(Loss::Taken(by));
                        return;
                    }
                    Ok(Renewed::Still) if in_time => {
                        self.good_until = sent + good_for(ttl);
                        next = sent + ttl / 3;
                        continue;
                    }
                    Ok(Renewed::Unclear(why)) => reason = why,
                    Ok(Renewed::Still) | Err(_) => {}
                }
                next = Instant::now() + ttl / 12;
            }
            if Instant::now() >= self.good_until {
                self.lose(Loss::Silent { reason });
                return;
            }
        }
    }

    fn lose(&self, loss: Loss) {
        tracing::warn!(?loss, "the lock is lost");
        self.lost.send_replace(Some(loss));
    }

    /// Writes the claim anew, and looks whether it still is the highest.
    async fn renew(&self) -> Renewed {
        let name = term::name(self.term);
        if let Err(error) = remote::write(&self.session, &name, &self.claim.to_bytes(), true).await
        {
            return Renewed::Unclear(error.to_string());
        }
        let top = match Terms::list_since(&self.session, self.term).await {
            Ok(Some(terms)) => terms.top(),
            Ok(None) => {
                return Renewed::Unclear("the workspace does not show the claim".to_owned());
            }
            Err(error) => return Renewed::Unclear(error.to_string()),
        };
        match top {
            Some(top) if top > self.term => match term::read(&self.session, top).await {
                Ok(Some(by)) => Renewed::Taken(Box::new(by)),
                _ => Renewed::Taken(Box::new(Claim::new(Holder::unknown(), Duration::ZERO))),
            },
            _ => Renewed::Still,
        }
    }
}
