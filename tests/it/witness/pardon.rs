//! Fields that are right although the witness does not say so.

use brickform::kind::matches_pattern;

use super::table::Complaint;

/// One complaint that is let pass, and why.
#[derive(Debug)]
pub(super) struct Pardon {
    kind: &'static str,
    topic: &'static str,
    at: &'static str,
    why: &'static str,
}

impl Pardon {
    /// Whether servers answer this field although the witness does not say so.
    pub(super) fn allows_field(&self, kind: &str, at: &str) -> bool {
        let is_below = |rest: &str| rest.is_empty() || rest.starts_with('/');
        let about_a_field = ["rule", "reference"].contains(&self.topic);
        self.kind == kind && about_a_field && at.strip_prefix(self.at).is_some_and(is_below)
    }

    pub(super) fn is_for(&self, complaint: &Complaint) -> bool {
        self.kind == complaint.kind
            && self.topic == complaint.topic
            && matches_pattern(self.at, &complaint.at)
    }
}

const fn pardon(
    kind: &'static str,
    topic: &'static str,
    at: &'static str,
    why: &'static str,
) -> Pardon {
    Pardon { kind, topic, at, why }
}

const OLDER: &str = "older servers answer it, the SDK does not know it any more";
const SHARED: &str = "the structure is written once for all places, and this one has a field less";
const BY_KIND: &str = "members are kept apart by kind, the server tells them in one list";
const BY_DAY: &str = "runs are kept by experiment and day, the server knows single ones";
const ELSEWHERE: &str = "belongs to the account or to another product, the same in both workspaces";
const CHECKED_OUT: &str = "an update checks it out, and takes nothing else of a git folder";
const OF_SCOPE: &str = "the listing is of one scope, which is noted in each of its secrets";
const COMPOSED: &str = "no call tells it as one: it is made of several fields";
const OF_RUN: &str = "the run tells it, which is read beside the version";
const UNTOLD: &str = "stands for the value, which is sent and in no spec";
const PLAIN: &str = "a plain MLflow server tells it, and no workspace does";
const LEGACY: &str = "legacy dashboards and their parts are no kind here";

