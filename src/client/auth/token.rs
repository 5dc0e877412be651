//! What signs a request in, as it is sent and as it is hidden.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::super::transport::Response;

/// A bearer token, or a password with its user name, that can stand in a header.
#[derive(Clone)]
pub(super) struct Token {
    secret: SecretString,
    header: HeaderValue,
}

impl Token {
    /// A token, unless it holds characters that no header can.
    pub(super) fn new(secret: SecretString) -> Option<Self> {
        let header = format!("Bearer {}", secret.expose_secret());
        Self::with_header(secret, &header)
    }

    /// A user name and its password, unless the name holds a colon, which would end it.
    pub(super) fn login(username: &str, password: &SecretString) -> Option<Self> {
        let plain = format!("{username}:{}", password.expose_secret());
        let header = format!("Basic {}", STANDARD.encode(plain));
        if username.contains(':') { None } else { Self::with_header(password.clone(), &header) }
    }

    fn with_header(secret: SecretString, header: &str) -> Option<Self> {
        let mut header = HeaderValue::from_str(header).ok()?;
        header.set_sensitive(true);
        Some(Self { secret, header })
    }

    /// The header's value, which does not show itself.
    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// Removes the token from an answer that may end up in a message.
    pub(super) fn hide_in(&self, mut response: Response) -> Response {
        let token = self.secret.expose_secret();
        if !response.status().is_success() && !token.is_empty() {
            let text = String::from_utf8_lossy(response.body());
            if text.contains(token) {
                let hidden = text.replace(token, "***");
                *response.body_mut() = Bytes::from(hidden);
            }
        }
        response
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.secret.expose_secret() == other.secret.expose_secret()
    }
}
