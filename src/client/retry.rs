//! When a call is sent again, and after how long a wait.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use http::{HeaderMap, header};

use super::call::Repeat;
use super::error::Kind;

/// How long a session goes on with one call before it gives up.
#[derive(Clone, Debug)]
pub struct Patience {
    /// How often a call is sent while the workspace asks to wait.
    pub attempts: u32,
    /// How often a call is sent whose trouble may be here to stay: no connection, a broken one, an unclear text.
    pub unsure_attempts: u32,
    /// How long all attempts and waits of one call may take.
    pub elapsed: Duration,
    /// The first wait where the workspace names none; each further one is twice as long.
    pub first_wait: Duration,
    /// The longest wait where the workspace names none.
    pub longest_wait: Duration,
    /// The most that chance adds to a wait, as a share of it.
    pub jitter: f64,
}

/// How often a connection to a workspace that never answered is tried.
const FIRST_CONTACT: u32 = 3;

/// How often a call is sent on which the workspace fails within: some do so under load, some do so always.
const FAILED_WITHIN: u32 = 3;

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 30,
            unsure_attempts: 6,
            elapsed: Duration::from_secs(15 * 60),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
            jitter: 0.5,
        }
    }
}

impl Patience {
    /// Sends every call once.
    pub fn none() -> Self {
        Self { attempts: 1, unsure_attempts: 1, ..Self::default() }
    }
}

/// What is known about an attempt that failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble {
    /// What went wrong.
    pub kind: Kind,
    /// Whether the request surely had no effect.
    pub unsent: bool,
    /// Whether the answer's text is one of those that pass by themselves.
    pub passing: bool,
    /// How long the workspace asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether the workspace never answered before.
    pub stranger: bool,
}

/// What to do after an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Wait this long and send again.
    Again(Duration),
    /// Report the failure as it is.
    Report,
    /// Report that the effect is unknown.
    Unknown,
}

impl Patience {
    /// Judges the `attempt`-th failure of a call; `random` is in `0..1`.
    pub(super) fn judge(
        &self,
        trouble: Trouble,
        repeat: Repeat,
        attempt: u32,
        elapsed: Duration,
        random: f64,
    ) -> Verdict {
        let asked_to_wait = matches!(trouble.kind, Kind::Throttled | Kind::Unavailable);
        let cut = matches!(trouble.kind, Kind::Timeout | Kind::Interrupted);
        let lost = matches!(trouble.kind, Kind::Connect) && trouble.unsent;
        let within = trouble.kind == Kind::Internal;
        if !(asked_to_wait || cut || lost || within || trouble.passing) {
            return Verdict::Report;
        }
        let no_effect = trouble.unsent || trouble.kind == Kind::Throttled;
        if repeat == Repeat::Once && !no_effect {
            return Verdict::Unknown;
        }
        let attempts = match asked_to_wait {
            true => self.attempts,
            // More likely a wrong address than a moment's trouble.
            false if lost && trouble.stranger => self.unsure_attempts.min(FIRST_CONTACT),
            false if within && !trouble.passing => self.unsure_attempts.min(FAILED_WITHIN),
            false => self.unsure_attempts,
        };
        let wait = self.wait(trouble.retry_after, attempt, random);
        if attempt >= attempts || elapsed + wait > self.elapsed {
            return Verdict::Report;
        }
        Verdict::Again(wait)
    }

    /// Never less than asked for; the jitter comes on top.
    fn wait(&self, asked: Option<Duration>, attempt: u32, random: f64) -> Duration {
        let doubled =
            |first: Duration| first.saturating_mul(1 << attempt.saturating_sub(1).min(20));
        let wait = match asked {
            // A server that keeps saying "0 seconds" is not asked in a tight loop.
            Some(asked) => asked.max(doubled(Duration::from_millis(5)).min(Duration::from_secs(1))),
            None => doubled(self.first_wait).min(self.longest_wait),
        };
        wait + wait.mul_f64(random * self.jitter).min(Duration::from_secs(5))
    }
}

/// Reads `Retry-After` in whole seconds.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Whether a refusal's text is one of those that go away by themselves, whatever the status.
pub(super) fn passes_by_itself(message: &str) -> bool {
    const TEXTS: &[&str] = &[
        "com.databricks.backend.manager.util.UnknownWorkerEnvironmentException",
        "does not have any associated worker environments",
        "There is no worker environment with id",
        "Unknown worker environment",
        "ClusterNotReadyException",
        "Unexpected error",
        "Please try again later or try a faster operation.",
        "RPC token bucket limit has been exceeded",
    ];
    TEXTS.iter().any(|text| message.contains(text))
}

