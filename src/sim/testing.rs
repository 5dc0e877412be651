//! What the tests of the dialects share: a workspace and short ways to ask it.

use bytes::Bytes;
use http::{Request, header};
use serde_json::Value;

use super::dialects::permissions::Securable;
use super::options::Options;
use super::workspace::Workspace;

const TOY_LEVELS: &[(&str, &str)] =
    &[("CAN_VIEW", "Can look"), ("CAN_MANAGE", "Can do everything"), ("IS_OWNER", "Is the owner")];

/// Two types of object which are only there for tests: toys have an owner, and boxes lie in boxes.
/// The box `home` is the home of alice@x.com, and `inner` lies in it.
pub(crate) const SECURABLES: &[Securable] = &[
    Securable {
        object_type: "toy",
        path: "toys",
        levels: TOY_LEVELS,
        owner: true,
        exists: |_, id| id == "bear",
        ..Securable::REGULAR
    },
    Securable {
        object_type: "box",
        path: "boxes",
        levels: TOY_LEVELS.split_at(2).0,
        exists: |_, id| id == "home" || id == "inner",
        parents: |_, id| {
            if id == "inner" { vec![("boxes".to_owned(), "home".to_owned())] } else { Vec::new() }
        },
        home_of: |_, id| (id == "home").then(|| "alice@x.com".to_owned()),
        ..Securable::REGULAR
    },
];

/// A workspace with somebody who asks it.
pub(crate) struct Desk {
    /// The workspace.
    pub(crate) workspace: Workspace,
    token: String,
}

impl Desk {
    /// A new workspace, asked by its admin `admin@example.com`.
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    /// A new workspace with these options.
    pub(crate) fn with(options: Options) -> Self {
        let token = options.token.clone();
        Self { workspace: Workspace::new(options), token }
    }

    /// The same workspace, asked by another user.
    pub(crate) fn as_user(&self, user_name: &str) -> Self {
        let token = format!("token of {user_name}");
        self.workspace.add_token(&token, user_name);
        Self { workspace: self.workspace.clone(), token }
    }

    /// The request as it would be sent.
    pub(crate) fn request(&self, method: &str, target: &str, body: &Value) -> Request<Bytes> {
        let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        Request::builder()
            .method(method)
            .uri(target)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(bytes)
            .unwrap()
    }

    /// Sends a request, and gives status and body; a body which is no JSON comes as text.
    pub(crate) async fn send(&self, method: &str, target: &str, body: Value) -> (u16, Value) {
        let response = self.workspace.call(self.request(method, target, &body)).await;
        let bytes = response.body();
        let value = serde_json::from_slice(bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()));
        (response.status().as_u16(), value)
    }

    /// Sends a request which must succeed.
    pub(crate) async fn ok(&self, method: &str, target: &str, body: Value) -> Value {
        let (status, value) = self.send(method, target, body.clone()).await;
        assert!((200..300).contains(&status), "{method} {target} {body}: {status} {value}");
        value
    }

    /// Gets what must be there.
    pub(crate) async fn get(&self, target: &str) -> Value {
        self.ok("GET", target, Value::Null).await
    }

    /// Sends a request which must be refused with this status, and gives the message.
    pub(crate) async fn refused(
        &self,
        status: u16,
        method: &str,
        target: &str,
        body: Value,
    ) -> String {
        let (found, value) = self.send(method, target, body.clone()).await;
        assert_eq!(found, status, "{method} {target} {body}: {value}");
        let text = ["message", "detail"].into_iter().find_map(|name| value.get(name)?.as_str());
        text.map_or_else(|| value.to_string(), str::to_owned)
    }
}
