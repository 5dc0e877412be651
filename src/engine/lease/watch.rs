//! Telling that a holder is dead, by one's own watching alone.

use std::time::Duration;

use tokio::time::Instant;

use super::claim::Claim;

/// How often a claim has to be seen unchanged after its time, because a server may answer once from a stale copy.
const LATE_LOOKS: u32 = 2;

/// A claim somebody waits for, since it was first seen as it is.
///
/// Instants are of the watcher's own clock, which never goes back; what the claim says of time is not looked at.
pub(super) struct Watch {
    term: u64,
    claim: Claim,
    since: Instant,
    late: u32,
}

impl Watch {
    /// Begins to watch.
    pub(super) fn new(term: u64, claim: Claim, now: Instant) -> Self {
        Self { term, claim, since: now, late: 0 }
    }

    /// Looks again, and says whether the holder is dead.
    pub(super) fn is_dead(&mut self, term: u64, claim: &Claim, now: Instant) -> bool {
        if (term, claim) != (self.term, &self.claim) {
            *self = Self::new(term, claim.clone(), now);
            return false;
        }
        if self.silent(now) > self.claim.ttl() {
            self.late += 1;
        }
        self.late >= LATE_LOOKS
    }

    /// For how long there was no sign of life.
    pub(super) fn silent(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }

    /// How long to wait for the next look; the first come soon, because most runs are short.
    pub(super) fn next_look(&self, looks: u32) -> Duration {
        let longest = (self.claim.ttl() / 12).max(Duration::from_millis(50));
        Duration::from_millis(250).saturating_mul(1 << looks.min(10)).min(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::super::claim::Holder;
    use super::*;

    fn claim(holder: &str, beat: u64) -> Claim {
        let holder = Holder { word: holder.to_owned(), ..Holder::default() };
        let mut claim = Claim::new(holder, Duration::from_secs(60));
        claim.beat = beat;
        claim
    }

    #[test]
    fn only_what_was_watched_for_longer_than_its_time_is_dead() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut watch = Watch::new(7, claim("a", 3), begin);
        assert!(!watch.is_dead(7, &claim("a", 3), at(59)));
        assert!(!watch.is_dead(7, &claim("a", 3), at(60)));
        // One look may be answered from a stale copy.
        assert!(!watch.is_dead(7, &claim("a", 3), at(61)));
        assert!(watch.is_dead(7, &claim("a", 3), at(62)));
    }

    #[test]
    fn every_sign_of_life_begins_the_watch_anew() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        for (term, other) in [(7, claim("a", 4)), (7, claim("b", 3)), (8, claim("a", 3))] {
            let mut watch = Watch::new(7, claim("a", 3), begin);
            assert!(!watch.is_dead(7, &claim("a", 3), at(61)));
            assert!(!watch.is_dead(term, &other, at(62)));
            assert_eq!(watch.silent(at(72)), Duration::from_secs(10));
            assert!(!watch.is_dead(term, &other, at(122)));
            assert!(!watch.is_dead(term, &other, at(123)));
            assert!(watch.is_dead(term, &other, at(124)));
        }
    }

    #[test]
    fn what_a_claim_says_of_time_is_nothing_to_a_watcher() {
        let begin = Instant::now();
        for since in ["1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "nonsense"] {
            let mut claim = claim("a", 1);
            claim.holder.since = since.to_owned();
            let mut watch = Watch::new(1, claim.clone(), begin);
            assert!(!watch.is_dead(1, &claim, begin + Duration::from_secs(59)));
            // A clock that were to go back would make the watch longer, never shorter.
            let late = begin + Duration::from_secs(61);
            assert!(!watch.is_dead(1, &claim, late));
            assert!(!watch.is_dead(1, &claim, begin));
            assert!(watch.is_dead(1, &claim, late));
        }
    }
}
