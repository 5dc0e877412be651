//! A workspace that answers from a script, for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::Value;

use super::transport::{Request, Response, Transport, TransportError, TransportErrorKind};

/// What the script does with one request.
pub(super) enum Line {
    /// Answers with a status, headers and a body.
    Answer(u16, Vec<(&'static str, &'static str)>, String),
    /// Gives no answer.
    Lost(TransportErrorKind),
}

/// Answers with JSON.
pub(super) fn json(status: u16, body: Value) -> Line {
    Line::Answer(status, Vec::new(), body.to_string())
}

/// Answers with text and headers.
pub(super) fn text(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Line {
    Line::Answer(status, headers.to_vec(), body.to_owned())
}

/// Answers each request with the next line, and keeps what it was asked.
pub(super) struct Script {
    lines: Mutex<VecDeque<Line>>,
    asked: Mutex<Vec<Request>>,
}

impl Script {
    pub(super) fn new(lines: impl IntoIterator<Item = Line>) -> Arc<Self> {
        Arc::new(Self { lines: Mutex::new(lines.into_iter().collect()), asked: Mutex::default() })
    }

    /// Method and URI of each request so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|request| format!("{} {}", request.method(), request.uri()))
            .collect()
    }

    /// One request so far.
    pub(super) fn request(&self, index: usize) -> Request {
        self.asked.lock().unwrap()[index].clone()
    }

    /// A header of each request so far; empty where it is absent.
    pub(super) fn header(&self, name: &str) -> Vec<String> {
        let value =
            |request: &Request| request.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|request| value(request).unwrap_or_default())
            .collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let asked = format!("{} {}", request.method(), request.uri());
        self.asked.lock().unwrap().push(request);
        let line = self.lines.lock().unwrap().pop_front();
        Box::pin(async move {
            // Let others come at the same time.
            tokio::task::yield_now().await;
            match line.unwrap_or_else(|| panic!("the script has no line for {asked}")) {
                Line::Lost(kind) => Err(TransportError::new(kind, "lost")),
                Line::Answer(status, headers, body) => {
                    let mut response = Response::new(Bytes::from(body));
                    *response.status_mut() = status.try_into().unwrap();
                    for (name, value) in headers {
                        response.headers_mut().insert(name, value.parse().unwrap());
                    }
                    Ok(response)
                }
            }
        })
    }

    fn host(&self) -> &str {
        "https://script.example.com"
    }
}
