//! Where people find the objects of each kind, and what they change of them by hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// How objects of a kind are listed, read and changed by hand.
pub(super) struct Desk {
    pub(super) kind: &'static str,
    pub(super) list: (&'static str, &'static str),
    pub(super) id: &'static str,
    /// Where one is read, up to its identifier; nothing where only a listing tells of it.
    pub(super) get: &'static str,
    /// The field that bears the name.
    pub(super) name: &'static str,
    /// What people set, if anything.
    pub(super) field: Option<&'static str>,
    /// Where rights on it are set, and the least of them.
    pub(super) rights: Option<(&'static str, &'static str)>,
}

pub(super) const DESKS: [Desk; 11] = [
    Desk {
        kind: "job",
        list: ("/api/2.2/jobs/list?limit=100", "jobs"),
        id: "job_id",
        get: "/api/2.2/jobs/get?job_id=",
        name: "name",
        field: Some("description"),
        rights: Some(("jobs", "CAN_VIEW")),
    },
    Desk {
        kind: "cluster",
        list: ("/api/2.1/clusters/list", "clusters"),
        id: "cluster_id",
        get: "/api/2.1/clusters/get?cluster_id=",
        name: "cluster_name",
        field: Some("autotermination_minutes"),
        rights: Some(("clusters", "CAN_ATTACH_TO")),
    },
    Desk {
        kind: "cluster_policy",
        list: ("/api/2.0/policies/clusters/list", "policies"),
        id: "policy_id",
        get: "/api/2.0/policies/clusters/get?policy_id=",
        name: "name",
        field: Some("max_clusters_per_user"),
        rights: Some(("cluster-policies", "CAN_USE")),
    },
    Desk {
        kind: "instance_pool",
        list: ("/api/2.0/instance-pools/list", "instance_pools"),
        id: "instance_pool_id",
        get: "/api/2.0/instance-pools/get?instance_pool_id=",
        name: "instance_pool_name",
        field: Some("idle_instance_autotermination_minutes"),
        rights: Some(("instance-pools", "CAN_ATTACH_TO")),
    },
    Desk {
        kind: "group",
        list: ("/api/2.0/preview/scim/v2/Groups", "Resources"),
        id: "id",
        get: "/api/2.0/preview/scim/v2/Groups/",
        name: "displayName",
        field: Some("externalId"),
        rights: None,
    },
    Desk {
        kind: "secret_scope",
        list: ("/api/2.0/secrets/scopes/list", "scopes"),
        id: "name",
        get: "",
        name: "name",
        field: None,
        rights: Some(("secret scope", "READ")),
    },
    Desk {
        kind: "secret",
        list: ("/api/2.0/secrets/list?scope=", "secrets"),
        id: "key",
        get: "/api/2.0/secrets/get?scope=",
        name: "key",
        field: Some("value"),
        rights: None,
    },
    Desk {
        kind: "global_init_script",
        list: ("/api/2.0/global-init-scripts", "scripts"),
        id: "script_id",
        get: "/api/2.0/global-init-scripts/",
        name: "name",
        field: Some("script"),
        rights: None,
    },
    Desk {
        kind: "git_folder",
        list: ("/api/2.0/repos", "repos"),
        id: "id",
        get: "/api/2.0/repos/",
        name: "path",
        field: Some("branch"),
        rights: Some(("repos", "CAN_READ")),
    },
    Desk {
        kind: "mlflow_experiment",
        list: ("/api/2.0/mlflow/experiments/list?max_results=1000", "experiments"),
        id: "experiment_id",
        get: "/api/2.0/mlflow/experiments/get?experiment_id=",
        name: "name",
        field: Some(TAG),
        rights: Some(("experiments", "CAN_READ")),
    },
    Desk {
        kind: "ws_registered_model",
        list: ("/api/2.0/mlflow/registered-models/list?max_results=1000", "registered_models"),
        id: "id",
        get: "/api/2.0/mlflow/databricks/registered-models/get?name=",
        name: "name",
        field: Some("description"),
        rights: Some(("registered-models", "CAN_READ")),
    },
];

/// The tag that people set on experiments.
pub(super) const TAG: &str = "edited";

impl Desk {
    /// What she puts into a field for the `number`-th time, in a form that the field takes.
    pub(super) fn value(&self, field: &str, number: u64) -> Value {
        let text = format!("edited {number}");
        match (self.kind, field) {
            ("mlflow_experiment", "name") => json!(format!("/Shared/{text}")),
            ("git_folder", _) => json!(text.replace(' ', "-")),
            ("global_init_script", "script") => json!(STANDARD.encode(text)),
            (_, field)
                if field == self.name
                    || ["description", "externalId", "value", TAG].contains(&field) =>
            {
                json!(text)
            }
            _ => json!(1000 + number),
        }
    }
}
