//! Requests that carry a credential.

use std::sync::Arc;

use futures::future::BoxFuture;
use http::{StatusCode, header};

use super::super::bulk::Bulk;
use super::super::classify::refuses_token;
use super::super::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use super::oauth::TokenSource;
use super::token::Token;
use super::{AuthError, Credential};

/// Adds a credential, if there is one, to every request of a transport.
///
/// Tokens are renewed before they end, and once more when the workspace refuses one. Answers that refuse are
/// freed of the token before anybody sees them.
///
/// # Errors
///
/// [`TransportErrorKind::Credential`] where the token cannot stand in a header.
pub fn authenticate(
    transport: Arc<dyn Transport>,
    credential: &Credential,
    origin: &str,
) -> Result<Arc<dyn Transport>, TransportError> {
    let fixed = |token: Option<Token>| {
        let malformed = || AuthError::Malformed { origin: origin.to_owned() };
        let error = || TransportError::new(TransportErrorKind::Credential, malformed());
        token.map(Tokens::Fixed).ok_or_else(error)
    };
    let tokens = match credential {
        Credential::None => return Ok(transport),
        Credential::Token(secret) => fixed(Token::new(secret.clone()))?,
        Credential::Login { username, password } => fixed(Token::login(username, password))?,
        Credential::ServicePrincipal { client_id, client_secret } => Tokens::Renewed(
            TokenSource::new(client_id.clone(), client_secret.clone(), origin.to_owned()),
        ),
    };
    Ok(Arc::new(Authenticated { transport, tokens }))
}

struct Authenticated {
    transport: Arc<dyn Transport>,
    tokens: Tokens,
}

enum Tokens {
    Fixed(Token),
    Renewed(TokenSource),
}

impl Authenticated {
    async fn signed_in(
        &self,
        request: Request,
        mut bulk: Bulk<'_>,
    ) -> Result<Response, TransportError> {
        let transport = self.transport.as_ref();
        if request.uri().authority().is_some() {
            // Whoever is asked there is another server, and must not learn the token.
            return transport.exchange(request, bulk.again()).await;
        }
        let token = match &self.tokens {
            Tokens::Fixed(token) => token.clone(),
            Tokens::Renewed(source) => source.token(transport).await?,
        };
        let first = self.carry(request.clone(), &token, bulk.again()).await?;
        match &self.tokens {
            Tokens::Renewed(source) if is_token_refused(&first) => {
                let fresh = source.token_after(transport, &token).await?;
                self.carry(request, &fresh, bulk.again()).await
            }
            _ => Ok(first),
        }
    }

    async fn carry<'a>(
        &'a self,
        mut request: Request,
        token: &Token,
        bulk: Bulk<'a>,
    ) -> Result<Response, TransportError> {
        request.headers_mut().insert(header::AUTHORIZATION, token.header());
        Ok(token.hide_in(self.transport.exchange(request, bulk).await?))
    }
}

impl Transport for Authenticated {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.signed_in(request, Bulk::None))
    }

    fn exchange<'a>(
        &'a self,
        request: Request,
        bulk: Bulk<'a>,
    ) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(self.signed_in(request, bulk))
    }

    fn host(&self) -> &str {
        self.transport.host()
    }
}

fn is_token_refused(response: &Response) -> bool {
    response.status() == StatusCode::UNAUTHORIZED
        || (response.status() == StatusCode::FORBIDDEN
            && refuses_token(&String::from_utf8_lossy(response.body())))
}

#[cfg(test)]
mod tests;
