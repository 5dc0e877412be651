//! Listing, creating and deleting scopes.

use serde_json::{Value, json};

use super::state::{Level, Scope, absent, check_name, more, scope};
use crate::sim::dialects::scim::{self, Sort};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::shuffle;
use crate::sim::state::State;

/// The fields of a body that are told otherwise in an answer.
const KNOWN: [&str; 4] =
    ["scope", "scope_backend_type", "backend_azure_keyvault", "initial_manage_principal"];

/// Lists the scopes: all of them, whoever asks.
pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let scopes = &state.secrets.scopes;
    let names = shuffle(scopes.keys().cloned().collect::<Vec<_>>(), call);
    let listed: Vec<Value> = names.iter().map(|name| scopes[name].answer(name)).collect();
    // An empty list is left out, as in other answers of this age.
    Ok(Answer::Json(if listed.is_empty() { json!({}) } else { json!({"scopes": listed}) }))
}

/// Creates a scope, and lets its creator manage it.
pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("scope")?;
    check_name("scope name", name)?;
    if state.secrets.scopes.keys().any(|known| known.eq_ignore_ascii_case(name)) {
        return Err(Refusal::exists(format!("Scope {name} already exists!")));
    }
    if call.text("scope_backend_type") == Some("AZURE_KEYVAULT") {
        // Everybody here signs in with tokens of Databricks.
        let message = "Scope with Azure KeyVault must have userAADToken defined!";
        return Err(Refusal::invalid(message));
    }
    if call.body.get("backend_azure_keyvault").is_some_and(|vault| !vault.is_null()) {
        let message = "backend_azure_keyvault is only for scopes of type AZURE_KEYVAULT";
        return Err(Refusal::invalid(message));
    }
    let manager = match call.text("initial_manage_principal") {
        None => call.caller.id.clone(),
        Some("users") => scim::find(state, Sort::Group, "users").unwrap_or_default().to_owned(),
        Some(_) => {
            let message = "initial_manage_principal may only be users";
            return Err(Refusal::invalid(message));
        }
    };
    let acl = [(manager, Level::Manage)].into();
    let scope = Scope { acl, more: more(call, &KNOWN), ..Scope::default() };
    state.secrets.scopes.insert(name.to_owned(), scope);
    Ok(Answer::nothing())
}

/// Deletes a scope with all that is in it.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    scope(state, call, Level::Manage)?;
    let name = call.need("scope")?;
    state.secrets.scopes.remove(name).ok_or_else(|| absent(name))?;
    Ok(Answer::nothing())
}

impl Scope {
    fn answer(&self, name: &str) -> Value {
        let mut answer = self.more.clone();
        answer.insert("name".into(), json!(name));
        let backend = if self.vault.is_some() { "AZURE_KEYVAULT" } else { "DATABRICKS" };
        answer.insert("backend_type".into(), json!(backend));
        answer.extend(self.vault.clone().map(|vault| ("keyvault_metadata".to_owned(), vault)));
        Value::Object(answer)
    }
}
