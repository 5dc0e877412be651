//! Policy families: the templates which every workspace has, under the same identifiers.

use serde_json::{Value, json};

use super::definition::Definition;

/// A template which policies can inherit from.
pub(super) struct Family {
    /// The identifier, the same in every workspace.
    pub(super) id: &'static str,
    /// The name, which the built-in policy of the family has too.
    pub(super) name: &'static str,
    /// What the template is for.
    pub(super) description: &'static str,
    rules: fn() -> Value,
}

/// All families.
pub(super) const FAMILIES: &[Family] = &[
    Family {
        id: "personal-vm",
        name: "Personal Compute",
        description: "A single machine for one person",
        rules: personal,
    },
    Family {
        id: "shared-compute",
        name: "Shared Compute",
        description: "A larger cluster which several people share",
        rules: shared,
    },
    Family {
        id: "power-user",
        name: "Power User Compute",
        description: "A larger cluster for one person",
        rules: power_user,
    },
    Family {
        id: "job-cluster",
        name: "Job Compute",
        description: "A general cluster for jobs",
        rules: job,
    },
];

impl Family {
    /// The family of that identifier.
    pub(super) fn find(id: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| family.id == id)
    }

    /// The rules.
    pub(super) fn definition(&self) -> Definition {
        match (self.rules)() {
            Value::Object(rules) => rules,
            _ => Definition::new(),
        }
    }
}

fn personal() -> Value {
    json!({
        "cluster_type": {"type": "fixed", "value": "all-purpose"},
        "num_workers": {"type": "fixed", "value": 0, "hidden": true},
        "node_type_id": {"type": "unlimited", "isOptional": true},
        "driver_instance_pool_id": {"type": "forbidden", "hidden": true},
        "instance_pool_id": {"type": "forbidden", "hidden": true},
        "data_security_mode": {"type": "fixed", "value": "SINGLE_USER", "hidden": true},
        "spark_conf.spark.databricks.cluster.profile":
            {"type": "fixed", "value": "singleNode", "hidden": true},
        "autotermination_minutes": {"type": "unlimited", "defaultValue": 4320, "isOptional": true}
    })
}

fn shared() -> Value {
    json!({
        "cluster_type": {"type": "fixed", "value": "all-purpose"},
        "data_security_mode": {"type": "fixed", "value": "USER_ISOLATION", "hidden": true},
        "spark_conf.spark.databricks.cluster.profile": {"type": "forbidden", "hidden": true},
        "autoscale.min_workers": {"type": "fixed", "value": 1, "hidden": true},
        "autoscale.max_workers": {"type": "unlimited", "defaultValue": 10, "isOptional": true},
        "autotermination_minutes": {"type": "unlimited", "defaultValue": 60, "isOptional": true}
    })
}

fn power_user() -> Value {
    json!({
        "cluster_type": {"type": "fixed", "value": "all-purpose"},
        "data_security_mode": {"type": "fixed", "value": "SINGLE_USER", "hidden": true},
        "spark_conf.spark.databricks.cluster.profile": {"type": "forbidden", "hidden": true},
        "autotermination_minutes": {"type": "unlimited", "defaultValue": 60, "isOptional": true}
    })
}

fn job() -> Value {
    json!({
        "cluster_type": {"type": "fixed", "value": "job"},
        "spark_conf.spark.databricks.cluster.profile":
            {"type": "forbidden", "hidden": true},
        "data_security_mode": {"type": "unlimited", "isOptional": true}
    })
}
