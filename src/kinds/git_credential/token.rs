//! The token of a credential, on its way from where it is supplied to the one request that carries it.

use serde_json::{Value, json};

use super::provider;
use crate::client;
use crate::kind::Error;
use crate::kinds::secrets;
use crate::model::{Address, SecretBytes};

/// The field that takes a token, and in a spec says that there is one.
pub(super) const TOKEN: &str = "personal_access_token";

/// The provider whose credentials bear no token: whoever calls signs in there as they did here.
pub(super) const TOKENLESS: &str = "azuredevopsservicesaad";

/// Whether credentials like this one bear a token.
pub(super) fn is_needed(raw: &Value) -> bool {
    provider(raw) != TOKENLESS
}

/// What a person does so that an apply has the token of a credential.
pub(super) fn place(of: &Address) -> String {
    format!("say under `secrets` in brickform.yaml where the token stands: `{of}: env:NAME`")
}

/// The body of a create, with the token. Line breaks at its end are the file's that it was in.
///
/// # Errors
/// [`Error::Impossible`] where there is none, or none that could be sent: nothing is created without.
pub(super) fn put_into(mut body: Value, token: Option<&SecretBytes>) -> Result<Value, Error> {
    let impossible = |why: &str| Error::Impossible { why: why.to_owned() };
    let bytes = token.map(SecretBytes::expose).unwrap_or_default();
    let text = std::str::from_utf8(bytes).map_err(|_| impossible("its token is no text"))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(impossible("its token is empty, and without one it is not created")),
        token => {
            body[TOKEN] = json!(token);
            Ok(body)
        }
    }
}

/// A refusal, without its words where they repeat the token.
pub(super) fn discreet(error: client::Error, token: Option<&SecretBytes>) -> Error {
    match token {
        Some(token) => secrets::discreet(error, token),
        None => error.into(),
    }
}