pub(super) const PARDONS: &[Pardon] = &[
    pardon("cluster", "read-only", "/spec", "what was asked for; it is what is kept"),
    pardon("cluster", "rule", "/is_pinned", "a filtered listing tells it"),
    pardon("cluster", "rule", "/libraries", "other calls tell and change them"),
    pardon("cluster", "rule", "/libraries/*/*", "other calls tell and change them"),
    pardon("cluster", "rule", "/pinned_by_user_name", OLDER),
    pardon("cluster", "rule", "/disk_spec", OLDER),
    pardon("cluster", "rule", "/init_scripts_safe_mode", OLDER),
    pardon("cluster", "rule", "/last_activity_time", OLDER),
    pardon("cluster_policy", "rule", "/background_enforcement", OLDER),
    pardon("cluster_policy", "unreferenced", "/policy_family_id", "every workspace has the same"),
    pardon("directory", "read-only", "/language", "folders have none"),
    pardon("directory", "rule", "/git_info", OLDER),
    pardon("notebook", "rule", "/git_info", OLDER),
    pardon("workspace_file", "rule", "/git_info", OLDER),
    pardon("global_init_script", "rule", "/runs_after", "what the positions of all scripts tell"),
    pardon("git_credential", "key", "/key", COMPOSED),
    pardon("git_credential", "rule", "/key", COMPOSED),
    pardon("git_credential", "rule", "/personal_access_token", UNTOLD),
    pardon("git_folder", "id", "/id", "the tree lists it, and calls it object_id"),
    pardon("git_folder", "read-only", "/branch", CHECKED_OUT),
    pardon("git_folder", "read-only", "/head_commit_id", CHECKED_OUT),
    pardon("git_folder", "rule", "/tag", CHECKED_OUT),
    pardon("group", "reference", "/members/*/*", BY_KIND),
    pardon("instance_pool", "mutable", "/node_type_id", "edit wants it, and refuses another one"),
    pardon("mlflow_experiment", "rule", "/effective_trace_archival_retention", PLAIN),
    pardon("mlflow_experiment", "rule", "/workspace", PLAIN),
    pardon("mlflow_experiment", "read-only", "/lifecycle_stage", "delete and restore set it"),
    pardon("mlflow_run", "id", "/id", BY_DAY),
    pardon("mlflow_run", "key", "/key", BY_DAY),
    pardon("mlflow_run", "reference", "/experiment_id", BY_DAY),
    pardon("mlflow_run", "reference", "/parents/*", BY_DAY),
    pardon("mlflow_run", "rule", "/id", BY_DAY),
    pardon("mlflow_run", "rule", "/key", BY_DAY),
    pardon("mlflow_run", "rule", "/experiment_id", BY_DAY),
    pardon("mlflow_run", "rule", "/runs", BY_DAY),
    pardon("mlflow_run", "rule", "/runs/*", BY_DAY),
    pardon("mlflow_run", "rule", "/shown", BY_DAY),
    pardon("mlflow_run", "rule", "/shown/*", BY_DAY),
    pardon("mlflow_run", "rule", "/parents", BY_DAY),
    pardon("mlflow_run", "rule", "/parents/*", BY_DAY),
    pardon("secret", "id", "/path", OF_SCOPE),
    pardon("secret", "key", "/path", OF_SCOPE),
    pardon("secret", "rule", "/path", OF_SCOPE),
    pardon("secret", "reference", "/scope", OF_SCOPE),
    pardon("secret", "rule", "/backend_type", OF_SCOPE),
    pardon("secret", "rule", "/value", UNTOLD),
    pardon("user", "rule", "/meta", "SCIM's own, which the SDK leaves out"),
    pardon("service_principal", "rule", "/meta", "SCIM's own, which the SDK leaves out"),
    pardon("model_webhook", "key", "/key", COMPOSED),
    pardon("model_webhook", "rule", "/key", COMPOSED),
    pardon("ws_model_version", "id", "/key", COMPOSED),
    pardon("ws_model_version", "key", "/key", COMPOSED),
    pardon("ws_model_version", "rule", "/aliases", "a plain MLflow server tells them"),
    pardon("ws_model_version", "rule", "/key", COMPOSED),
    pardon("ws_model_version", "rule", "/run", OF_RUN),
    pardon("ws_model_version", "rule", "/run/experiment", OF_RUN),
    pardon("ws_registered_model", "id", "/id", "the vendor's own call for one model tells it"),
    pardon("ws_registered_model", "immutable", "/tags", "each is set by a call of its own"),
    pardon("ws_registered_model", "rule", "/id", "the vendor's own call for one model tells it"),
    pardon("ws_registered_model", "rule", "/permission_level", "as for the identifier"),
    pardon("job", "rule", "/notification_settings/alert_on_last_attempt", SHARED),
    pardon("job", "rule", "/job_clusters/*/new_cluster/*", SHARED),
    pardon("job", "rule", "/tasks/*/new_cluster/*", SHARED),
    pardon("job", "rule", "/tasks/*/for_each_task/task/new_cluster/*", SHARED),
    pardon("job", "unreferenced", "/budget_policy_id", ELSEWHERE),
    pardon("job", "unreferenced", "/usage_policy_id", ELSEWHERE),
    pardon("job", "unreferenced", "/deployment/deployment_id", "jobs of a bundle are left out"),
    pardon("job", "unreferenced", "/job_clusters/*/serverless_compute_id", ELSEWHERE),
    pardon("job", "unreferenced", "/tasks/*/dbt_cloud_task/*", ELSEWHERE),
    pardon("job", "unreferenced", "/tasks/*/dbt_platform_task/*", ELSEWHERE),
    pardon("job", "unreferenced", "/tasks/*/gen_ai_compute_task/compute/*", ELSEWHERE),
    pardon("job", "unreferenced", "/tasks/*/ai_runtime_task/deployments/*/compute/*", ELSEWHERE),
    pardon("job", "unreferenced", "/tasks/*/sql_task/dashboard/dashboard_id", LEGACY),
    pardon("job", "unreferenced", "/tasks/*/dashboard_task/subscription/*/*/*/*", LEGACY),
    pardon("job", "unreferenced", "/tasks/*/dashboard_task/subscription/*/*/*/*/*", LEGACY),
];

/// Names that end as identifiers do and are none: machines, places and clocks have the same name everywhere.
pub(super) const NO_IDENTIFIERS: &[&str] = &[
    "alternate_node_type_ids",
    "aws_context_id",
    "driver_node_type_id",
    "log_analytics_workspace_id",
    "node_type_id",
    "timezone_id",
    "zone_id",
];

#[test]
fn every_pardon_says_why() {
    assert!(PARDONS.iter().all(|pardon| !pardon.why.is_empty()), "{PARDONS:#?}");
}
