//! The workspace while it is being planted: its API, spoken in process.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use serde_json::{Value, json};

use crate::sim::dialects::scim;
use crate::sim::dialects::tree::TreePath;
use crate::sim::ids::Ids;
use crate::sim::options::Options;
use crate::sim::state::State;
use crate::sim::workspace::Workspace;

use super::SeedError;

/// A copy of a workspace without faults, limits and latency, whose API is called to plant something.
pub(super) struct Site {
    copy: Workspace,
    admin: String,
}

impl Site {
    /// Copies the content of a workspace.
    pub(super) fn copy_of(workspace: &Workspace) -> Result<Self, SeedError> {
        let copy = Workspace::new(Options::default());
        let state = workspace.with_state(|state| state.clone());
        let admin = first_admin(&state).ok_or(SeedError::NoAdmin)?;
        copy.with_state(|into| *into = state);
        copy.add_token(&admin, &admin);
        Ok(Self { copy, admin })
    }

    /// Gives what was planted to the workspace.
    pub(super) fn hand_over(self, workspace: &Workspace) {
        let state = self.copy.with_state(|state| state.clone());
        workspace.with_state(|into| *into = state);
    }

    /// The admin who plants.
    pub(super) fn admin(&self) -> &str {
        &self.admin
    }

    /// Reads or changes what the API cannot.
    pub(super) fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        self.copy.with_state(work)
    }

    /// Changes the identifiers that are given next for others, and back.
    pub(super) fn swap_ids(&self, ids: &mut Ids) {
        self.with_state(|state| std::mem::swap(&mut state.ids, ids));
    }

    /// Asks for something.
    pub(super) async fn get(&self, target: &str) -> Result<Value, SeedError> {
        self.send(&self.admin, Method::GET, target, None).await
    }

    /// Sends something.
    pub(super) async fn post(&self, target: &str, body: Value) -> Result<Value, SeedError> {
        self.send(&self.admin, Method::POST, target, Some(body)).await
    }

    /// Sends something as somebody else, who becomes its creator.
    pub(super) async fn post_as(
        &self,
        who: &str,
        target: &str,
        body: Value,
    ) -> Result<Value, SeedError> {
        self.copy.add_token(who, who);
        self.send(who, Method::POST, target, Some(body)).await
    }

    /// Changes a part of something.
    pub(super) async fn patch(&self, target: &str, body: Value) -> Result<Value, SeedError> {
        self.send(&self.admin, Method::PATCH, target, Some(body)).await
    }

    /// Deletes something.
    pub(super) async fn delete(&self, target: &str) -> Result<Value, SeedError> {
        self.send(&self.admin, Method::DELETE, target, None).await
    }

    /// Puts a small file into DBFS.
    pub(super) async fn file(&self, path: &str, bytes: &[u8]) -> Result<(), SeedError> {
        let body = json!({"path": path, "contents": STANDARD.encode(bytes)});
        self.post("/api/2.0/dbfs/put", body).await.map(drop)
    }

    /// Puts a small file among those of a run, at an address that the workspace signs.
    pub(super) async fn artifact(
        &self,
        run: &str,
        path: &str,
        bytes: &[u8],
    ) -> Result<(), SeedError> {
        const CALL: &str = "/api/2.0/mlflow/artifacts/credentials-for-write";
        let answer = self.post(CALL, json!({"run_id": run, "path": [path]})).await?;
        let uri = answer["credential_infos"][0]["signed_uri"].as_str().unwrap_or_default();
        let request = Request::put(uri).header("x-ms-blob-type", "BlockBlob");
        let response = self.copy.call(request.body(Bytes::copy_from_slice(bytes))?).await;
        refused(&format!("PUT {path}"), &response)
    }

    /// Makes a folder.
    pub(super) async fn folder(&self, path: &str) -> Result<(), SeedError> {
        self.post("/api/2.0/workspace/mkdirs", json!({"path": path})).await.map(drop)
    }

    /// Brings in a notebook as text.
    pub(super) async fn notebook(
        &self,
        path: &str,
        language: &str,
        text: &str,
    ) -> Result<(), SeedError> {
        let content = STANDARD.encode(text);
        let body =
            json!({"path": path, "format": "SOURCE", "language": language, "content": content});
        self.post("/api/2.0/workspace/import", body).await.map(drop)
    }

    /// Brings in bytes in a format which needs no language.
    pub(super) async fn import(
        &self,
        path: &str,
        format: &str,
        bytes: &[u8],
    ) -> Result<(), SeedError> {
        let body = json!({"path": path, "format": format, "content": STANDARD.encode(bytes)});
        self.post("/api/2.0/workspace/import", body).await.map(drop)
    }

    /// The object id at a path of the tree.
    pub(super) async fn object_id(&self, path: &str) -> Result<String, SeedError> {
        let target = format!("/api/2.0/workspace/get-status?path={}", encoded(path));
        Ok(self.get(&target).await?["object_id"].to_string())
    }

    /// Replaces the direct grants on an object.
    pub(super) async fn grant(
        &self,
        kind: &str,
        id: &str,
        grants: &[Value],
    ) -> Result<(), SeedError> {
        let target = format!("/api/2.0/permissions/{kind}/{id}");
        let body = json!({"access_control_list": grants});
        self.send(&self.admin, Method::PUT, &target, Some(body)).await.map(drop)
    }

    /// Replaces the direct grants on an object of the tree.
    pub(super) async fn grant_at(
        &self,
        kind: &str,
        path: &str,
        grants: &[Value],
    ) -> Result<(), SeedError> {
        let id = self.object_id(path).await?;
        self.grant(kind, &id, grants).await
    }

    async fn send(
        &self,
        token: &str,
        method: Method,
        target: &str,
        body: Option<Value>,
    ) -> Result<Value, SeedError> {
        let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let request = Request::builder()
            .method(method.clone())
            .uri(target)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(bytes)?;
        let response = self.copy.call(request).await;
        refused(&format!("{method} {target}"), &response)?;
        Ok(serde_json::from_slice(response.body()).unwrap_or(Value::Null))
    }
}

/// Says that a call was refused, if it was.
fn refused(call: &str, response: &Response<Bytes>) -> Result<(), SeedError> {
    if response.status().is_success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(response.body()).into_owned();
    Err(SeedError::Refused { call: call.to_owned(), status: response.status().as_u16(), message })
}

/// A grant to a user.
pub(super) fn user(name: &str, level: &str) -> Value {
    json!({"user_name": name, "permission_level": level})
}

/// A grant to a group.
pub(super) fn group(name: &str, level: &str) -> Value {
    json!({"group_name": name, "permission_level": level})
}

/// A grant to a service principal, by application id.
pub(super) fn service_principal(application_id: &str, level: &str) -> Value {
    json!({"service_principal_name": application_id, "permission_level": level})
}

/// An admin who is a user: users are known by their homes.
fn first_admin(state: &State) -> Option<String> {
    let users = state.tree.find(&TreePath::root().join("Users"))?;
    let mut names =
        state.tree.children(users).filter_map(|home| Some(state.tree.node(home)?.name.clone()));
    names.find(|name| scim::caller(state, name).is_some_and(|caller| caller.is_admin))
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
