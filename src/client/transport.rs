//! The seam between a session and whatever answers it.

use std::error::Error as StdError;
use std::future::Future;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::bulk::Bulk;

/// A request to a workspace; its URI is path and query only, because the transport knows the host.
///
/// An absolute URI is taken as it is: a workspace may name a token endpoint on another host.
pub type Request = http::Request<Bytes>;

/// A whole answer of a workspace.
pub type Response = http::Response<Bytes>;

/// Something that carries one request to a workspace and brings back the answer.
///
/// Every status is an answer; only a request that got none is an error.
pub trait Transport: Send + Sync {
    /// Sends one request, once.
    ///
    /// # Errors
    ///
    /// [`TransportError`] says whether the request can have reached the workspace.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;

    /// Sends one request, once, of which something may go piece by piece.
    ///
    /// A transport that can only carry requests and answers whole gathers the pieces.
    ///
    /// # Errors
    ///
    /// As [`Transport::send`].
    fn exchange<'a>(
        &'a self,
        mut request: Request,
        bulk: Bulk<'a>,
    ) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            bulk.fill(&mut request)?;
            bulk.empty(self.send(request).await?)
        })
    }

    /// The address of the workspace, for messages and reports.
    fn host(&self) -> &str;
}

/// How far a request got that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// No connection came about: the request did not reach the workspace, a later one may.
    Connect,
    /// The other side's certificate was not accepted: no request will reach the workspace.
    Certificate,
    /// No valid credential could be had: the request was not sent.
    Credential,
    /// No answer came in time: the effect is unknown.
    Timeout,
    /// The connection broke: the effect is unknown.
    Interrupted,
    /// An answer came that could not be unpacked: the effect is unknown.
    Decode,
    /// A file of this machine could not be read or written on the way: the effect is unknown.
    Local,
}

impl TransportErrorKind {
    /// Whether the request surely had no effect.
    pub fn is_unsent(self) -> bool {
        matches!(self, Self::Connect | Self::Certificate | Self::Credential)
    }
}

/// A request that got no answer.
#[derive(Debug, thiserror::Error)]
#[error("{}", chain(source.as_ref()))]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// Says how far the request got, and why no further.
    pub fn new(
        kind: TransportErrorKind,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { kind, source: source.into() }
    }

    /// How far the request got.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

/// The error and its causes on one line, each said once.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

/// A transport that asks a function: an in-process workspace, or a script in a test.
pub fn from_fn<F, A>(answer: F) -> impl Transport
where
    F: Fn(Request) -> A + Send + Sync,
    A: Future<Output = Result<Response, TransportError>> + Send + 'static,
{
    FromFn(answer)
}

struct FromFn<F>(F);

impl<F, A> Transport for FromFn<F>
where
    F: Fn(Request) -> A + Send + Sync,
    A: Future<Output = Result<Response, TransportError>> + Send + 'static,
{
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin((self.0)(request))
    }

    fn host(&self) -> &str {
        "in-process"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_each_cause_once() {
        let io = std::io::Error::other("connection refused");
        let error = TransportError::new(TransportErrorKind::Connect, io);
        assert_eq!(error.to_string(), "connection refused");
        assert!(error.kind().is_unsent());
        assert!(!TransportErrorKind::Timeout.is_unsent());
    }

    #[tokio::test]
    async fn a_function_answers_requests() {
        let echo =
            from_fn(|request: Request| async move { Ok(Response::new(request.into_body())) });
        let answer = echo.send(Request::new(Bytes::from_static(b"hello"))).await.unwrap();
        assert_eq!(answer.body(), "hello");
        assert_eq!(echo.host(), "in-process");
    }
}
