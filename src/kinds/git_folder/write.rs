//! Making git folders and checking out in them.

use serde_json::{Map, Value, json};

use super::super::tree;
use super::{KIND, checkout};
use crate::client::{self, Call, Repeat, segment};
use crate::kind::{Created, Error, Live, Wanted, Writing};
use crate::model::ServerId;

/// What is to be done when a workspace does not get at a repository.
const REMEDY: &str = "whoever applies needs a git credential for this provider in the target that may read the repository";

/// What says what is checked out, which no create takes.
const CHECKED_OUT: [&str; 3] = ["branch", "tag", "head_commit_id"];

/// The field that says with which credential a repository is got at, where it is not the provider's default.
const CREDENTIAL: &str = "git_credential_id";

/// What an update sends, with the credential that it goes by.
fn sent(mut body: Map<String, Value>, wanted: &Value) -> Value {
    body.extend(wanted.get(CREDENTIAL).map(|id| (CREDENTIAL.to_owned(), id.clone())));
    Value::Object(body)
}

/// The path of one git folder.
fn one(id: &ServerId) -> String {
    KIND.api.update.map_or("", |call| call.path).replace("{id}", &segment(id.as_str()))
}

/// Adds a remedy where the repository could not be got at.
fn advised(error: client::Error) -> Error {
    match error.kind() {
        client::Kind::Denied => Error::Advised { error, remedy: REMEDY },
        _ => error.into(),
    }
}

/// Clones a repository into a new git folder.
///
/// The folder above is made where it is one of those below `/Repos`, which no snapshot holds.
pub(super) async fn create(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<Created, Error> {
    let path = wanted.resource.address.key.as_str();
    let above = tree::parent(path);
    if tree::parent(above) == "/Repos" {
        let mkdirs = Call::post("/api/2.0/workspace/mkdirs").json(json!({ "path": above }));
        cx.session.send(&mkdirs.repeat(Repeat::Idempotent)).await?;
    }
    let mut body = wanted.body;
    if let Some(map) = body.as_object_mut() {
        map.retain(|field, _| !CHECKED_OUT.contains(&field.as_str()));
    }
    body["path"] = json!(path);
    let call = Call::post("/api/2.0/repos").json(body);
    let answer = cx.session.send(&call).await.map_err(advised)?;
    let id = answer.get("id").and_then(ServerId::from_value);
    let id = id.ok_or(Error::Answer { call: "/api/2.0/repos", field: "/id" })?;
    Ok(Created { id: Some(id), principal: None })
}

/// Checks out what is wanted in a git folder that was just cloned, unless it is checked out already.
pub(super) async fn check_out(
    cx: Writing<'_>,
    id: ServerId,
    wanted: Wanted<'_>,
) -> Result<(), Error> {
    let Some((name, value)) = checkout::body(&wanted.body) else { return Ok(()) };
    let live = checkout::shape(cx.session.get(&one(&id), &[]).await?);
    if !checkout::is_elsewhere(&wanted.body, &live) {
        return Ok(());
    }
    let body = sent(Map::from_iter([(name.to_owned(), json!(value))]), &wanted.body);
    let call = Call::patch(one(&id)).json(body).repeat(Repeat::Idempotent);
    cx.session.send(&call).await.map_err(advised)?;
    Ok(())
}

/// Checks out something else, or other folders of it. Nothing else can be changed.
pub(super) async fn update(cx: Writing<'_>, live: Live, wanted: Wanted<'_>) -> Result<(), Error> {
    let changed = |name: &str| {
        live.changed.iter().any(|path| {
            path.strip_prefix('/').and_then(|path| path.split('/').next()) == Some(name)
        })
    };
    let mut body = Map::new();
    if CHECKED_OUT.iter().any(|name| changed(name)) {
        let named = checkout::body(&wanted.body);
        body.extend(named.map(|(name, value)| (name.to_owned(), json!(value))));
    }
    if changed("sparse_checkout")
        && let Some(sparse) = wanted.body.get("sparse_checkout")
    {
        body.insert("sparse_checkout".to_owned(), sparse.clone());
    }
    if body.is_empty() {
        return Ok(());
    }
    let body = sent(body, &wanted.body);
    let call = Call::patch(one(&live.id)).json(body).repeat(Repeat::Idempotent);
    cx.session.send(&call).await.map_err(advised)?;
    Ok(())
}
