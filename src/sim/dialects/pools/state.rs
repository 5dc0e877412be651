//! The instance pools of a workspace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The pools, by identifier.
    pub(crate) pools: BTreeMap<String, Pool>,
}

/// One pool.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Pool {
    /// What people set, with what the server filled in.
    pub(super) settings: Map<String, Value>,
    /// The creator's identifier in SCIM.
    pub(super) creator_id: String,
}

impl State {
    /// Whether there is such a pool.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.pools.contains_key(id)
    }

    /// The machines of a pool.
    pub(crate) fn node_type(&self, id: &str) -> Option<&str> {
        self.pools.get(id)?.settings.get("node_type_id")?.as_str()
    }

    /// Whether another pool has the name.
    pub(super) fn name_taken(&self, name: &str, except: Option<&str>) -> bool {
        self.pools.iter().any(|(id, pool)| {
            Some(id.as_str()) != except
                && pool.settings.get("instance_pool_name").and_then(Value::as_str) == Some(name)
        })
    }
}

impl Pool {
    /// The pool as the API gives it.
    pub(super) fn answer(&self, id: &str) -> Value {
        let mut answer = self.settings.clone();
        let idle = answer.get("min_idle_instances").cloned().unwrap_or(json!(0));
        answer.insert("instance_pool_id".into(), json!(id));
        answer.insert("state".into(), json!("ACTIVE"));
        answer.insert(
            "stats".into(),
            json!({"used_count": 0, "idle_count": idle, "pending_used_count": 0, "pending_idle_count": 0}),
        );
        answer.insert("status".into(), json!({}));
        answer.insert(
            "default_tags".into(),
            json!({
                "Vendor": "Databricks",
                "DatabricksInstancePoolCreatorId": self.creator_id,
                "DatabricksInstancePoolId": id,
            }),
        );
        Value::Object(answer)
    }
}
