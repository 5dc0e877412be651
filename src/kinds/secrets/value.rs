//! Reading a value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::client::Session;
use crate::kind::Error;
use crate::model::SecretBytes;

const GET: &str = "/api/2.0/secrets/get";

/// Reads the value of the secret `scope/key`. Some callers may, others are told that this is only for
/// programs on a cluster.
///
/// # Errors
/// As the server refuses; [`Error::Answer`] where the answer holds no value.
pub(crate) async fn value(session: &Session, name: &str) -> Result<SecretBytes, Error> {
    let (scope, key) = name.split_once('/').unwrap_or((name, ""));
    let query = [("scope", scope.to_owned()), ("key", key.to_owned())];
    let answer = session.get(GET, &query).await?;
    let text = answer.get("value").and_then(Value::as_str);
    let bytes = text.and_then(|text| STANDARD.decode(text).ok());
    bytes.map(SecretBytes::new).ok_or(Error::Answer { call: GET, field: "a value in base64" })
}
