//! What a workspace was asked, for tests to count.

use std::collections::BTreeMap;

use http::Method;

/// One request which arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The method.
    pub method: Method,
    /// The path with its query, as it was sent.
    pub target: String,
    /// The path with placeholders in it, in its newest API version; the path itself when nobody serves it.
    pub template: String,
    /// The status of the answer; `None` when the connection was cut.
    pub status: Option<u16>,
}

impl Seen {
    /// Whether the request asks for a change.
    pub fn is_write(&self) -> bool {
        is_write(&self.method, &self.template)
    }
}

/// Whether a request asks for a change: all but `GET`, and but those posts which only read.
pub(super) fn is_write(method: &Method, template: &str) -> bool {
    let reads =
        ["/search", "/events", "/credentials-for-read", "/credentials-for-write", "/oidc/v1/token"];
    !(method == Method::GET
        || method == Method::HEAD
        || reads.iter().any(|read| template.ends_with(read)))
}

/// How many requests there were of each method and template.
pub(super) fn per_family(seen: &[Seen]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for seen in seen {
        *counts.entry(format!("{} {}", seen.method, seen.template)).or_default() += 1;
    }
    counts
}
