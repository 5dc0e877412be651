//! Objects of a target, as somebody lists, reads and changes them who is not brickform.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::desk::{DESKS, Desk, TAG};
use crate::world::World;

/// An object of the target.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Thing {
    desk: usize,
    /// Its identifier, as the server spells it.
    pub(super) id: Value,
    pub(super) name: String,
}

impl Thing {
    /// A job that somebody just made.
    pub(super) fn job(id: Value, name: String) -> Self {
        Self { desk: 0, id, name }
    }

    pub(super) fn desk(&self) -> &'static Desk {
        &DESKS[self.desk]
    }

    pub(super) fn kind(&self) -> &'static str {
        self.desk().kind
    }

    /// Whether it is the same sort of thing under the same name.
    pub(super) fn is_called_as(&self, other: &Self) -> bool {
        self.desk == other.desk && self.name == other.name
    }

    /// The identifier as text.
    pub(super) fn word(&self) -> String {
        self.id.as_str().map_or_else(|| self.id.to_string(), str::to_owned)
    }

    /// Scope and key of a secret.
    fn parts(&self) -> (String, String) {
        let word = self.word();
        let (scope, key) = word.split_once('/').unwrap();
        (scope.to_owned(), key.to_owned())
    }

    /// Whether it is gone where another is: it is that, or a secret in that scope.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        let is_inside = || self.kind() == "secret" && self.parts().0 == other.word();
        self.id == other.id || other.kind() == "secret_scope" && is_inside()
    }

    /// Whether a request is about it: about its rights, or about itself.
    pub(super) fn is_meant(&self, request: &str, rights: bool) -> bool {
        let says = |field: &str, value: &str| {
            let in_query = format!("{field}={value}");
            let ends = |rest: &str| rest.is_empty() || rest.starts_with(['&', ' ']);
            request.split_once(&in_query).is_some_and(|(_, rest)| ends(rest))
                || request.contains(&format!("\"{field}\":\"{value}\""))
        };
        match self.kind() {
            "secret_scope" if rights => says("scope", &self.word()),
            "secret_scope" => {
                request.contains("/scopes/list")
                    || request.contains("/scopes/") && says("scope", &self.word())
            }
            "secret" => {
                let (scope, key) = self.parts();
                let is_listed = request.contains("/secrets/list?");
                says("scope", &scope) && (is_listed || says("key", &key))
            }
            "ws_registered_model" if !rights => says("name", &self.name),
            _ => request.contains(&self.word()),
        }
    }

    /// What the server says of it; `None` if it is gone.
    pub(super) async fn settings(&self, world: &World) -> Option<Value> {
        let get = |target: String| async move {
            let (status, answer) = world.raw("GET", &target, Value::Null).await;
            status.is_success().then_some(answer)
        };
        match self.kind() {
            "secret_scope" => things(world).await.contains(self).then(|| json!({})),
            "secret" => {
                let (scope, key) = self.parts();
                let answer = get(format!("{}{scope}&key={key}", self.desk().get)).await?;
                let value = STANDARD.decode(answer["value"].as_str().unwrap()).unwrap();
                Some(json!({"value": String::from_utf8(value).unwrap()}))
            }
            // It is read by its name, which may be another one by now.
            "ws_registered_model" => {
                models(world).await.into_iter().find(|one| one["id"] == self.id)
            }
            "mlflow_experiment" => {
                let mut found = get(format!("{}{}", self.desk().get, self.word())).await?;
                let mut found = found["experiment"].take();
                let tags = found["tags"].as_array().cloned().unwrap_or_default();
                let tag = tags.into_iter().find(|tag| tag["key"] == TAG);
                found[TAG] = tag.map_or(Value::Null, |mut tag| tag["value"].take());
                (found["lifecycle_stage"] == "active").then_some(found)
            }
            _ => {
                let answer = get(format!("{}{}", self.desk().get, self.word())).await?;
                let settings = answer.get("settings").cloned();
                Some(settings.unwrap_or(answer))
            }
        }
    }

    /// Sets a field; answers whether that could be done.
    pub(super) async fn set(&self, world: &World, field: &str, value: &Value) -> bool {
        let one = |path: &str| format!("{path}{}", self.word());
        let (method, path, body) = match (self.kind(), field) {
            ("secret_scope", _) | ("secret", "key") | ("git_folder", "path") => return false,
            ("job", _) => {
                let settings = json!({"job_id": self.id, "new_settings": {field: value}});
                ("POST", "/api/2.2/jobs/update".to_owned(), settings)
            }
            ("cluster", _) => {
                let body = json!({
                    "cluster_id": self.id, "update_mask": field, "cluster": {field: value}});
                ("POST", "/api/2.1/clusters/update".to_owned(), body)
            }
            ("group", _) => {
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "replace", "path": field, "value": value}]});
                ("PATCH", one(self.desk().get), body)
            }
            ("secret", _) => {
                let (scope, key) = self.parts();
                let body = json!({"scope": scope, "key": key, "string_value": value});
                ("POST", "/api/2.0/secrets/put".to_owned(), body)
            }
            ("global_init_script", _) => {
                let Some(now) = self.settings(world).await else { return false };
                let mut body = json!({"name": now["name"], "script": now["script"]});
                body[field] = value.clone();
                ("PATCH", one(self.desk().get), body)
            }
            ("git_folder", _) => ("PATCH", one(self.desk().get), json!({field: value})),
            ("mlflow_experiment", "name") => {
                let body = json!({"experiment_id": self.id, "new_name": value});
                ("POST", "/api/2.0/mlflow/experiments/update".to_owned(), body)
            }
            ("mlflow_experiment", _) => {
                let body = json!({"experiment_id": self.id, "key": field, "value": value});
                ("POST", "/api/2.0/mlflow/experiments/set-experiment-tag".to_owned(), body)
            }
            ("ws_registered_model", _) => {
                let Some(now) = self.settings(world).await else { return false };
                let (method, call, field) = match field {
                    "name" => ("POST", "rename", "new_name"),
                    other => ("PATCH", "update", other),
                };
                let path = format!("/api/2.0/mlflow/registered-models/{call}");
                (method, path, json!({"name": now["name"], field: value}))
            }
            _ => {
                let Some(mut body) = self.settings(world).await else { return false };
                body[field] = value.clone();
                ("POST", self.calls().to_owned() + "/edit", body)
            }
        };
        world.raw(method, &path, body).await.0.is_success()
    }

    /// Where the calls of its kind are.
    fn calls(&self) -> &'static str {
        self.desk().get.split("/get?").next().unwrap()
    }

    /// Deletes it; answers whether that could be done.
    pub(super) async fn delete(&self, world: &World) -> bool {
        let (method, path, body) = match self.kind() {
            "group" | "global_init_script" | "git_folder" => {
                ("DELETE", format!("{}{}", self.desk().get, self.word()), Value::Null)
            }
            "cluster" => {
                let path = format!("{}/permanent-delete", self.calls());
                ("POST", path, json!({"cluster_id": self.id}))
            }
            "secret_scope" => {
                ("POST", "/api/2.0/secrets/scopes/delete".to_owned(), json!({"scope": self.id}))
            }
            "secret" => {
                let (scope, key) = self.parts();
                let body = json!({"scope": scope, "key": key});
                ("POST", "/api/2.0/secrets/delete".to_owned(), body)
            }
            "ws_registered_model" => {
                let Some(now) = self.settings(world).await else { return false };
                let name = now["name"].as_str().unwrap().replace(' ', "%20");
                let path = format!("/api/2.0/mlflow/registered-models/delete?name={name}");
                ("DELETE", path, Value::Null)
            }
            _ => ("POST", format!("{}/delete", self.calls()), json!({self.desk().id: self.id})),
        };
        world.raw(method, &path, body).await.0.is_success()
    }

    fn rights(&self) -> String {
        format!("/api/2.0/permissions/{}/{}", self.desk().rights.unwrap().0, self.word())
    }

    /// Gives everybody a right; answers whether that could be done.
    pub(super) async fn grant(&self, world: &World, level: &str) -> bool {
        let (method, path, body) = if self.kind() == "secret_scope" {
            let body = json!({"scope": self.id, "principal": "users", "permission": level});
            ("POST", "/api/2.0/secrets/acls/put".to_owned(), body)
        } else {
            let entry = json!({"group_name": "users", "permission_level": level});
            ("PATCH", self.rights(), json!({ "access_control_list": [entry] }))
        };
        world.raw(method, &path, body).await.0.is_success()
    }

    /// Whether everybody has a right.
    pub(super) async fn is_granted(&self, world: &World, level: &str) -> bool {
        if self.kind() == "secret_scope" {
            let target = format!("/api/2.0/secrets/acls/get?scope={}&principal=users", self.word());
            return world.raw("GET", &target, Value::Null).await.1["permission"] == level;
        }
        let (_, answer) = world.raw("GET", &self.rights(), Value::Null).await;
        answer["access_control_list"].as_array().into_iter().flatten().any(|entry| {
            let all = entry["all_permissions"].as_array();
            entry["group_name"] == "users"
                && all.into_iter().flatten().any(|one| one["permission_level"] == level)
        })
    }
}

