//! A simulated workspace in the same process, reached without a network.

use std::sync::Arc;
use std::time::Instant;

use futures::future::BoxFuture;
use secrecy::SecretString;

use super::connection::Target;
use super::error::CliError;
use crate::client::auth::{Credential, authenticate};
use crate::client::{
    Limits, Patience, Request, Response, Session, SessionOptions, Transport, TransportError,
    TransportErrorKind,
};
use crate::engine::whoami;
use crate::sim::Workspace;

/// How many requests run at a time.
const CONCURRENCY: usize = 16;

struct InProcess {
    workspace: Workspace,
    host: String,
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.workspace
                .try_call(request)
                .await
                .map_err(|cut| TransportError::new(TransportErrorKind::Interrupted, cut))
        })
    }

    fn host(&self) -> &str {
        &self.host
    }
}

/// Signs in to a simulated workspace with a token.
pub(super) async fn open(workspace: &Workspace, token: &str) -> Result<Target, CliError> {
    let begun = Instant::now();
    let transport: Arc<dyn Transport> =
        Arc::new(InProcess { workspace: workspace.clone(), host: workspace.host() });
    let credential = Credential::Token(SecretString::from(token.to_owned()));
    let transport = authenticate(transport, &credential, "the simulator")?;
    let options = SessionOptions {
        limits: Limits::None,
        patience: Patience::default(),
        concurrency: CONCURRENCY,
        read_only: false,
    };
    let session = Session::new(transport, options);
    let caller = whoami(&session).await?;
    Ok(Target { session, caller, concurrency: CONCURRENCY, begun })
}
