//! The git credentials of a workspace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The credentials, by identifier.
    pub(super) credentials: BTreeMap<i64, Credential>,
}

/// One credential.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Credential {
    /// Whose it is, by the identifier in SCIM.
    pub(super) owner: String,
    /// The provider, in its one spelling.
    pub(super) provider: String,
    /// Whether it is taken where none is named.
    pub(super) is_default: bool,
    /// What else people set and can read.
    pub(super) settings: Map<String, Value>,
    /// The token, which no file of the simulator holds: a workspace that is loaded again has lost it.
    #[serde(skip)]
    pub(super) token: Option<String>,
}

/// What a git server is told of a user.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    /// The user.
    pub(crate) user: String,
    /// The token.
    pub(crate) token: String,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Credential {
    /// The credential as the API gives it.
    pub(super) fn answer(&self, id: i64) -> Value {
        let mut answer = self.settings.clone();
        answer.insert("credential_id".into(), json!(id));
        answer.insert("git_provider".into(), json!(self.provider));
        answer.insert("is_default_for_provider".into(), json!(self.is_default));
        Value::Object(answer)
    }

    fn login(&self) -> Option<Login> {
        let text = |name: &str| self.settings.get(name).and_then(Value::as_str);
        let user = text("git_username").or_else(|| text("git_email")).unwrap_or("git").to_owned();
        Some(Login { user, token: self.token.clone()? })
    }
}

impl State {
    /// Whether a user has the credential of that identifier, and for that provider.
    pub(crate) fn has(&self, owner: &str, provider: &str, id: i64) -> bool {
        let found = self.credentials.get(&id);
        found.is_some_and(|one| one.owner == owner && one.provider == provider)
    }

    /// What a git server is told of a user: by the credential of that identifier, or the provider's default.
    pub(crate) fn login(&self, owner: &str, provider: &str, id: Option<i64>) -> Option<Login> {
        let own = |one: &&Credential| one.owner == owner && one.provider == provider;
        let chosen = match id {
            Some(id) => self.credentials.get(&id),
            None => self.credentials.values().filter(own).find(|one| one.is_default),
        };
        chosen?.login()
    }

    /// Makes one credential of a user the only default of its provider.
    pub(super) fn make_default(&mut self, id: i64) {
        let Some((owner, provider)) =
            self.credentials.get(&id).map(|one| (one.owner.clone(), one.provider.clone()))
        else {
            return;
        };
        for (other, one) in &mut self.credentials {
            if one.owner == owner && one.provider == provider {
                one.is_default = *other == id;
            }
        }
    }
}