/// What a listing of the target tells.
async fn listed(world: &World, target: &str, field: &str) -> Vec<Value> {
    let (_, mut answer) = world.raw("GET", target, Value::Null).await;
    answer[field].as_array_mut().map(std::mem::take).unwrap_or_default()
}

/// The registered models, each with the identifier that only a call of its own tells.
async fn models(world: &World) -> Vec<Value> {
    let desk = &DESKS[DESKS.len() - 1];
    let mut all = Vec::new();
    for one in listed(world, desk.list.0, desk.list.1).await {
        let name = one["name"].as_str().unwrap().replace(' ', "%20");
        let (_, mut answer) = world.raw("GET", &format!("{}{name}", desk.get), Value::Null).await;
        all.push(answer["registered_model_databricks"].take());
    }
    all
}

/// The secrets of every scope, called by scope and key.
async fn secrets(world: &World, desk: &Desk) -> Vec<Value> {
    let mut all = Vec::new();
    for scope in listed(world, "/api/2.0/secrets/scopes/list", "scopes").await {
        let scope = scope["name"].as_str().unwrap();
        for one in listed(world, &format!("{}{scope}", desk.list.0), desk.list.1).await {
            all.push(json!({"key": format!("{scope}/{}", one["key"].as_str().unwrap())}));
        }
    }
    all
}

/// Everything there is on her desks, but what belongs to the system.
pub(super) async fn things(world: &World) -> Vec<Thing> {
    let mut all = Vec::new();
    for (number, desk) in DESKS.iter().enumerate() {
        let found = match desk.kind {
            "ws_registered_model" => models(world).await,
            "secret" => secrets(world, desk).await,
            _ => listed(world, desk.list.0, desk.list.1).await,
        };
        for one in found {
            let named = one.get("settings").unwrap_or(&one);
            let name = named[desk.name].as_str().unwrap_or_default().to_owned();
            if !["admins", "users"].contains(&name.as_str()) && one["is_default"] != json!(true) {
                all.push(Thing { desk: number, id: one[desk.id].clone(), name });
            }
        }
    }
    all
}
