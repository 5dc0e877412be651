//! Getting the lock: looking, waiting, claiming, and making sure.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep, timeout};

use super::claim::{Claim, Holder};
use super::error::LeaseError;
use super::held::Lease;
use super::pulse::good_for;
use super::term::{self, Terms};
use super::watch::Watch;
use crate::client::Session;
use crate::engine::remote::{self, Put};

/// How often a claim may be lost to others, or vanish, before the workspace is taken to be unfit.
const ROUNDS: u32 = 16;

/// How long to wait where a claim that is listed is gone.
const BREATH: Duration = Duration::from_millis(100);

/// Who wants the lock, and how much.
pub struct LeaseOptions<'a> {
    /// Who wants it.
    pub holder: Holder,
    /// For how long the claim stands without a beat: whole seconds.
    pub ttl: Duration,
    /// How long to wait for another holder; a dead one shows after a little more than its `ttl`.
    pub patience: Duration,
    /// Words of earlier runs that are surely over: theirs is taken over at once.
    pub own: BTreeSet<String>,
    /// Told of the holder when a wait for it begins.
    pub waiting: &'a (dyn Fn(&Claim) + Send + Sync),
    /// Becomes true when the wait is to end.
    pub stop: Receiver<bool>,
}

/// What became of a claim.
enum Claimed {
    /// It is the highest, and was so at a known time.
    Won { since: Instant, terms: Terms },
    /// Somebody else was there before.
    Lost,
    /// The workspace does not show what was written.
    Unseen,
}

impl Lease {
    /// Takes the lock, or waits for it as long as patience lasts.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Held`] where another run holds it, [`LeaseError::Impossible`] where there can be none
    /// here, [`LeaseError::Stopped`] where the wait was broken off, [`LeaseError::Newer`], and
    /// [`LeaseError::Remote`] where the workspace gives no clear answer.
    pub async fn acquire(
        session: &Session,
        mut options: LeaseOptions<'_>,
    ) -> Result<Self, LeaseError> {
        let begin = Instant::now();
        let own = Claim::new(options.holder.clone(), options.ttl);
        options.own.insert(own.holder.word.clone());
        let mut watch: Option<Watch> = None;
        let mut looks = 0;
        'rounds: for _ in 0..ROUNDS {
            let term = loop {
                let terms = Terms::list(session).await?;
                let Some(top) = terms.top() else { break 1 };
                let Some(found) = term::read(session, top).await? else {
                    // It was removed for a higher one, or one of two answers is of a moment ago.
                    sleep(BREATH).await;
                    continue 'rounds;
                };
                let now = Instant::now();
                let dead = match &mut watch {
                    Some(watch) => watch.is_dead(top, &found, now),
                    None => false,
                };
                if found.released || dead || options.own.contains(&found.holder.word) {
                    break top + 1;
                }
                let watch = watch.get_or_insert_with(|| {
                    (options.waiting)(&found);
                    Watch::new(top, found.clone(), now)
                });
                let left = options.patience.saturating_sub(now - begin);
                if left.is_zero() {
                    let (claim, silent) = (Box::new(found), watch.silent(now));
                    return Err(LeaseError::Held { claim, silent });
                }
                tokio::select! {
                    () = sleep(watch.next_look(looks).min(left)) => looks += 1,
                    () = stopped(&mut options.stop) => return Err(LeaseError::Stopped),
                }
            };
            match claim(session, term, &own).await? {
                // One that took too long may be taken for dead; it is claimed anew.
                Claimed::Won { since, .. } if since.elapsed() >= good_for(options.ttl) => {}
                Claimed::Won { since, terms } => {
                    let lease = Self::hold(session.clone(), term, own, since);
                    let cleaned = async {
                        for below in terms.below(term) {
                            // Whoever comes next finds once more what cannot be removed now.
                            let _ = remote::delete(session, &term::name(below)).await;
                        }
                    };
                    let _ = timeout(options.ttl / 12, cleaned).await;
                    return Ok(lease);
                }
                Claimed::Lost => {}
                Claimed::Unseen => {
                    let reason = "it does not show the files it was given";
                    return Err(LeaseError::Impossible(reason.to_owned()));
                }
            }
        }
        Err(LeaseError::Impossible("its answers about one file contradict each other".to_owned()))
    }
}

/// Waits for the word to stop; without anybody to give it, for ever.
async fn stopped(stop: &mut Receiver<bool>) {
    let told = stop.wait_for(|stop| *stop).await.is_ok();
    if !told {
        std::future::pending().await
    }
}

/// Claims a number, and makes sure that it is the highest and its own.
async fn claim(session: &Session, term: u64, own: &Claim) -> Result<Claimed, LeaseError> {
    let since = Instant::now();
    let name = term::name(term);
    if remote::write(session, &name, &own.to_bytes(), false).await? == Put::Exists {
        return Ok(Claimed::Lost);
    }
    // Who looked long ago may have claimed a number that was given out, and removed, since.
    let Some(terms) = Terms::list_since(session, term).await? else { return Ok(Claimed::Unseen) };
    if terms.top() > Some(term) {
        let _ = remote::delete(session, &name).await;
        return Ok(Claimed::Lost);
    }
    let found = term::read(session, term).await?;
    let is_own =
        found.is_some_and(|found| found.holder.word == own.holder.word) && terms.is_single(term);
    Ok(if is_own { Claimed::Won { since, terms } } else { Claimed::Lost })
}
