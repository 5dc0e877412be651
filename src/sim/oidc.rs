//! OAuth for machines: where tokens are asked for, and which ones are good.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;
use tokio::time::Instant;

use super::http::{Answer, Refusal, Shape};
use super::ids::Ids;
use super::options::Client;
use super::template::pairs;

/// Where clients learn what kind of host they talk to.
pub(super) const HOST: &str = "/.well-known/databricks-config";
/// Where clients learn the addresses of the authorization server.
pub(super) const METADATA: &str = "/oidc/.well-known/oauth-authorization-server";
/// Where clients ask for tokens.
pub(super) const TOKEN: &str = "/oidc/v1/token";

/// The tokens which were given out: whom they speak for, and until when.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    given: BTreeMap<String, (String, Instant)>,
}

/// What a token is worth.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Worth<'a> {
    /// It speaks for this application id.
    Good(&'a str),
    /// It was given out, too long ago.
    Expired,
    /// It was never given out.
    Unknown,
}

impl Tokens {
    /// What a token is worth now.
    pub(super) fn worth(&self, token: &str, now: Instant) -> Worth<'_> {
        match self.given.get(token) {
            Some((client, until)) if now < *until => Worth::Good(client),
            Some(_) => Worth::Expired,
            None => Worth::Unknown,
        }
    }

    /// Gives a token to a client which knows its secret.
    ///
    /// # Errors
    /// 400 for another grant type or scope, 401 for a wrong identifier or secret.
    pub(super) fn give(
        &mut self,
        client: Option<&Client>,
        headers: &HeaderMap,
        body: &Bytes,
        ids: &mut Ids,
        now: Instant,
    ) -> Result<Answer, Refusal> {
        let form = pairs(&String::from_utf8_lossy(body));
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if field("grant_type") != "client_credentials" {
            return Err(Refusal::new(
                400,
                "unsupported_grant_type",
                "only client_credentials is supported",
            ));
        }
        if field("scope") != "all-apis" {
            return Err(refused(400, "invalid_scope", "the scope must be all-apis"));
        }
        let (id, secret) = basic(headers)
            .unwrap_or_else(|| (field("client_id").to_owned(), field("client_secret").to_owned()));
        let client = client
            .filter(|client| client.id == id && client.secret == secret)
            .ok_or_else(|| refused(401, "invalid_client", "Client authentication failed"))?;
        let token = format!("eyJ{}.{}", ids.uuid().replace('-', ""), ids.hex16());
        self.given.insert(token.clone(), (id, now + client.lifetime));
        Ok(Answer::Json(json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": client.lifetime.as_secs(),
            "scope": "all-apis",
        })))
    }
}

/// What a host is, and where its authorization server is.
pub(super) fn host(host: &str, workspace_id: u64) -> Answer {
    Answer::Json(json!({
        "oidc_endpoint": format!("{host}/oidc"),
        "workspace_id": workspace_id.to_string(),
        "cloud": "AWS",
    }))
}

/// The addresses of the authorization server of a host.
pub(super) fn metadata(host: &str) -> Answer {
    Answer::Json(json!({
        "issuer": format!("{host}/oidc"),
        "authorization_endpoint": format!("{host}/oidc/v1/authorize"),
        "token_endpoint": format!("{host}{TOKEN}"),
    }))
}

fn refused(status: u16, code: &'static str, message: &str) -> Refusal {
    Refusal::new(status, code, message).shaped(Shape::OAuth)
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = String::from_utf8(STANDARD.decode(header.strip_prefix("Basic ")?).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}
