//! Addresses that let in whoever knows them, as a cloud's storage signs them.

use http::Uri;

/// A signed address. It has no `Debug`, because it is a credential for as long as it is valid.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Reads an address; `None` where it is no absolute one that is asked over HTTP.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let is_http = matches!(uri.scheme_str(), Some("https" | "http"));
        (is_http && uri.host().is_some()).then(|| Self(text.to_owned()))
    }

    /// The same with parameters added to its query; they have to be encoded already.
    #[must_use]
    pub fn with(&self, query: &str) -> Self {
        let sign = if self.0.contains('?') { '&' } else { '?' };
        Self(format!("{}{sign}{query}", self.0))
    }

    /// What messages and records may show of it: whom it asks.
    pub(super) fn shown(&self) -> String {
        let rest = self.0.split_once("://");
        let (scheme, rest) = rest.unwrap_or(("", &self.0));
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        format!("{scheme}://{host}/…")
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whom_it_asks_is_shown() {
        for (text, shown) in [
            (
                "https://acme.s3.amazonaws.com/a/b?X-Amz-Signature=5ec",
                "https://acme.s3.amazonaws.com/…",
            ),
            ("http://127.0.0.1:8080?sig=5ec", "http://127.0.0.1:8080/…"),
            ("https://me:5ec@acme.example/x", "https://acme.example/…"),
        ] {
            assert_eq!(Address::parse(text).unwrap().shown(), shown);
        }
    }

    #[test]
    fn what_is_no_address_of_a_server_is_none() {
        for text in
            ["", "/api/2.0/x", "file:///etc/passwd", "s3://acme/x", "acme.example", "https://a b/"]
        {
            assert!(Address::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn parameters_join_the_signed_ones() {
        let with = |text: &str| Address::parse(text).unwrap().with("comp=block").0;
        assert_eq!(with("https://a.example/x?sig=1"), "https://a.example/x?sig=1&comp=block");
        assert_eq!(with("https://a.example/x"), "https://a.example/x?comp=block");
    }
}
