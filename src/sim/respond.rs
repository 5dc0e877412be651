//! How answers and refusals are spelled on the wire.

use bytes::Bytes;
use http::{Response, header};
use serde_json::{Value, json};

use super::http::{Answer, Refusal, Shape};

/// The response to a call.
pub(super) fn response(outcome: Result<Answer, Refusal>, path: &str) -> Response<Bytes> {
    let json_type = if is_scim(path) { "application/scim+json" } else { "application/json" };
    match outcome {
        Ok(Answer::Json(value)) => json(200, json_type, &value),
        Ok(Answer::Status(status, value)) => json(status, json_type, &value),
        Ok(Answer::Empty) => build(204, None, Bytes::new()),
        Ok(Answer::Bytes { content_type, bytes }) => build(200, Some(content_type), bytes),
        Err(refusal) => refused(&refusal, path),
    }
}

/// A page as of a login or a proxy.
pub(super) fn page(status: u16, title: &str) -> Response<Bytes> {
    let html = format!(
        "<!doctype html><html><head><title>{title}</title></head><body><pre>{title}</pre></body></html>"
    );
    build(status, Some("text/html; charset=utf-8"), html.into())
}

fn refused(refusal: &Refusal, path: &str) -> Response<Bytes> {
    let shape = match refusal.shape {
        Shape::Standard if is_scim(path) => Shape::Scim,
        Shape::Standard if path.starts_with("/api/1.2/") => Shape::Api12,
        shape => shape,
    };
    let Refusal { status, code, message, .. } = refusal;
    let mut response = match shape {
        Shape::Plain if code.is_empty() => {
            build(*status, Some("text/plain"), message.clone().into())
        }
        Shape::Plain => build(*status, Some("text/plain"), format!("{code}: {message}").into()),
        Shape::Api12 => json(*status, "application/json", &json!({ "error": message })),
        Shape::Xml => build(
            *status,
            Some("application/xml"),
            format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>").into(),
        ),
        Shape::OAuth => json(
            *status,
            "application/json",
            &json!({ "error": code, "error_description": message }),
        ),
        Shape::Scim => json(
            *status,
            "application/scim+json",
            &json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "detail": message,
                "status": status.to_string(),
            }),
        ),
        Shape::Standard if refusal.details.is_empty() => {
            json(*status, "application/json", &json!({ "error_code": code, "message": message }))
        }
        Shape::Standard => json(
            *status,
            "application/json",
            &json!({ "error_code": code, "message": message, "details": refusal.details }),
        ),
    };
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn is_scim(path: &str) -> bool {
    path.starts_with("/api/2.0/preview/scim/")
}

fn json(status: u16, content_type: &'static str, value: &Value) -> Response<Bytes> {
    build(status, Some(content_type), value.to_string().into())
}

fn build(status: u16, content_type: Option<&'static str>, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = content_type {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    }
    response
}
