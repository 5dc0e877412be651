//! The shapes in which a workspace, or something before it, says no.

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use serde_json::Value;

use super::scrub::clean;

/// What a refusing answer says, in whatever shape it said it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Refusal {
    /// Who speaks: the shape of the body.
    pub shape: Shape,
    /// The stable word, such as `RESOURCE_DOES_NOT_EXIST`.
    pub code: Option<String>,
    /// The sentence, bounded and without tokens.
    pub message: String,
    /// Particulars by name, as the settings APIs send them.
    pub details: BTreeMap<String, String>,
}

/// The shape of a refusing body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// `{"error_code", "message", "details"}` or API 1.2's `{"error"}`.
    Json,
    /// `{"schemas", "status", "scimType", "detail"}`.
    Scim,
    /// `CODE: message`, or a sentence.
    Text,
    /// A page, made by a gateway or a login form.
    Html,
    /// No body.
    #[default]
    Empty,
}

/// Reads the body of an answer that refuses.
pub(super) fn refusal(body: &[u8]) -> Refusal {
    if let Ok(Value::Object(fields)) = serde_json::from_slice(body) {
        return json(&Value::Object(fields));
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        Refusal::default()
    } else if looks_like_html(text) {
        Refusal { shape: Shape::Html, message: clean(&page_text(text)), ..Refusal::default() }
    } else {
        let (code, message) = match text.split_once(':') {
            Some((code, message)) if is_code(code) => (Some(code.to_owned()), message),
            _ => (None, text),
        };
        Refusal { shape: Shape::Text, code, message: clean(message), details: BTreeMap::new() }
    }
}

fn json(body: &Value) -> Refusal {
    let text = |name: &str| match body.get(name)? {
        Value::String(text) if !text.is_empty() && text != "null" => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let scim = body.get("schemas").is_some()
        || body.get("scimType").is_some()
        || body.get("detail").is_some();
    let code = text("error_code").or_else(|| text("scimType")).map(|code| clean(&code));
    let message = ["message", "detail", "error_description", "error", "scimType", "error_code"]
        .iter()
        .find_map(|name| text(name).or_else(|| text_within(body.get(*name)?)))
        .unwrap_or_default();
    let shape = if scim { Shape::Scim } else { Shape::Json };
    Refusal { shape, code, message: clean(&message), details: details(body) }
}

/// The `metadata` of all details; of two with the same name the first counts.
fn details(body: &Value) -> BTreeMap<String, String> {
    let mut particulars = BTreeMap::new();
    for detail in body.get("details").and_then(Value::as_array).into_iter().flatten() {
        for (name, value) in detail.get("metadata").and_then(Value::as_object).into_iter().flatten()
        {
            if let Value::String(text) = value {
                particulars.entry(name.clone()).or_insert_with(|| clean(text));
            }
        }
    }
    particulars
}

/// The sentence of `{"error": {"message": …}}`.
fn text_within(value: &Value) -> Option<String> {
    value.get("message").and_then(Value::as_str).map(str::to_owned)
}

fn is_code(word: &str) -> bool {
    word.len() > 3
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether an answer is a page for people, by its content type or its first characters.
pub(super) fn is_page(headers: &HeaderMap, body: &[u8]) -> bool {
    is_html_type(headers) || looks_like_html(&String::from_utf8_lossy(&body[..body.len().min(64)]))
}

/// Whether an answer to a download is a page for people: one that was asked for comes as an attachment.
pub(super) fn is_page_by_type(headers: &HeaderMap) -> bool {
    is_html_type(headers) && !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Whether the content type says HTML.
fn is_html_type(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

fn looks_like_html(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<head")
}

/// What a page says: its title and its preformatted text.
pub(super) fn page_text(page: &str) -> String {
    let parts: Vec<&str> = ["title", "pre"].iter().filter_map(|tag| element(page, tag)).collect();
    if parts.is_empty() { "a page without a title".to_owned() } else { parts.join(": ") }
}

fn element<'a>(page: &'a str, tag: &str) -> Option<&'a str> {
    // Lower-casing ASCII only keeps byte positions.
    let lower = page.to_ascii_lowercase();
    let open = lower.find(&format!("<{tag}"))?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find(&format!("</{tag}"))?;
    Some(page[start..end].trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> (Shape, Option<String>, String) {
        let refusal = refusal(body.as_bytes());
        (refusal.shape, refusal.code, refusal.message)
    }

    #[test]
    fn every_shape_is_understood() {
        let code = |code: &str| Some(code.to_owned());
        for (body, shape, error_code, message) in [
            (r#"{"error_code":"NOT_FOUND","message":"no"}"#, Shape::Json, code("NOT_FOUND"), "no"),
            (r#"{"error_code":404,"message":"no"}"#, Shape::Json, code("404"), "no"),
            (r#"{"error":"ContextNotFound"}"#, Shape::Json, None, "ContextNotFound"),
            (r#"{"error":"invalid_client","error_description":"bad"}"#, Shape::Json, None, "bad"),
            (r#"{"error":{"message":"deep"}}"#, Shape::Json, None, "deep"),
            (r#"{"error_code":"X_Y","message":null}"#, Shape::Json, code("X_Y"), "X_Y"),
            (
                r#"{"schemas":["urn:e"],"status":"409","scimType":"uniqueness","detail":"taken"}"#,
                Shape::Scim,
                code("uniqueness"),
                "taken",
            ),
            (r#"{"schemas":["urn:e"],"status":"404","detail":"null"}"#, Shape::Scim, None, ""),
            ("BAD_REQUEST: not so", Shape::Text, code("BAD_REQUEST"), "not so"),
            ("Invalid Token", Shape::Text, None, "Invalid Token"),
            ("Error: it is", Shape::Text, None, "Error: it is"),
            (
                "<!DOCTYPE html><HTML><title>Error 503</title><pre class=x>\n down</pre>",
                Shape::Html,
                None,
                "Error 503: down",
            ),
            ("<html></html>", Shape::Html, None, "a page without a title"),
            ("", Shape::Empty, None, ""),
            ("[1]", Shape::Text, None, "[1]"),
        ] {
            assert_eq!(said(body), (shape, error_code, message.to_owned()), "{body}");
        }
        assert_eq!(refusal(b"\xff\xfe oops").shape, Shape::Text);
    }

    #[test]
    fn details_are_kept() {
        let body =
            br#"{"error_code":"X","details":[{"reason":"r"},{"metadata":{"etag":"e1","n":1}}]}"#;
        assert_eq!(refusal(body).details, BTreeMap::from([("etag".to_owned(), "e1".to_owned())]));
    }
}
