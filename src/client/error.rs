//! What a call can come to other than an answer.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use http::Method;

/// What went wrong, as far as a caller may care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The object, or something on the way to it, does not exist.
    NotFound,
    /// An object of this name exists.
    AlreadyExists,
    /// Somebody changed the object at the same time, or it is busy.
    Conflict,
    /// The object is in a state that does not allow this now.
    InvalidState,
    /// The caller lacks a permission.
    Denied,
    /// The credential is missing, wrong or no longer valid.
    Unauthenticated,
    /// The workspace does not accept the request as it is.
    Invalid,
    /// A limit on the number or size of objects is reached.
    Quota,
    /// Too many requests, for longer than the patience lasted.
    Throttled,
    /// The workspace did not serve the request, for longer than the patience lasted.
    Unavailable,
    /// The workspace failed within.
    Internal,
    /// The feature is switched off in this workspace.
    FeatureDisabled,
    /// The workspace says that it cannot do this.
    NotImplemented,
    /// The workspace has no such API.
    EndpointMissing,
    /// Something other than the API answered: a page, a redirect, a broken document.
    NotJson,
    /// No connection came about.
    Connect,
    /// No answer came in time.
    Timeout,
    /// The connection broke before the answer was complete.
    Interrupted,
    /// A file of this machine could not be read or written on the way.
    Local,
    /// A call that must not be repeated got no clear answer: look the object up before calling again.
    UnknownEffect,
    /// A read-only session refused to send a write.
    ReadOnly,
    /// A listing does not come to an end.
    Paging,
    /// A status nobody expects.
    Unexpected,
}

/// A call that failed, with all that is needed to find out why.
///
/// Its message is bounded and holds no credential. Callers decide by [`Error::kind`] alone.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Failure>);

#[derive(Debug, thiserror::Error)]
pub(super) struct Failure {
    pub kind: Kind,
    pub method: Method,
    pub path: String,
    pub status: Option<u16>,
    pub error_code: Option<String>,
    pub message: String,
    pub details: BTreeMap<String, String>,
    pub attempts: u32,
    pub elapsed: Duration,
    pub request_id: Option<String>,
}

impl Failure {
    /// A failure nothing more is known about.
    pub(super) fn new(kind: Kind, method: &Method, path: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            method: method.clone(),
            path: path.to_owned(),
            status: None,
            error_code: None,
            message: message.into(),
            details: BTreeMap::new(),
            attempts: 0,
            elapsed: Duration::ZERO,
            request_id: None,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure))
    }
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The method of the call.
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The path of the call, without its query.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The server's stable word, such as `RESOURCE_DOES_NOT_EXIST`.
    pub fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// The server's sentence, or ours where the server said nothing.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// How often the call was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call took, waits included.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// The server's name for the request, to quote in a support case.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// A particular the server gave with the error, such as the current `etag` of a setting.
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.0.details.get(name).map(String::as_str)
    }

    /// Whether this call could not be read, and others may: a finding rather than a failure of the run.
    pub fn is_about_the_endpoint(&self) -> bool {
        matches!(
            self.0.kind,
            Kind::NotFound
                | Kind::EndpointMissing
                | Kind::NotImplemented
                | Kind::FeatureDisabled
                | Kind::Denied
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.path)?;
        match (&self.error_code, self.status) {
            (Some(code), Some(status)) => write!(f, "{code} ({status})")?,
            (Some(code), None) => f.write_str(code)?,
            (None, Some(status)) => write!(f, "status {status}")?,
            (None, None) => f.write_str(self.kind.words())?,
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if self.attempts > 1 {
            write!(f, " (after {} attempts in {:.0?})", self.attempts, self.elapsed)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::Conflict => "changed at the same time",
            Self::InvalidState => "not possible in its present state",
            Self::Denied => "permission denied",
            Self::Unauthenticated => "not signed in",
            Self::Invalid => "not a valid request",
            Self::Quota => "a limit is reached",
            Self::Throttled => "too many requests",
            Self::Unavailable => "not available",
            Self::Internal => "failed within the workspace",
            Self::FeatureDisabled => "feature switched off",
            Self::NotImplemented => "not implemented",
            Self::EndpointMissing => "no such API",
            Self::NotJson => "not an answer of the API",
            Self::Connect => "no connection",
            Self::Timeout => "no answer in time",
            Self::Interrupted => "connection broken",
            Self::Local => "a file of this machine failed",
            Self::UnknownEffect => "effect unknown",
            Self::ReadOnly => "refused, this session only reads",
            Self::Paging => "the listing does not end",
            Self::Unexpected => "unexpected answer",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_how_often() {
        let mut failure =
            Failure::new(Kind::Throttled, &Method::GET, "/api/2.2/jobs/list", "slow down");
        failure.status = Some(429);
        failure.error_code = Some("REQUEST_LIMIT_EXCEEDED".into());
        failure.attempts = 3;
        failure.elapsed = Duration::from_secs(7);
        failure.request_id = Some("r-1".into());
        failure.details = BTreeMap::from([("etag".into(), "e7".into())]);
        let error = Error::from(failure);
        assert_eq!(
            error.to_string(),
            "GET /api/2.2/jobs/list: REQUEST_LIMIT_EXCEEDED (429): slow down (after 3 attempts in 7s) [request r-1]"
        );
        assert_eq!(error.detail("etag"), Some("e7"));
        assert_eq!(error.detail("other"), None);
    }
}
