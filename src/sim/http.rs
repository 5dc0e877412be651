//! What a dialect is given for one request, and what it gives back.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::state::State;

/// Answers one call: reads and changes the workspace, or refuses and changes nothing.
pub(crate) type Handler = fn(&mut State, &Call<'_>) -> Result<Answer, Refusal>;

/// One call which a dialect serves: the path is spelled as in the request contract.
pub(crate) struct Route {
    /// The method, in capitals.
    pub(crate) method: &'static str,
    /// The path, with its `{placeholders}`.
    pub(crate) path: &'static str,
    /// What answers it.
    pub(crate) handler: Handler,
}

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The caller's identifier in SCIM.
    pub(crate) id: String,
    /// The user name, or the application id of a service principal.
    pub(crate) user_name: String,
    /// Whether the caller is a member of `admins`.
    pub(crate) is_admin: bool,
}

/// The bytes of a body that is not there.
static NO_BYTES: Bytes = Bytes::new();

/// One request, after authentication and after the contract was kept.
pub(crate) struct Call<'a> {
    /// The method.
    pub(crate) method: &'a Method,
    /// The path as it was sent; an older API version is still visible here.
    pub(crate) path: &'a str,
    /// What stood in the path's placeholders, percent-decoded.
    pub(crate) params: BTreeMap<&'static str, String>,
    /// The query, percent-decoded; a repeated name has its values joined by commas.
    pub(crate) query: BTreeMap<String, String>,
    /// The JSON body; `Null` when there was none.
    pub(crate) body: Value,
    /// The body's bytes.
    pub(crate) raw: &'a Bytes,
    /// The parts of a `multipart/form-data` body.
    pub(crate) form: Option<Form>,
    /// Who asks.
    pub(crate) caller: Caller,
    /// Where the caller reaches the workspace, such as `http://127.0.0.1:8080`.
    pub(crate) origin: String,
    /// The workspace's clock, in milliseconds since 1970.
    pub(crate) now: i64,
    /// The number of this call: what makes the order of one listing differ from the next.
    pub(crate) serial: u64,
    /// The largest page which the workspace was told to give, whatever the API allows.
    pub(crate) page_size: usize,
}

impl Call<'_> {
    /// Another call by the same caller at the same moment, with nothing in it: for dialects that ask each other.
    pub(crate) fn other<'b>(&'b self, method: &'b Method, path: &'b str) -> Call<'b> {
        Call {
            method,
            path,
            params: BTreeMap::new(),
            query: BTreeMap::new(),
            body: Value::Null,
            raw: &NO_BYTES,
            form: None,
            caller: self.caller.clone(),
            origin: self.origin.clone(),
            now: self.now,
            serial: self.serial,
            page_size: self.page_size,
        }
    }

    /// What stood in a placeholder of the path; empty when the route has no such placeholder.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// A query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// A query parameter which is `true`.
    pub(crate) fn query_is_true(&self, name: &str) -> bool {
        self.query(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// A text field of the body.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    /// A text field of the body, or a query parameter, which must not be empty.
    ///
    /// # Errors
    /// 400 naming the field.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)
            .or_else(|| self.query(name))
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Refusal::invalid(format!("Missing required field: {name}")))
    }

    /// A whole number of the body or the query, also when it is spelled as text.
    ///
    /// # Errors
    /// 400 naming the field.
    pub(crate) fn need_int(&self, name: &str) -> Result<i64, Refusal> {
        match self.body.get(name) {
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
            None => self.query(name).and_then(|text| text.parse().ok()),
        }
        .ok_or_else(|| Refusal::invalid(format!("Missing required field: {name}")))
    }
}

/// The parts of a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    /// The parts, by name.
    pub(crate) parts: BTreeMap<String, Bytes>,
}

impl Form {
    /// A part which is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.parts.get(name).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

/// A successful answer.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// 200 with a JSON document.
    Json(Value),
    /// Another status with a JSON document, as SCIM's 201.
    Status(u16, Value),
    /// 204 without a body.
    Empty,
    /// 200 with bytes.
    Bytes {
        /// The `Content-Type`.
        content_type: &'static str,
        /// The body.
        bytes: Bytes,
    },
}

impl Answer {
    /// The answer `{}` of calls which have nothing to say.
    pub(crate) fn nothing() -> Self {
        Self::Json(Value::Object(serde_json::Map::new()))
    }
}

/// How the body of a refusal is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"error_code", "message"}`.
    Standard,
    /// A SCIM error: `{"schemas", "detail", "status"}`.
    Scim,
    /// `ERROR_CODE: message`, as plain text.
    Plain,
    /// `{"error"}`, as API 1.2 answers.
    Api12,
    /// `{"error", "error_description"}`, as authorization servers answer.
    OAuth,
    /// `<Error><Code>…`, as the clouds' storages answer.
    Xml,
}

/// A request which was not carried out, and why.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The error code.
    pub(crate) code: &'static str,
    /// What is wrong.
    pub(crate) message: String,
    /// How the body is spelled.
    pub(crate) shape: Shape,
    /// What `details` holds, as the settings APIs' etag.
    pub(crate) details: Vec<Value>,
    /// `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal in the standard shape.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            shape: Shape::Standard,
            details: Vec::new(),
            retry_after: None,
        }
    }

    /// 404 `RESOURCE_DOES_NOT_EXIST`.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "RESOURCE_DOES_NOT_EXIST", message)
    }

    /// 400 `INVALID_PARAMETER_VALUE`.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_PARAMETER_VALUE", message)
    }

    /// 400 `RESOURCE_ALREADY_EXISTS`.
    pub(crate) fn exists(message: impl Into<String>) -> Self {
        Self::new(400, "RESOURCE_ALREADY_EXISTS", message)
    }

    /// 400 `INVALID_STATE`.
    pub(crate) fn state(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_STATE", message)
    }

    /// 403 `PERMISSION_DENIED`.
    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "PERMISSION_DENIED", message)
    }

    /// 404 `ENDPOINT_NOT_FOUND`.
    pub(crate) fn no_endpoint(path: &str) -> Self {
        Self::new(404, "ENDPOINT_NOT_FOUND", format!("No API found for '{path}'"))
    }

    /// A refusal in the SCIM shape.
    pub(crate) fn scim(status: u16, detail: impl Into<String>) -> Self {
        Self::new(status, "", detail).shaped(Shape::Scim)
    }

    /// The same refusal in another shape.
    pub(crate) fn shaped(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }
}
