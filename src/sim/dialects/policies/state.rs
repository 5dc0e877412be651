//! The policies of a workspace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::definition::{self, Definition};
use super::family::{FAMILIES, Family};
use crate::sim::http::Refusal;
use crate::sim::state::State as Workspace;

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The policies, by identifier.
    pub(crate) policies: BTreeMap<String, Policy>,
    /// Whether the policies which every workspace begins with were made.
    provisioned: bool,
}

/// One policy.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Policy {
    /// What people set: `name`, `description`, `libraries`, `definition` and so on, as it is given back.
    pub(super) settings: Map<String, Value>,
    /// Who made it; nobody made the built-in ones.
    pub(super) creator: Option<String>,
    /// When it was made, in milliseconds.
    pub(super) created: i64,
    /// Whether every workspace has it.
    pub(super) built_in: bool,
}

impl State {
    /// Whether there is such a policy.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.policies.contains_key(id)
    }

    /// The libraries which every cluster of a policy gets.
    pub(crate) fn libraries(&self, id: &str) -> &[Value] {
        let libraries = self.policies.get(id).and_then(|policy| policy.settings.get("libraries"));
        libraries.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The rules of a policy, inherited ones included.
    pub(super) fn rules(&self, id: &str) -> Option<Definition> {
        let text = self.policies.get(id)?.settings.get("definition")?.as_str()?;
        serde_json::from_str(text).ok()
    }

    /// Refuses a name which another policy has.
    pub(super) fn free_name(&self, name: &str, except: Option<&str>) -> Result<(), Refusal> {
        let taken = self.policies.iter().any(|(id, policy)| {
            Some(id.as_str()) != except && policy.settings.get("name") == Some(&json!(name))
        });
        if taken {
            return Err(Refusal::invalid(format!(
                "Cluster policy with name '{name}' already exists"
            )));
        }
        Ok(())
    }
}

impl Policy {
    /// The policy as the API gives it.
    pub(super) fn answer(&self, id: &str) -> Value {
        let mut answer = self.settings.clone();
        answer.insert("policy_id".into(), json!(id));
        answer.insert("created_at_timestamp".into(), json!(self.created));
        answer.insert("is_default".into(), json!(self.built_in));
        if let Some(creator) = &self.creator {
            answer.insert("creator_user_name".into(), json!(creator));
        }
        Value::Object(answer)
    }

    fn built_in(family: &Family, now: i64) -> Self {
        let settings = json!({
            "name": family.name,
            "description": family.description,
            "policy_family_id": family.id,
            "definition": definition::written(&family.definition()),
        });
        let settings = settings.as_object().cloned().unwrap_or_default();
        Self { settings, creator: None, created: now, built_in: true }
    }
}

/// Makes the policies which every workspace begins with, once; their identifiers differ by workspace.
pub(crate) fn provision(state: &mut Workspace, now: i64) {
    if state.policies.provisioned {
        return;
    }
    state.policies.provisioned = true;
    for family in FAMILIES {
        let id = state.ids.hex16();
        state.policies.policies.insert(id, Policy::built_in(family, now));
    }
}
