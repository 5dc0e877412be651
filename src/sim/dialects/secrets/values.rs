//! Listing, reading, putting and deleting values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::state::{Level, Stored, check_name, for_caller, more, scope};
use crate::sim::http::{Answer, Call, Caller, Refusal};
use crate::sim::page::shuffle;
use crate::sim::state::State;

/// The largest value, in bytes.
const LARGEST: usize = 128 * 1024;

/// How many values a scope holds at most.
const MOST: usize = 1_000;

/// The fields of a body that an answer does not tell.
const KNOWN: [&str; 4] = ["scope", "key", "string_value", "bytes_value"];

/// Lists the keys of a scope, and when each value was put.
pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let scope = scope(state, call, Level::Read)?;
    let keys = shuffle(scope.values.keys().cloned().collect::<Vec<_>>(), call);
    let listed: Vec<Value> = keys.iter().map(|key| scope.values[key].answer(key)).collect();
    Ok(Answer::Json(if listed.is_empty() { json!({}) } else { json!({"secrets": listed}) }))
}

/// Tells a value, in base64.
pub(super) fn get(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let unreadable = state.secrets.unreadable;
    let scope = scope(state, call, Level::Read)?;
    let key = call.need("key")?;
    if unreadable {
        let message = "Secrets can only be read from within a command on a cluster";
        return Err(Refusal::new(400, "BAD_REQUEST", message));
    }
    let stored = scope.values.get(key).ok_or_else(|| missing(call, key))?;
    Ok(Answer::Json(json!({"key": key, "value": stored.base64})))
}

/// A value in base64, as a program on a cluster reads it for whoever sent it.
///
/// # Errors
/// 404 where there is none, 403 where the caller may not read it.
pub(crate) fn read(
    state: &mut State,
    caller: &Caller,
    scope: &str,
    key: &str,
) -> Result<String, Refusal> {
    let holder = for_caller(state, caller, scope, Level::Read)?;
    let stored = holder.values.get(key).map(|stored| stored.base64.clone());
    stored.ok_or_else(|| absent(scope, key))
}

/// Puts a value, in place of one that may be there.
pub(super) fn put(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let scope = scope(state, call, Level::Write)?;
    let key = call.need("key")?;
    check_name("key", key)?;
    if scope.vault.is_some() {
        let message = "Cannot write secrets to Azure KeyVault-backed scope";
        return Err(Refusal::new(400, "BAD_REQUEST", message));
    }
    let bytes = match (call.text("string_value"), call.text("bytes_value")) {
        (Some(text), None) => text.as_bytes().to_vec(),
        (None, Some(base64)) => STANDARD
            .decode(base64)
            .map_err(|_| Refusal::invalid("bytes_value must be in base64"))?,
        _ => {
            let message = "Exactly one of string_value and bytes_value must be given";
            return Err(Refusal::new(400, "MALFORMED_REQUEST", message));
        }
    };
    if bytes.len() > LARGEST {
        let message = format!("The value must not have more than {LARGEST} bytes");
        return Err(Refusal::new(400, "MAX_SECRET_SIZE_EXCEEDED", message));
    }
    if !scope.values.contains_key(key) && scope.values.len() >= MOST {
        let message = format!("A scope holds at most {MOST} secrets");
        return Err(Refusal::new(400, "RESOURCE_LIMIT_EXCEEDED", message));
    }
    let stored =
        Stored { base64: STANDARD.encode(&bytes), updated: call.now, more: more(call, &KNOWN) };
    scope.values.insert(key.to_owned(), stored);
    Ok(Answer::nothing())
}

/// Deletes a value.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let scope = scope(state, call, Level::Write)?;
    let key = call.need("key")?;
    if scope.vault.is_some() {
        let message = "Cannot delete secrets from Azure KeyVault-backed scope";
        return Err(Refusal::new(400, "BAD_REQUEST", message));
    }
    scope.values.remove(key).ok_or_else(|| missing(call, key))?;
    Ok(Answer::nothing())
}

impl Stored {
    fn answer(&self, key: &str) -> Value {
        let mut answer = self.more.clone();
        answer.insert("key".into(), json!(key));
        answer.insert("last_updated_timestamp".into(), json!(self.updated));
        Value::Object(answer)
    }
}

fn missing(call: &Call<'_>, key: &str) -> Refusal {
    absent(call.text("scope").or_else(|| call.query("scope")).unwrap_or_default(), key)
}

fn absent(scope: &str, key: &str) -> Refusal {
    Refusal::not_found(format!("Secret does not exist with scope: {scope} and key: {key}"))
}
