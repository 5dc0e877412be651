//! Putting a value, byte for byte, without a word of it in what may go wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::client::{self, Call, Repeat, Session};
use crate::kind::Error;
use crate::model::SecretBytes;

/// Puts a value, in place of one that may be there. `body` names it.
///
/// # Errors
/// As the server refuses; where its words repeat the value, without them.
pub(in crate::kinds) async fn put(
    session: &Session,
    mut body: Value,
    value: &SecretBytes,
) -> Result<(), Error> {
    // Text is put as text, because that is what everybody else does; what is none would not survive it.
    match std::str::from_utf8(value.expose()) {
        Ok(text) => body["string_value"] = json!(text),
        Err(_) => body["bytes_value"] = json!(STANDARD.encode(value.expose())),
    }
    let call = Call::post("/api/2.0/secrets/put").json(body).repeat(Repeat::Idempotent);
    session.send(&call).await.map(drop).map_err(|error| discreet(error, value))
}

/// A refusal, without its words where they repeat the value.
pub(in crate::kinds) fn discreet(error: client::Error, value: &SecretBytes) -> Error {
    if repeats(&error.to_string(), value.expose()) {
        Error::Hushed { kind: error.kind(), status: error.status() }
    } else {
        Error::from(error)
    }
}

/// How many bytes of a value in a row give it away.
const TELLING: usize = 6;

/// Whether a message repeats a value or a part of it, in whichever spelling.
fn repeats(message: &str, value: &[u8]) -> bool {
    let message = message.as_bytes();
    let escaped = String::from_utf8(value.to_vec()).map(|text| json!(text).to_string());
    let escaped = escaped.map_or_else(|_| Vec::new(), |text| text.trim_matches('"').into());
    let spellings = [value.to_vec(), STANDARD.encode(value).into_bytes(), escaped];
    spellings.iter().filter(|spelling| !spelling.is_empty()).any(|spelling| {
        let size = spelling.len().min(TELLING);
        let parts: std::collections::HashSet<&[u8]> = spelling.windows(size).collect();
        message.windows(size).any(|part| parts.contains(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_repeats_a_value_is_noticed() {
        let value = "geheim\"wört".as_bytes();
        for message in [
            "no such thing: geheim\"wört",
            "cannot parse {\"string_value\": \"geheim\\\"w",
            &format!("cannot parse {}", STANDARD.encode(value)),
            "cut off: ...im\"wört",
        ] {
            assert!(repeats(message, value), "{message}");
        }
        assert!(!repeats("Scope prod does not exist!", value));
        assert!(!repeats("anything", b""));
        assert!(repeats("it is abc", b"abc"));
    }
}
