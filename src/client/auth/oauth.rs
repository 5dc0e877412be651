//! A service principal's short-lived tokens (OAuth, client credentials).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::answer::refusal;
use super::super::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use super::token::Token;

const DISCOVERY: &str = "/oidc/.well-known/oauth-authorization-server";
const USUAL_ENDPOINT: &str = "/oidc/v1/token";

/// Fetches tokens when needed; callers that come at the same time wait for one fetch.
pub(super) struct TokenSource {
    client_id: String,
    client_secret: SecretString,
    origin: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    endpoint: Option<String>,
    current: Option<Lease>,
}

struct Lease {
    token: Token,
    renew_at: Instant,
    ends_at: Instant,
}

impl TokenSource {
    pub(super) fn new(client_id: String, client_secret: SecretString, origin: String) -> Self {
        Self { client_id, client_secret, origin, state: Mutex::default() }
    }

    /// A token that will hold for a while.
    pub(super) async fn token(&self, transport: &dyn Transport) -> Result<Token, TransportError> {
        let mut state = self.state.lock().await;
        let still_good = match &state.current {
            Some(lease) if Instant::now() < lease.renew_at => return Ok(lease.token.clone()),
            Some(lease) if Instant::now() < lease.ends_at => Some(lease.token.clone()),
            _ => None,
        };
        match (self.renew(&mut state, transport).await, still_good) {
            (Err(_), Some(token)) => Ok(token),
            (outcome, _) => outcome,
        }
    }

    /// Another token than the one that was refused.
    pub(super) async fn token_after(
        &self,
        transport: &dyn Transport,
        refused: &Token,
    ) -> Result<Token, TransportError> {
        let mut state = self.state.lock().await;
        match &state.current {
            Some(lease) if lease.token != *refused => Ok(lease.token.clone()),
            _ => self.renew(&mut state, transport).await,
        }
    }

    async fn renew(
        &self,
        state: &mut State,
        transport: &dyn Transport,
    ) -> Result<Token, TransportError> {
        let endpoint = match &state.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => state.endpoint.insert(self.discover(transport).await?).clone(),
        };
        let basic =
            STANDARD.encode(format!("{}:{}", self.client_id, self.client_secret.expose_secret()));
        let mut request =
            Request::new(Bytes::from_static(b"grant_type=client_credentials&scope=all-apis"));
        *request.method_mut() = Method::POST;
        *request.uri_mut() =
            endpoint.parse().map_err(|_| self.refused("the token endpoint is no address"))?;
        let headers = request.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let mut value: http::HeaderValue = format!("Basic {basic}")
            .parse()
            .map_err(|_| self.refused("the client id or secret is malformed"))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
        let asked_at = Instant::now();
        let response = transport.send(request).await.map_err(|error| self.unreached(error))?;
        let lease = self.lease(&response, asked_at)?;
        Ok(state.current.insert(lease).token.clone())
    }

    fn lease(&self, response: &Response, asked_at: Instant) -> Result<Lease, TransportError> {
        if response.status() != StatusCode::OK {
            let secret = self.client_secret.expose_secret();
            let body = String::from_utf8_lossy(response.body()).replace(secret, "***");
            let said =
                format!("{}: {}", response.status().as_u16(), refusal(body.as_bytes()).message);
            return Err(if is_passing(response.status()) {
                self.later(&said)
            } else {
                self.refused(&said)
            });
        }
        let answer: Value = serde_json::from_slice(response.body())
            .map_err(|_| self.refused("the answer is not JSON"))?;
        let token = answer
            .get("access_token")
            .and_then(Value::as_str)
            .map(|text| SecretString::from(text.to_owned()));
        let token = token
            .and_then(Token::new)
            .ok_or_else(|| self.refused("the answer holds no usable token"))?;
        let seconds = answer.get("expires_in").and_then(Value::as_u64).unwrap_or(300);
        let margin = (seconds / 10).clamp(1, 300);
        let renew_at = asked_at + Duration::from_secs(seconds.saturating_sub(margin));
        Ok(Lease { token, renew_at, ends_at: asked_at + Duration::from_secs(seconds) })
    }

    /// Asks the workspace where tokens are; without an answer they are where they usually are.
    async fn discover(&self, transport: &dyn Transport) -> Result<String, TransportError> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = http::Uri::from_static(DISCOVERY);
        let response = transport.send(request).await.map_err(|error| self.unreached(error))?;
        if is_passing(response.status()) {
            return Err(self.later(&format!("{} at {DISCOVERY}", response.status().as_u16())));
        }
        let document: Option<Value> = serde_json::from_slice(response.body())
            .ok()
            .filter(|_| response.status() == StatusCode::OK);
        let Some(endpoint) =
            document.as_ref().and_then(|d| d.get("token_endpoint")).and_then(Value::as_str)
        else {
            return Ok(USUAL_ENDPOINT.to_owned());
        };
        match endpoint.strip_prefix(transport.host()) {
            Some(path) if path.starts_with('/') => Ok(path.to_owned()),
            _ if endpoint.starts_with("https://") || endpoint.starts_with('/') => {
                Ok(endpoint.to_owned())
            }
            _ => Err(self.refused(&format!("the token endpoint {endpoint} is not encrypted"))),
        }
    }

    fn refused(&self, reason: &str) -> TransportError {
        let message =
            format!("cannot sign in with the client id and secret of {}: {reason}", self.origin);
        TransportError::new(TransportErrorKind::Credential, message)
    }

    /// The call itself was not sent, so that it may be tried again whatever became of the token.
    fn later(&self, reason: &str) -> TransportError {
        let message = format!(
            "no token to be had with the client id and secret of {}: {reason}",
            self.origin
        );
        TransportError::new(TransportErrorKind::Connect, message)
    }

    fn unreached(&self, error: TransportError) -> TransportError {
        match error.kind() {
            TransportErrorKind::Certificate | TransportErrorKind::Credential => error,
            _ => self.later(&error.to_string()),
        }
    }
}

fn is_passing(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}
