//! Waiting before a request, so that the workspace does not have to refuse it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::family::{Family, Rate};

/// Which limits a session keeps of its own accord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// Four fifths of what is published for each API.
    #[default]
    Published,
    /// None but the number of calls at a time, for workspaces in the same process.
    None,
}

const SLOWEST: f64 = 0.1;
const RECOVERY: f64 = 0.01;

/// The limits of one session.
pub(super) struct Limiter {
    limits: Limits,
    all: Arc<Semaphore>,
    families: Mutex<HashMap<String, Arc<Gate>>>,
}

/// Leave to send one request; given back when dropped.
pub(super) struct Leave {
    gate: Arc<Gate>,
    _family: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

/// The limits of one family.
struct Gate {
    limits: Limits,
    running: Arc<Semaphore>,
    pace: Mutex<Pace>,
}

struct Pace {
    buckets: Vec<Bucket>,
    /// The part of the pace that the workspace bears, `SLOWEST..=1`.
    factor: f64,
    not_before: Instant,
}

/// A token bucket, kept as the time at which it will be full again.
struct Bucket {
    interval: Duration,
    burst: Duration,
    full_at: Instant,
}

impl Limiter {
    pub(super) fn new(limits: Limits, concurrency: usize) -> Self {
        Self {
            limits,
            all: Arc::new(Semaphore::new(concurrency.max(1))),
            families: Mutex::default(),
        }
    }

    /// Waits until one call of the family may be sent.
    pub(super) async fn leave(&self, name: &str, family: &Family) -> Leave {
        let gate = self.gate(name, family);
        let permit = acquire(&gate.running).await;
        if self.limits == Limits::Published {
            let start = locked(&gate.pace).reserve(Instant::now());
            sleep_until(start).await;
        }
        Leave { _all: acquire(&self.all).await, _family: permit, gate }
    }

    fn gate(&self, name: &str, family: &Family) -> Arc<Gate> {
        let mut families = locked(&self.families);
        if let Some(gate) = families.get(name) {
            return gate.clone();
        }
        let gate = Arc::new(Gate {
            limits: self.limits,
            running: Arc::new(Semaphore::new(family.concurrency)),
            pace: Mutex::new(Pace::new(family.rates)),
        });
        families.insert(name.to_owned(), gate.clone());
        gate
    }
}

impl Leave {
    /// Slows the family down after a refusal, and lets none of it go before the wait is over.
    pub(super) fn refused(&self, wait: Duration) {
        if self.gate.limits == Limits::Published {
            let mut pace = locked(&self.gate.pace);
            pace.factor = (pace.factor / 2.0).max(SLOWEST);
            pace.not_before = pace.not_before.max(Instant::now() + wait);
        }
    }

    /// Lets the family grow faster again, little by little.
    pub(super) fn accepted(&self) {
        let mut pace = locked(&self.gate.pace);
        pace.factor = (pace.factor + RECOVERY).min(1.0);
    }
}

impl Pace {
    fn new(rates: &[Rate]) -> Self {
        let now = Instant::now();
        let bucket = |rate: &Rate| {
            let interval = rate.per.div_f64(f64::from(rate.count) * rate.pace);
            let spare = (f64::from(rate.count) * rate.burst - 1.0).max(0.0);
            Bucket { interval, burst: interval.mul_f64(spare), full_at: now }
        };
        Self { buckets: rates.iter().map(bucket).collect(), factor: 1.0, not_before: now }
    }

    /// Takes one token from every bucket, and says when they are there.
    fn reserve(&mut self, now: Instant) -> Instant {
        let now = self.not_before.max(now);
        let mut start = now;
        for bucket in &mut self.buckets {
            let full_at = bucket.full_at.max(now);
            start = start.max(full_at.checked_sub(bucket.burst).unwrap_or(now));
            bucket.full_at = full_at + bucket.interval.div_f64(self.factor);
        }
        start
    }
}

/// A place among those that run; none is ever missing, because no semaphore is closed.
async fn acquire(semaphore: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    semaphore.clone().acquire_owned().await.ok()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::family::family_of;
    use super::*;

    /// The seconds after which each of `calls` calls may go, one after the other.
    async fn starts(limiter: &Limiter, method: &str, path: &str, calls: usize) -> Vec<f64> {
        let (name, family) = family_of(method, path);
        let begin = Instant::now();
        let mut starts = Vec::new();
        for _ in 0..calls {
            limiter.leave(&name, family).await;
            starts.push(begin.elapsed().as_secs_f64());
        }
        starts
    }

    fn busiest(starts: &[f64], window: f64) -> usize {
        starts
            .iter()
            .map(|from| starts.iter().filter(|at| (*from..from + window).contains(*at)).count())
            .max()
            .unwrap_or(0)
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_holds_more_than_is_published() {
        let limiter = Limiter::new(Limits::Published, 16);
        let jobs = starts(&limiter, "POST", "/api/2.2/jobs/create", 200).await;
        assert!(busiest(&jobs, 1.0) <= 20, "{}", busiest(&jobs, 1.0));
        assert!((11.0..14.0).contains(jobs.last().unwrap()), "{jobs:?}");
        let users = starts(&limiter, "GET", "/api/2.0/preview/scim/v2/Users", 600).await;
        assert!(busiest(&users, 60.0) <= 255, "{}", busiest(&users, 60.0));
    }

    #[tokio::test(start_paused = true)]
    async fn the_hourly_limit_holds_too() {
        let limiter = Limiter::new(Limits::Published, 16);
        let jobs = starts(&limiter, "POST", "/api/2.2/jobs/create", 9_000).await;
        assert!(jobs[7_999] < 520.0, "{}", jobs[7_999]);
        let within_an_hour = jobs.iter().filter(|at| **at < 3600.0).count();
        assert!((8_000..=10_000).contains(&within_an_hour), "{within_an_hour}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_slows_the_family_down_until_it_recovers() {
        let limiter = Limiter::new(Limits::Published, 16);
        let (name, family) = family_of("GET", "/api/2.0/dbfs/list");
        let leave = limiter.leave(&name, family).await;
        leave.refused(Duration::from_secs(5));
        drop(leave);
        let slow = starts(&limiter, "GET", "/api/2.0/dbfs/list", 40).await;
        assert!(slow[0] >= 5.0);
        let pace = (slow[39] - slow[20]) / 19.0;
        assert!((pace - 1.0 / 12.0).abs() < 0.01, "half of 24 a second, not {pace}");

        let leave = limiter.leave(&name, family).await;
        (0..60).for_each(|_| leave.accepted());
        drop(leave);
        let fast = starts(&limiter, "GET", "/api/2.0/dbfs/list", 40).await;
        let pace = (fast[39] - fast[20]) / 19.0;
        assert!((pace - 1.0 / 24.0).abs() < 0.005, "24 a second, not {pace}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_limits_nothing_waits_but_for_a_place() {
        let limiter = Arc::new(Limiter::new(Limits::None, 2));
        assert_eq!(starts(&limiter, "GET", "/api/2.0/dbfs/list", 500).await.last(), Some(&0.0));

        let (name, family) = family_of("GET", "/api/2.1/clusters/list");
        let first = limiter.leave(&name, family).await;
        let _second = limiter.leave(&name, family).await;
        let third = tokio::spawn({
            let limiter = limiter.clone();
            async move { drop(limiter.leave("clusters", family).await) }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!third.is_finished());
        drop(first);
        third.await.unwrap();
    }
}
