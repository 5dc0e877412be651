//! The address of a workspace, whatever a person pasted.

use std::fmt;
use std::net::IpAddr;

use http::HeaderValue;
use reqwest::Url;

use super::AuthError;

/// The address of a workspace: scheme, name and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    origin: String,
    org_id: Option<String>,
}

impl Host {
    /// Reads an address as people paste it: with or without scheme, path, or `?o=` of a shared host.
    ///
    /// # Errors
    ///
    /// [`AuthError::Host`] where it is no address of a workspace.
    pub fn parse(text: &str) -> Result<Self, AuthError> {
        let trimmed = text.trim();
        let wrong =
            |reason: &str| AuthError::Host { host: trimmed.to_owned(), reason: reason.to_owned() };
        let whole =
            if trimmed.contains("://") { trimmed.to_owned() } else { format!("https://{trimmed}") };
        let url = Url::parse(&whole).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(wrong("only https:// and http:// are possible"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AuthError::Host {
                host: url.host_str().unwrap_or_default().to_owned(),
                reason: "credentials do not belong into the address, where others see them"
                    .to_owned(),
            });
        }
        let name = url.host_str().unwrap_or_default();
        if name.starts_with("accounts.") {
            return Err(wrong("this is the account console; give the address of a workspace"));
        }
        let org_id = url.query_pairs().find(|(name, _)| name == "o").map(|(_, id)| id.into_owned());
        if org_id
            .as_ref()
            .is_some_and(|id| id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(wrong("the workspace after ?o= is not a number"));
        }
        Ok(Self { origin: url.origin().ascii_serialization(), org_id })
    }

    /// Reads the address of a server that may stand below a path of its host.
    ///
    /// # Errors
    ///
    /// [`AuthError::Host`] where it is no address, or has no scheme.
    pub(super) fn with_path(text: &str) -> Result<Self, AuthError> {
        let trimmed = text.trim();
        let (Some(_), Ok(url)) = (trimmed.split_once("://"), Url::parse(trimmed)) else {
            let reason = "write it with http:// or https://".to_owned();
            return Err(AuthError::Host { host: trimmed.to_owned(), reason });
        };
        let Self { origin, .. } = Self::parse(trimmed)?;
        let origin = format!("{origin}{}", url.path().trim_end_matches('/'));
        Ok(Self { origin, org_id: None })
    }

    /// The address without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// The workspace's number, for hosts that several workspaces share.
    pub(in crate::client) fn org_id(&self) -> Option<HeaderValue> {
        self.org_id.as_ref().and_then(|id| HeaderValue::from_str(id).ok())
    }

    /// Whether requests travel encrypted.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Whether the workspace is on this machine.
    pub fn is_loopback(&self) -> bool {
        match Url::parse(&self.origin).ok().as_ref().and_then(Url::host_str) {
            Some("localhost") => true,
            Some(name) => {
                name.trim_matches(['[', ']']).parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
            }
            None => false,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_paste_it() {
        for (text, origin) in [
            ("acme.cloud.databricks.com", "https://acme.cloud.databricks.com"),
            (" https://ACME.cloud.databricks.com/ ", "https://acme.cloud.databricks.com"),
            (
                "https://acme.cloud.databricks.com/browse?o=12#folder",
                "https://acme.cloud.databricks.com",
            ),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("https://x.com:443", "https://x.com"),
            ("localhost:99", "https://localhost:99"),
        ] {
            assert_eq!(Host::parse(text).unwrap().as_str(), origin, "{text}");
        }
        assert_eq!(Host::parse("x.com/?o=4711").unwrap().org_id().unwrap(), "4711");
        assert_eq!(Host::parse("x.com").unwrap().org_id(), None);
    }

    #[test]
    fn a_wrong_address_is_refused_without_showing_a_password() {
        for text in
            ["", "https://", "ftp://x.com", "x.com/?o=a", "https://accounts.cloud.databricks.com"]
        {
            assert!(Host::parse(text).is_err(), "{text}");
        }
        let error = Host::parse("https://me:hunter2@x.com").unwrap_err().to_string();
        assert!(error.contains("x.com") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn this_machine_is_known() {
        for (text, loopback) in [
            ("http://127.0.0.2:80", true),
            ("http://localhost:1", true),
            ("http://[::1]:1", true),
            ("http://10.0.0.1", false),
            ("https://localhost.example.com", false),
        ] {
            assert_eq!(Host::parse(text).unwrap().is_loopback(), loopback, "{text}");
        }
    }
}
