//! One call of a workspace's API, before it is sent.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::address::Address;
use super::bulk::Upload;

/// Whether a call may be sent again when nobody knows if the first one arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// A second call changes nothing more: reads, sets, deletes, overwrites.
    Idempotent,
    /// A second call would make a second object.
    Once,
}

/// What a call carries.
#[derive(Clone, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// A JSON document.
    Json(Value),
    /// Bytes with their content type, such as a file, a form or a multipart upload; the type may be empty.
    Bytes(Bytes, &'static str),
    /// Bytes that are read while they are sent, with their content type, which may be empty.
    Upload(Arc<dyn Upload>, &'static str),
}

/// One call: method, path, query, body, and whether it may be repeated.
///
/// It has no `Debug`, because bodies carry secrets.
#[derive(Clone)]
pub struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    /// Where it goes, if not to the workspace.
    pub(super) address: Option<Address>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) repeat: Repeat,
    pub(super) read: bool,
    /// Whether it lists all there is of something.
    pub(super) collection: bool,
}

impl Call {
    /// A call of any method; all but `POST` are taken to be idempotent, `GET` and `HEAD` to be reads.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let read = method == Method::GET || method == Method::HEAD;
        let repeat = if method == Method::POST { Repeat::Once } else { Repeat::Idempotent };
        let (query, headers) = (Vec::new(), HeaderMap::new());
        let (path, address, body, collection) = (path.into(), None, Body::Empty, false);
        Self { method, path, address, query, headers, body, repeat, read, collection }
    }

    /// A call of another server, by an address that says by itself who may come: it carries no credential of ours.
    /// It may be repeated, and has no query of its own.
    pub fn at(method: Method, address: &Address) -> Self {
        let call = Self::new(method, address.shown()).repeat(Repeat::Idempotent);
        Self { address: Some(address.clone()), ..call }
    }

    /// A read.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A `POST`, sent once unless [`Call::repeat`] says otherwise.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// A `PUT`.
    pub fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    /// A `PATCH`.
    pub fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// A `DELETE`.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Adds a query parameter, not yet percent-encoded.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets a query parameter, in place of an earlier value.
    #[must_use]
    pub(super) fn set_query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.retain(|(known, _)| known != name);
        self.query(name, value)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Carries a JSON document.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// Carries bytes with their content type.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Bytes>, content_type: &'static str) -> Self {
        self.body = Body::Bytes(body.into(), content_type);
        self
    }

    /// Carries bytes that are read while they are sent, with their content type.
    #[must_use]
    pub fn upload(mut self, body: Arc<dyn Upload>, content_type: &'static str) -> Self {
        self.body = Body::Upload(body, content_type);
        self
    }

    /// Says whether the call may be repeated.
    #[must_use]
    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// Marks a `POST` that only reads, such as a search: idempotent, and open to read-only sessions.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.read = true;
        self.repeat(Repeat::Idempotent)
    }

    /// Marks a listing of all there is of something: where that is not found, the call itself is missing.
    #[must_use]
    pub fn collection(mut self) -> Self {
        self.collection = true;
        self
    }

    /// Path and encoded query, as they stand in a request.
    pub(super) fn target(&self, path: &str) -> String {
        if let Some(address) = &self.address {
            return address.as_str().to_owned();
        }
        let mut target = path.to_owned();
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(&segment(name));
            target.push('=');
            target.push_str(&segment(value));
        }
        target
    }
}

/// Percent-encodes a text so that it can stand as one segment of a path, or in a query.
pub fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_any_character() {
        let call = Call::get("/api/2.0/workspace/list").query("path", "/Users/ana+b@x.com/ä & b?");
        assert_eq!(
            call.target(&call.path),
            "/api/2.0/workspace/list?path=%2FUsers%2Fana%2Bb%40x.com%2F%C3%A4%20%26%20b%3F"
        );
        let call = call.set_query("path", "/").query("x", "");
        assert_eq!(call.target("/p"), "/p?path=%2F&x=");
    }

    #[test]
    fn only_a_post_is_sent_once_by_default() {
        assert_eq!(Call::post("/x").repeat, Repeat::Once);
        assert_eq!(Call::patch("/x").repeat, Repeat::Idempotent);
        let search = Call::post("/x").reads();
        assert!(search.read && search.repeat == Repeat::Idempotent);
        assert!(!Call::delete("/x").read);
    }
}
