//! A simulated workspace in the same process, reached without a network.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures::future::{BoxFuture, pending};
use secrecy::SecretString;
use tokio::sync::Notify;

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

/// How a simulated workspace is reached.
pub(super) struct Way {
    /// The address it goes by.
    pub host: String,
    /// The limits that the client keeps of its own accord.
    pub limits: Limits,
    /// How long the client goes on with one call.
    pub patience: Patience,
    /// How many requests run at a time.
    pub concurrency: usize,
    /// When the client dies, if it does.
    pub death: Option<Death>,
}

/// The death of a client: from one request on, nothing is ever answered.
pub(super) struct Death {
    /// The request, counted from 1.
    pub at: usize,
    /// Whether that request still takes effect.
    pub effect: bool,
    /// Who is told.
    pub told: Arc<Notify>,
}

impl Way {
    /// The way to a workspace that goes by its own name and keeps no limits.
    pub(super) fn to(workspace: &Workspace) -> Self {
        let (host, limits, patience) = (workspace.host(), Limits::None, Patience::default());
        Self { host, limits, patience, concurrency: CONCURRENCY, death: None }
    }
}

struct InProcess {
    workspace: Workspace,
    host: String,
    death: Option<Death>,
    sent: AtomicUsize,
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        Box::pin(async move {
            if let Some(death) = self.death.as_ref().filter(|death| number >= death.at) {
                if number == death.at && death.effect {
                    // Nobody is left to read the answer.
                    drop(self.workspace.try_call(request).await);
                }
                death.told.notify_one();
                return pending().await;
            }
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
    open_by(Way::to(workspace), workspace, token).await
}

/// Signs in to a simulated workspace on a way of its own.
pub(super) async fn open_by(
    way: Way,
    workspace: &Workspace,
    token: &str,
) -> Result<Target, CliError> {
    let begun = Instant::now();
    let Way { host, limits, patience, concurrency, death } = way;
    let (workspace, sent) = (workspace.clone(), AtomicUsize::new(0));
    let transport: Arc<dyn Transport> = Arc::new(InProcess { workspace, host, death, sent });
    let credential = Credential::Token(SecretString::from(token.to_owned()));
    let transport = authenticate(transport, &credential, "the simulator")?;
    let options = SessionOptions { limits, patience, concurrency, ..SessionOptions::default() };
    let session = Session::new(transport, options);
    let caller = whoami(&session).await?;
    Ok(Target { session, caller, concurrency, begun })
}
