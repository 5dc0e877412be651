//! A workspace one can call: limits, retries, and errors that say what happened.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tracing::debug;

use super::answer::{is_page, is_page_by_type};
use super::bulk::{Bulk, Download};
use super::call::{Body, Call, Repeat};
use super::error::{Error, Failure, Kind};
use super::failure::{page_instead, refused, unanswered};
use super::family::{elsewhere, family_of};
use super::limit::{Limiter, Limits};
use super::retry::{Patience, Verdict, random};
use super::transport::{Request, Response, Transport};
use super::version::Versions;
use crate::model::Server;

/// How a session behaves.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The limits it keeps of its own accord.
    pub limits: Limits,
    /// How long it goes on with one call.
    pub patience: Patience,
    /// How many calls run at a time.
    pub concurrency: usize,
    /// Whether it refuses to send anything but reads.
    pub read_only: bool,
    /// What kind of server it is.
    pub server: Server,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            limits: Limits::Published,
            patience: Patience::default(),
            concurrency: 16,
            read_only: false,
            server: Server::Workspace,
        }
    }
}

/// A workspace one can call; clones share limits, counts and what was learnt about the workspace.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    read_only: bool,
}

struct Shared {
    transport: Arc<dyn Transport>,
    patience: Patience,
    limiter: Limiter,
    versions: Versions,
    counts: Mutex<BTreeMap<String, u64>>,
    answered: AtomicBool,
    /// Whether another server than the workspace has answered.
    answered_elsewhere: AtomicBool,
    server: Server,
}

impl Session {
    /// Opens a session; nothing is sent.
    pub fn new(transport: Arc<dyn Transport>, options: SessionOptions) -> Self {
        let limiter = Limiter::new(options.limits, options.concurrency);
        let (versions, counts) = (Versions::default(), Mutex::default());
        let shared = Shared {
            transport,
            patience: options.patience,
            limiter,
            versions,
            counts,
            answered: AtomicBool::new(false),
            answered_elsewhere: AtomicBool::new(false),
            server: options.server,
        };
        Self { shared: Arc::new(shared), read_only: options.read_only }
    }

    /// The same session, unable to write.
    #[must_use]
    pub fn read_only(&self) -> Self {
        Self { read_only: true, ..self.clone() }
    }

    /// The address of the workspace.
    pub fn host(&self) -> &str {
        self.shared.transport.host()
    }

    /// What kind of server it is.
    pub fn server(&self) -> Server {
        self.shared.server
    }

    /// Whether any other server than the workspace has answered so far.
    pub fn reaches_others(&self) -> bool {
        self.shared.answered_elsewhere.load(Ordering::Relaxed)
    }

    /// Remembers that the workspace does not serve this path, so that nobody has to ask again.
    pub fn misses(&self, path: &'static str) {
        self.shared.versions.miss(path);
    }

    /// Whether it is remembered that the workspace does not serve this path.
    pub fn lacks(&self, path: &str) -> bool {
        self.shared.versions.lacks(path)
    }

