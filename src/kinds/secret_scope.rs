//! Scopes of secrets, and who may do what with them.
//!
//! API: <https://docs.databricks.com/api/workspace/secrets/createscope>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::secrets;
use crate::client::{self, Repeat};
use crate::kind::rule::{self, Json};
use crate::kind::{
    Acl, Api, Call, Created, Entries, Error, Hooks, Kind, Listing, Live, Reading, Wanted, Writing,
    regular,
};
use crate::model::{Finding, Resource, ServerId, Source};

pub(crate) static KIND: Kind = Kind {
    name: "secret_scope",
    about: "Scopes that hold secrets, in Databricks or in an Azure Key Vault.",
    docs: "https://docs.databricks.com/api/workspace/secrets",
    api: Api {
        list: Call::get("/api/2.0/secrets/scopes/list").items("scopes").whole(),
        get: None,
        create: Some(Call::post("/api/2.0/secrets/scopes/create")),
        update: None,
        delete: Some(Call::post("/api/2.0/secrets/scopes/delete").body_id("scope")),
    },
    id: "/name",
    rules: &[
        rule::default("/backend_type", Json::Str("DATABRICKS"), "the server's default"),
        rule::immutable("/backend_type", "there is no call that changes a scope"),
        rule::immutable("/keyvault_metadata", "there is no call that changes a scope"),
    ],
    acl: Some(Acl::of("secret scope").by(Entries {
        list: Call::get("/api/2.0/secrets/acls/list").query_id("scope").items("items"),
        put: Call::post("/api/2.0/secrets/acls/put").body_id("scope"),
        delete: Call::post("/api/2.0/secrets/acls/delete").body_id("scope"),
        principal: "principal",
        level: "permission",
    })),
    hooks: &SecretScope,
    ..Kind::REGULAR
}
.checked();

/// Fields that a create calls otherwise than an answer.
const RENAMED: [(&str, &str); 3] = [
    ("name", "scope"),
    ("backend_type", "scope_backend_type"),
    ("keyvault_metadata", "backend_azure_keyvault"),
];

struct SecretScope;

impl Hooks for SecretScope {
    fn inspect(&self, resource: &mut Resource) -> Vec<Finding> {
        if !secrets::is_vault(&resource.spec) {
            return Vec::new();
        }
        let message = "an Azure Key Vault holds its values, which stay there; only somebody who signed in to Entra as a user can create such a scope";
        vec![Finding::warning("key-vault", &resource.address, message)]
    }

    fn uncreatable(&self, resource: &Resource, target: &Source) -> Option<String> {
        let elsewhere = ["aws", "gcp"].contains(&target.cloud.as_str());
        (secrets::is_vault(&resource.spec) && elsewhere).then(|| {
            format!(
                "an Azure Key Vault holds its values, and the target is on {}: make a scope of that name there and put the values into it",
                target.cloud
            )
        })
    }

    /// A scope that is backed otherwise would have to be deleted, with every value in it.
    fn stranger(&self, wanted: &Resource, live: &Resource) -> Option<String> {
        let backed_by = |scope: &Resource| match secrets::is_vault(&scope.spec) {
            true => "an Azure Key Vault",
            false => "Databricks",
        };
        let (theirs, ours) = (backed_by(live), backed_by(wanted));
        Some(match theirs == ours {
            true => {
                "the target's scope of this name is backed by another Azure Key Vault".to_owned()
            }
            false => format!(
                "the target's scope of this name is backed by {theirs}, the wanted one by {ours}"
            ),
        })
    }

    /// Nobody can read back the values that go with a scope.
    fn holds_data(&self) -> bool {
        true
    }

    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        secrets::list(cx).boxed()
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        async move { create(cx, wanted).await }.boxed()
    }

    /// Nothing is deleted along with a scope.
    fn delete<'a>(&'a self, cx: Writing<'a>, live: Live) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            if !secrets::is_vault(&live.raw) {
                let keys = match secrets::keys_of(cx.session, live.id.as_str()).await {
                    Err(error) if error.is_not_found() => return Ok(()),
                    other => other?,
                };
                let names = keys.iter().filter_map(|raw| raw.get("key")?.as_str());
                let holds: Vec<String> = names.take(3).map(str::to_owned).collect();
                if !holds.is_empty() {
                    return Err(Error::NotEmpty { holds });
                }
            }
            regular::delete(cx, live).await
        }
        .boxed()
    }
}

async fn create(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<Created, Error> {
    let mut body = wanted.body;
    if let Some(map) = body.as_object_mut() {
        for (ours, theirs) in RENAMED {
            let value = map.remove(ours);
            map.extend(value.map(|value| (theirs.to_owned(), value)));
        }
    }
    let send = |body: Value| {
        let call = client::Call::post("/api/2.0/secrets/scopes/create").json(body);
        async move { cx.session.send(&call.repeat(Repeat::Once)).await.map_err(Error::from) }
    };
    match send(body.clone()).await {
        // Workspaces without access control only make scopes that everybody manages, and say so.
        Err(error)
            if error.is_invalid() && error.to_string().contains("initial_manage_principal") =>
        {
            body["initial_manage_principal"] = json!("users");
            send(body).await?;
        }
        other => drop(other?),
    }
    let id = ServerId::from_value(&json!(wanted.resource.address.key));
    Ok(Created { id, principal: None })
}
