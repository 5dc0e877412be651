//! Listing scopes, and the keys in each.

use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use super::super::{secret, secret_scope};
use crate::client::{Paging, Session};
use crate::kind::{Error, Listed, Listing, Reading, Scope, at, regular};
use crate::model::{Address, Finding, ServerId};

/// Whether a scope, or a secret in one, is backed by an Azure Key Vault.
pub(in crate::kinds) fn is_vault(raw: &Value) -> bool {
    raw.get("backend_type").and_then(Value::as_str) == Some("AZURE_KEYVAULT")
}

/// The keys of a scope, as the server lists them.
///
/// # Errors
/// As the server refuses.
pub(in crate::kinds) async fn keys_of(session: &Session, scope: &str) -> Result<Vec<Value>, Error> {
    let call = crate::client::Call::get("/api/2.0/secrets/list").query("scope", scope);
    Ok(session.list(call, "/secrets", Paging::None).await?)
}

/// Whether any secret of a scope is asked for.
fn concerns(asked: &Scope, scope: &str) -> bool {
    let is_in = |key: &String| key.split_once('/').is_some_and(|(holder, _)| holder == scope);
    match asked {
        Scope::Keys(keys) => keys.iter().any(is_in),
        Scope::Everything | Scope::Since(_) | Scope::Places { .. } => true,
    }
}

/// Lists scopes and secrets. A scope whose keys cannot be listed is a finding, and the others go on.
pub(in crate::kinds) async fn list(cx: Reading<'_>) -> Result<Listing, Error> {
    let mut listing = regular::list(cx).await?;
    let scopes: Vec<Value> = listing
        .objects
        .iter()
        .filter(|scope| concerns(cx.scope, &scope.key))
        .map(|scope| scope.raw.clone())
        .collect();
    let lists = stream::iter(scopes).map(|scope| async move {
        let name = at(&scope, "/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let keys = keys_of(cx.session, &name).await;
        (scope, name, keys)
    });
    let mut lists = lists.buffer_unordered(regular::AT_ONCE);
    while let Some((scope, name, keys)) = lists.next().await {
        match keys {
            Ok(keys) => {
                listing
                    .objects
                    .extend(keys.into_iter().filter_map(|raw| listed(&scope, &name, raw)));
            }
            // Deleted since the scopes were listed.
            Err(error) if error.is_not_found() => {}
            Err(error) => {
                let about = Address::new(secret_scope::KIND.name, name);
                let message = format!("its keys cannot be listed: {}", error.lasting_words());
                let finding = Finding::error("unreadable", about, message);
                listing.findings.push(finding.hint("read it as an admin, who may list all scopes"));
            }
        }
    }
    Ok(listing)
}

/// A secret as its scope's list shows it, and what only the scope tells of it.
fn listed(scope: &Value, name: &str, mut raw: Value) -> Option<Listed> {
    let key = format!("{name}/{}", raw.get("key")?.as_str()?);
    raw["path"] = json!(key);
    raw["scope"] = json!(name);
    if is_vault(scope) {
        raw["backend_type"] = scope["backend_type"].clone();
    }
    let id = ServerId::from_value(&raw["path"])?;
    Some(Listed { kind: &secret::KIND, id, key, created: 0, raw })
}
