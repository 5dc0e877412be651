//! How the newer SQL APIs spell moments.

/// A moment, given in milliseconds since 1970, as `2026-01-01T00:00:00Z`.
pub(super) fn instant(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default().to_string()
}
