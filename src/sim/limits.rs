//! The published rate limits, as one bucket per API family.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// One family: which requests belong to it, and how many of them a second or minute may have.
struct Family {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    calls: u32,
    seconds: u32,
}

const fn family(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    calls: u32,
    seconds: u32,
) -> Family {
    Family { name, method, path, calls, seconds }
}

/// The first line which fits a request decides; an empty method fits all.
const PUBLISHED: [Family; 19] = [
    family("jobs create", "POST", "/api/2.2/jobs/create", 20, 1),
    family("jobs run-now", "POST", "/api/2.2/jobs/run-now", 20, 1),
    family("jobs runs submit", "POST", "/api/2.2/jobs/runs/submit", 35, 1),
    family("jobs runs get", "GET", "/api/2.2/jobs/runs/get", 100, 1),
    family("permissions get", "GET", "/api/2.0/permissions/", 100, 1),
    family("permissions write", "", "/api/2.0/permissions/", 30, 1),
    family("workspace export", "GET", "/api/2.0/workspace/export", 60, 1),
    family("workspace import", "POST", "/api/2.0/workspace/import", 30, 1),
    family("dbfs", "", "/api/2.0/dbfs/", 30, 1),
    family("scim read", "GET", "/api/2.0/preview/scim/v2/", 255, 60),
    family("secrets", "", "/api/2.0/secrets/", 1100, 60),
    family("tokens", "", "/api/2.0/token-management/", 40, 1),
    family("tokens", "", "/api/2.0/token/", 40, 1),
    family("mlflow search", "", "/api/2.0/mlflow/experiments/search", 7, 1),
    family("mlflow search", "", "/api/2.0/mlflow/runs/search", 7, 1),
    family("mlflow search", "", "/api/2.0/mlflow/registered-models/search", 7, 1),
    family("mlflow search", "", "/api/2.0/mlflow/model-versions/search", 7, 1),
    family("mlflow search", "", "/api/2.0/mlflow/logged-models/search", 7, 1),
    family("mlflow", "", "/api/2.0/mlflow/", 120, 1),
];

/// What is left in each bucket.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    left: BTreeMap<&'static str, (f64, Option<Instant>)>,
}

impl Buckets {
    /// Takes one request out of its family's bucket; `path` is in its newest API version.
    ///
    /// # Errors
    /// The seconds after which there is room again.
    pub(super) fn take(&mut self, method: &str, path: &str, now: Instant) -> Result<(), u64> {
        let fits = |family: &&Family| {
            (family.method.is_empty() || family.method == method) && path.starts_with(family.path)
        };
        let Some(family) = PUBLISHED.iter().find(fits) else { return Ok(()) };
        let full = f64::from(family.calls);
        let rate = full / f64::from(family.seconds);
        let (left, since) = self.left.entry(family.name).or_insert((full, None));
        if let Some(since) = since.replace(now) {
            *left = (*left + now.duration_since(since).as_secs_f64() * rate).min(full);
        }
        if *left >= 1.0 {
            *left -= 1.0;
            return Ok(());
        }
        let wait = ((1.0 - *left) / rate).ceil().max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and 60"
        )]
        Err(wait as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills() {
        let mut buckets = Buckets::default();
        let now = Instant::now();
        let create = |buckets: &mut Buckets, now| buckets.take("POST", "/api/2.2/jobs/create", now);
        for _ in 0..20 {
            assert_eq!(create(&mut buckets, now), Ok(()));
        }
        assert_eq!(create(&mut buckets, now), Err(1));
        assert_eq!(buckets.take("GET", "/api/2.2/jobs/list", now), Ok(()));
        assert_eq!(create(&mut buckets, now + Duration::from_millis(60)), Ok(()));
        assert_eq!(create(&mut buckets, now + Duration::from_millis(60)), Err(1));
    }

    #[test]
    fn reads_of_scim_are_counted_by_the_minute() {
        let mut buckets = Buckets::default();
        let now = Instant::now();
        let read =
            |buckets: &mut Buckets, now| buckets.take("GET", "/api/2.0/preview/scim/v2/Users", now);
        assert!((0..255).all(|_| read(&mut buckets, now).is_ok()));
        assert_eq!(read(&mut buckets, now), Err(1));
        assert!(read(&mut buckets, now + Duration::from_secs(1)).is_ok());
    }
}
