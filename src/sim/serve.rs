//! A workspace over HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::serve::IncomingStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::error::{Cut, Error};
use super::respond;
use super::severable::{Listener, Severable};
use super::workspace::Workspace;

/// How long changes may be unsaved.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// A workspace which is being served, until it is shut down.
#[derive(Debug)]
pub struct Serving {
    url: String,
    parts: Vec<Part>,
}

/// A task, and what stops it.
type Part = (oneshot::Sender<()>, JoinHandle<Result<(), Error>>);

impl Serving {
    /// Where clients reach it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops taking connections, lets running requests end, and saves what is unsaved.
    ///
    /// # Errors
    /// [`Error::Data`] when the workspace could not be saved.
    pub async fn shutdown(self) -> Result<(), Error> {
        for (stop, task) in self.parts {
            // A task which ended by itself has nobody listening.
            let _ = stop.send(());
            task.await.unwrap_or(Ok(()))?;
        }
        Ok(())
    }
}

impl Workspace {
    /// Serves on an address; port 0 takes a free one. With `data`, changes are saved to that folder.
    ///
    /// # Errors
    /// [`Error::Listen`] when the address cannot be had.
    pub async fn serve(self, address: SocketAddr, data: Option<PathBuf>) -> Result<Serving, Error> {
        let listen = move |source| Error::Listen { address, source };
        let tcp = tokio::net::TcpListener::bind(address).await.map_err(listen)?;
        let url = format!("http://{}", tcp.local_addr().map_err(listen)?);
        let (stop, stopped) = oneshot::channel::<()>();
        let keeper = data.map(|dir| {
            let (stop, stopped) = oneshot::channel();
            (stop, tokio::spawn(keep(self.clone(), dir, stopped)))
        });
        let app = Router::new()
            .fallback(answer)
            .with_state(self)
            .into_make_service_with_connect_info::<Connection>();
        let server = axum::serve(Listener(tcp), app).with_graceful_shutdown(async {
            // Also when the sender is dropped.
            let _ = stopped.await;
        });
        let server = tokio::spawn(async move { server.await.map_err(listen) });
        Ok(Serving { url, parts: std::iter::once((stop, server)).chain(keeper).collect() })
    }
}

/// The connection which a request came over.
#[derive(Debug, Clone)]
struct Connection {
    cut: Arc<AtomicBool>,
}

impl Connected<IncomingStream<'_, Listener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        let io: &Severable = stream.io();
        Self { cut: io.switch() }
    }
}

async fn answer(
    State(workspace): State<Workspace>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return respond::page(400, "Bad Request").map(Body::from);
    };
    match workspace.try_call(http::Request::from_parts(head, body)).await {
        Ok(response) => response.map(Body::from),
        Err(Cut) => {
            connection.cut.store(true, Ordering::Release);
            Response::new(Body::empty())
        }
    }
}

/// Saves what changed every now and then, and once more at the end.
async fn keep(
    workspace: Workspace,
    dir: PathBuf,
    mut stop: oneshot::Receiver<()>,
) -> Result<(), Error> {
    loop {
        let over = tokio::time::timeout(SAVE_EVERY, &mut stop).await.is_ok();
        let (workspace, dir) = (workspace.clone(), dir.clone());
        let saved =
            tokio::task::spawn_blocking(move || workspace.save(&dir)).await.unwrap_or(Ok(()));
        if over {
            return saved;
        }
        if let Err(error) = saved {
            tracing::warn!("{error}: the workspace is kept in memory");
        }
    }
}