    /// How many requests were sent: per family of calls, in `total`, and as `retries`.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.locked_counts().clone()
    }

    /// Reads a JSON document.
    ///
    /// # Errors
    ///
    /// As [`Session::send`].
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Error> {
        let call = query
            .iter()
            .fold(Call::get(path), |call, (name, value)| call.query(*name, value.clone()));
        self.send(&call).await
    }

    /// Sends a call and reads the JSON answer: null where it is empty, null fields kept.
    ///
    /// # Errors
    ///
    /// Any [`Kind`]; [`Kind::NotJson`] where a page answers with a good status.
    pub async fn send(&self, call: &Call) -> Result<Value, Error> {
        self.read(call).await
    }

    /// Sends a call and reads the JSON answer into a type of its own, which takes less memory.
    ///
    /// # Errors
    ///
    /// As [`Session::send`].
    pub async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        read_json(call, &self.response(call).await?)
    }

    /// Sends a call and reads the headers and the JSON of its answer, as [`Session::send`] does.
    ///
    /// # Errors
    ///
    /// As [`Session::send`].
    pub async fn document(&self, call: &Call) -> Result<(HeaderMap, Value), Error> {
        let response = self.response(call).await?;
        let value = read_json(call, &response)?;
        Ok((response.into_parts().0.headers, value))
    }

    /// Downloads bytes as they are.
    ///
    /// # Errors
    ///
    /// As [`Session::send`]; a page is taken for a login form unless it comes as an attachment.
    pub async fn bytes(&self, call: &Call) -> Result<Bytes, Error> {
        let response = self.response(call).await?;
        if is_page_by_type(response.headers()) {
            return Err(page_instead(call, &response).into());
        }
        Ok(response.into_body())
    }

    /// Downloads bytes as they are, piece by piece; where it fails, what arrived is worth nothing.
    ///
    /// # Errors
    ///
    /// As [`Session::bytes`]; [`Kind::Local`] where a piece cannot be kept.
    pub async fn download(&self, call: &Call, into: &mut dyn Download) -> Result<(), Error> {
        let response = self.exchange(call, Bulk::Answer(into)).await?;
        if is_page_by_type(response.headers()) {
            return Err(page_instead(call, &response).into());
        }
        Ok(())
    }

    /// Sends a call and returns the whole answer, whose status is a success.
    ///
    /// An API that the workspace has in an older version only is called in that version.
    ///
    /// # Errors
    ///
    /// Any [`Kind`] but [`Kind::NotJson`] for bodies, which are not looked at.
    pub async fn response(&self, call: &Call) -> Result<Response, Error> {
        let bulk = match &call.body {
            Body::Upload(upload, _) => Bulk::Request(upload.as_ref()),
            Body::Empty | Body::Json(_) | Body::Bytes(..) => Bulk::None,
        };
        self.exchange(call, bulk).await
    }

    async fn exchange(&self, call: &Call, mut bulk: Bulk<'_>) -> Result<Response, Error> {
        if self.read_only && !call.read {
            let message = "this session only reads; nothing was sent";
            return Err(Failure::new(Kind::ReadOnly, &call.method, &call.path, message).into());
        }
        let path = self.shared.versions.path(&call.path);
        let error = match self.attempt(call, &path, &mut bulk).await {
            Err(error) if may_mean_the_call(&error) => error,
            outcome => return outcome,
        };
        let Some(older) = Versions::older(&path) else { return Err(error) };
        match self.attempt(call, &older, &mut bulk).await {
            Err(again) if may_mean_the_call(&again) => Err(error),
            Err(unanswered) if unanswered.status().is_none() => Err(unanswered),
            outcome => {
                debug!(missing = path, older, "falls back to an older version");
                self.shared.versions.remember(&path);
                outcome
            }
        }
    }

    /// Sends one call until it succeeds, fails for good, or patience ends.
    async fn attempt(
        &self,
        call: &Call,
        path: &str,
        bulk: &mut Bulk<'_>,
    ) -> Result<Response, Error> {
        let begin = Instant::now();
        let (name, family) = match &call.address {
            Some(_) => elsewhere(),
            None => family_of(call.method.as_str(), path),
        };
        // Waiting for one's turn is no reason to lose patience; the workspace's silence and its waits are.
        let (mut attempt, mut spent) = (0, Duration::ZERO);
        loop {
            attempt += 1;
            let request = request(call, path, self.shared.server)?;
            let leave = self.shared.limiter.leave(&name, family).await;
            self.count(&name, attempt);
            let sent = Instant::now();
            let outcome = self.shared.transport.exchange(request, bulk.again()).await;
            let status =
                outcome.as_ref().map(|response| response.status().as_u16()).unwrap_or_default();
            debug!(method = %call.method, path, status, attempt, elapsed_ms = sent.elapsed().as_millis() as u64);
            spent += sent.elapsed();
            if outcome.is_ok() {
                self.answered(call).store(true, Ordering::Relaxed);
            }
            let (mut failure, mut trouble) = match outcome {
                Ok(response) if response.status().is_success() => {
                    leave.accepted();
                    return Ok(response);
                }
                Ok(response) => refused(call, path, &response),
                Err(error) => unanswered(call, path, &error),
            };
            (failure.attempts, failure.elapsed) = (attempt, begin.elapsed());
            trouble.stranger = !self.answered(call).load(Ordering::Relaxed);
            match self.shared.patience.judge(trouble, call.repeat, attempt, spent, random()) {
                Verdict::Again(wait) => {
                    if trouble.kind == Kind::Throttled {
                        leave.refused(wait);
                    }
                    drop(leave);
                    spent += wait;
                    debug!(method = %call.method, path, wait_ms = wait.as_millis() as u64, reason = %failure.message);
                    sleep(wait).await;
                }
                Verdict::Report => return Err(failure.into()),
                Verdict::Unknown => {
                    failure.kind = Kind::UnknownEffect;
                    return Err(failure.into());
                }
            }
        }
    }

    fn answered(&self, call: &Call) -> &AtomicBool {
        match call.address {
            Some(_) => &self.shared.answered_elsewhere,
            None => &self.shared.answered,
        }
    }

    fn count(&self, family: &str, attempt: u32) {
        let mut counts = self.locked_counts();
        let retry = if attempt > 1 { 1 } else { 0 };
        for (name, more) in [(family, 1), ("total", 1), ("retries", retry)] {
            *counts.entry(name.to_owned()).or_default() += more;
        }
    }

    fn locked_counts(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a refusal may say that there is no such call. Some servers say it as they say that an object is not there,
/// but without a word for that.
fn may_mean_the_call(error: &Error) -> bool {
    let is_bare = error.kind() == Kind::NotFound && error.error_code().is_none();
    matches!(error.kind(), Kind::EndpointMissing | Kind::NotImplemented) || is_bare
}

/// Reads the JSON of an answer; none is null.
fn read_json<T: DeserializeOwned>(call: &Call, response: &Response) -> Result<T, Error> {
    let is_empty = response.body().iter().all(u8::is_ascii_whitespace);
    let text: &[u8] = if is_empty { b"null" } else { response.body() };
    serde_json::from_slice(text).map_err(|error| {
        if is_page(response.headers(), response.body()) {
            return page_instead(call, response).into();
        }
        // The call was carried out, only its answer is unreadable.
        let kind = if call.repeat == Repeat::Once { Kind::UnknownEffect } else { Kind::NotJson };
        let mut failure = Failure::new(
            kind,
            &call.method,
            &call.path,
            format!("the answer is not JSON: {error}"),
        );
        failure.status = Some(response.status().as_u16());
        failure.into()
    })
}

fn request(call: &Call, path: &str, server: Server) -> Result<Request, Error> {
    let (body, content_type) = match &call.body {
        // MLflow's own server reads from the body what a workspace reads from the address.
        Body::Empty if call.method == http::Method::DELETE && !server.is_workspace() => {
            let fields: BTreeMap<_, _> =
                call.query.iter().map(|(name, value)| (name, value)).collect();
            (Bytes::from(serde_json::json!(fields).to_string()), Some("application/json"))
        }
        Body::Empty => (Bytes::new(), None),
        Body::Json(value) => (Bytes::from(value.to_string()), Some("application/json")),
        Body::Bytes(bytes, content_type) => (bytes.clone(), Some(*content_type)),
        Body::Upload(_, content_type) => (Bytes::new(), Some(*content_type)),
    };
    let content_type = content_type.filter(|word| !word.is_empty());
    let mut builder = http::Request::builder().method(call.method.clone()).uri(call.target(path));
    if let Some(headers) = builder.headers_mut() {
        headers.extend(call.headers.clone());
        if let Some(content_type) = content_type {
            headers
                .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
        }
    }
    builder
        .body(body)
        .map_err(|error| Failure::new(Kind::Invalid, &call.method, path, error.to_string()).into())
}

#[cfg(test)]
mod tests;
