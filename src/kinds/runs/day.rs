//! Days: the runs of an experiment that began on one of them, in UTC, are one resource.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// A day, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Day(Date);

impl Day {
    /// The day of a moment in milliseconds; the first of all where the moment is none.
    pub(super) fn of(millis: i64) -> Self {
        let moment = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
        Self(moment.to_zoned(TimeZone::UTC).date())
    }

    /// The day of a calendar.
    pub(super) fn new(date: Date) -> Self {
        Self(date)
    }

    /// The moments from which, and before which, it is that day, in milliseconds.
    pub(super) fn bounds(self) -> (i64, i64) {
        let start = |date: Date| {
            let zoned = date.to_zoned(TimeZone::UTC);
            zoned.map_or(i64::MAX, |zoned| zoned.timestamp().as_millisecond())
        };
        (start(self.0), self.0.checked_add(1.day()).map_or(i64::MAX, start))
    }

    /// Splits a key into the experiment's name and the day.
    pub(super) fn split(key: &str) -> Option<(&str, Self)> {
        let (experiment, day) = key.rsplit_once('/')?;
        Some((experiment, Self(day.parse().ok()?)))
    }

    /// The day as it is written.
    pub(super) fn words(self) -> String {
        self.0.to_string()
    }

    /// The key of an experiment's runs of this day.
    pub(super) fn key(self, experiment: &str) -> String {
        format!("{experiment}/{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let (from, until) = Day::of(1_747_440_000_000).bounds();
        assert_eq!((from, until), (1_747_440_000_000, 1_747_526_400_000));
        assert_eq!(Day::of(from), Day::of(until - 1));
        assert_ne!(Day::of(from), Day::of(until));
        assert_eq!(Day::of(from).key("/Shared/churn"), "/Shared/churn/2025-05-17");
        assert_eq!(Day::split("/Shared/churn/2025-05-17"), Some(("/Shared/churn", Day::of(from))));
        assert_eq!(Day::split("/Shared/churn"), None);
        assert_eq!(Day::of(i64::MAX), Day::of(0));
        assert_eq!(Day::of(-1).key("x"), "x/1969-12-31");
    }
}