/// A number in `0..1`, different each time.
pub(super) fn random() -> f64 {
    // Every `RandomState` has keys of its own, which is all that jitter needs.
    let bits = RandomState::new().hash_one(0) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(kind: Kind) -> Trouble {
        Trouble {
            kind,
            unsent: kind == Kind::Connect,
            passing: false,
            retry_after: None,
            stranger: false,
        }
    }

    fn judge(trouble: Trouble, repeat: Repeat, attempt: u32) -> Verdict {
        Patience::default().judge(trouble, repeat, attempt, Duration::ZERO, 0.0)
    }

    fn seconds(seconds: u64) -> Verdict {
        Verdict::Again(Duration::from_secs(seconds))
    }

    #[test]
    fn waits_as_long_as_retry_after_says_and_never_less() {
        let asked =
            Trouble { retry_after: Some(Duration::from_secs(7)), ..trouble(Kind::Throttled) };
        assert_eq!(judge(asked, Repeat::Once, 1), seconds(7));
        assert_eq!(judge(asked, Repeat::Once, 9), seconds(7));
        let jittered = Patience::default().judge(asked, Repeat::Once, 1, Duration::ZERO, 1.0);
        assert_eq!(jittered, Verdict::Again(Duration::from_millis(10_500)));
    }

    #[test]
    fn backs_off_up_to_the_longest_wait() {
        let unavailable = trouble(Kind::Unavailable);
        assert_eq!(judge(unavailable, Repeat::Idempotent, 1), seconds(1));
        assert_eq!(judge(unavailable, Repeat::Idempotent, 4), seconds(8));
        assert_eq!(judge(unavailable, Repeat::Idempotent, 29), seconds(60));
        assert_eq!(judge(unavailable, Repeat::Idempotent, 30), Verdict::Report);
        assert_eq!(judge(trouble(Kind::Connect), Repeat::Idempotent, 5), seconds(16));
        assert_eq!(judge(trouble(Kind::Connect), Repeat::Idempotent, 6), Verdict::Report);
        let stranger = |kind| Trouble { stranger: true, ..trouble(kind) };
        assert_eq!(judge(stranger(Kind::Connect), Repeat::Idempotent, 2), seconds(2));
        assert_eq!(judge(stranger(Kind::Connect), Repeat::Idempotent, 3), Verdict::Report);
        assert_eq!(judge(stranger(Kind::Unavailable), Repeat::Idempotent, 3), seconds(4));
    }

    #[test]
    fn a_call_that_makes_something_is_repeated_only_where_it_had_no_effect() {
        for kind in [Kind::Unavailable, Kind::Timeout, Kind::Interrupted, Kind::Internal] {
            assert_eq!(judge(trouble(kind), Repeat::Once, 1), Verdict::Unknown, "{kind:?}");
            assert_eq!(judge(trouble(kind), Repeat::Idempotent, 1), seconds(1), "{kind:?}");
        }
        for kind in [Kind::Throttled, Kind::Connect] {
            assert_eq!(judge(trouble(kind), Repeat::Once, 1), seconds(1), "{kind:?}");
        }
    }

    #[test]
    fn what_will_not_change_is_reported_at_once() {
        for kind in [Kind::Invalid, Kind::Denied, Kind::NotFound, Kind::NotJson] {
            assert_eq!(judge(trouble(kind), Repeat::Idempotent, 1), Verdict::Report, "{kind:?}");
        }
        assert_eq!(judge(trouble(Kind::Internal), Repeat::Idempotent, 3), Verdict::Report);
        let passing = Trouble {
            passing: passes_by_itself("java: Unexpected error!"),
            ..trouble(Kind::Invalid)
        };
        assert_eq!(judge(passing, Repeat::Idempotent, 1), seconds(1));
        assert_eq!(judge(passing, Repeat::Once, 1), Verdict::Unknown);
        let certificate = Trouble { unsent: false, ..trouble(Kind::Connect) };
        assert_eq!(judge(certificate, Repeat::Idempotent, 1), Verdict::Report);
    }

    #[test]
    fn gives_up_when_the_time_is_over() {
        let late = Duration::from_secs(15 * 60);
        let verdict =
            Patience::default().judge(trouble(Kind::Throttled), Repeat::Idempotent, 2, late, 0.0);
        assert_eq!(verdict, Verdict::Report);
    }

    #[test]
    fn retry_after_is_read_in_seconds_only() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(header::RETRY_AFTER, value.parse().unwrap())])
        };
        assert_eq!(retry_after(&headers("12")), Some(Duration::from_secs(12)));
        assert_eq!(retry_after(&headers("Wed, 21 Oct 2026 07:28:00 GMT")), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn random_numbers_differ_and_stay_within_bounds() {
        let numbers: Vec<f64> = (0..50).map(|_| random()).collect();
        assert!(numbers.iter().all(|n| (0.0..1.0).contains(n)));
        assert!(numbers.iter().any(|n| *n != numbers[0]));
    }
}
