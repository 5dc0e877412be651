//! From an answer, or the lack of one, to what went wrong.

use super::answer::{Refusal, page_text, refusal};
use super::call::Call;
use super::classify::kind_of;
use super::error::{Failure, Kind};
use super::retry::{Trouble, passes_by_itself, retry_after};
use super::scrub::clean;
use super::transport::{Response, TransportError, TransportErrorKind};

/// What became of a call that was answered with a refusal.
pub(super) fn refused(call: &Call, path: &str, response: &Response) -> (Failure, Trouble) {
    let status = response.status();
    let refusal = match call.address {
        // A cloud's storage repeats what was signed, and by whom.
        Some(_) => Refusal::default(),
        None => refusal(response.body()),
    };
    let kind = if status.is_redirection() {
        Kind::NotJson
    } else {
        match kind_of(&call.method, path, status, &refusal) {
            Kind::NotFound if call.collection => Kind::EndpointMissing,
            kind => kind,
        }
    };
    let mut failure = Failure::new(kind, &call.method, path, refusal.message);
    if status.is_redirection() {
        failure.message = redirected(response);
    }
    failure.status = Some(status.as_u16());
    failure.error_code = refusal.code;
    failure.details = refusal.details;
    failure.request_id = request_id(response);
    let passing = !status.is_redirection() && passes_by_itself(&failure.message);
    (
        failure,
        Trouble {
            kind,
            unsent: false,
            passing,
            retry_after: retry_after(response.headers()),
            stranger: false,
        },
    )
}

/// What became of a call that got no answer.
pub(super) fn unanswered(call: &Call, path: &str, error: &TransportError) -> (Failure, Trouble) {
    let kind = match error.kind() {
        TransportErrorKind::Connect | TransportErrorKind::Certificate => Kind::Connect,
        TransportErrorKind::Credential => Kind::Unauthenticated,
        TransportErrorKind::Timeout => Kind::Timeout,
        TransportErrorKind::Interrupted | TransportErrorKind::Decode => Kind::Interrupted,
        TransportErrorKind::Local => Kind::Local,
    };
    let unsent = error.kind() == TransportErrorKind::Connect;
    let failure = Failure::new(kind, &call.method, path, clean(&error.to_string()));
    (failure, Trouble { kind, unsent, passing: false, retry_after: None, stranger: false })
}

/// What a redirect says, without the query, which can carry a session.
fn redirected(response: &Response) -> String {
    let location =
        response.headers().get(http::header::LOCATION).and_then(|place| place.to_str().ok());
    let place = clean(location.unwrap_or("nowhere").split(['?', '#']).next().unwrap_or_default());
    format!(
        "redirected to {place}, which is not the API; check the host and any private link in front of it"
    )
}

/// What became of a call that a page answered with a good status.
pub(super) fn page_instead(call: &Call, response: &Response) -> Failure {
    let title = clean(&page_text(&String::from_utf8_lossy(response.body())));
    let message = format!(
        "a page answered instead of the API ({title}); check the host and any proxy or private link"
    );
    let mut failure = Failure::new(Kind::NotJson, &call.method, &call.path, message);
    failure.status = Some(response.status().as_u16());
    failure.request_id = request_id(response);
    failure
}

fn request_id(response: &Response) -> Option<String> {
    ["x-databricks-request-id", "x-request-id"]
        .iter()
        .find_map(|name| response.headers().get(*name)?.to_str().ok())
        .map(clean)
}
