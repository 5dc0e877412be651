//! Structures that occur in several kinds, written once.

use serde_json::Value;

use super::{
    cluster_policy, group, instance_pool, notification_destination, service_principal, user,
};
use crate::kind::rule::{self, Json};
use crate::kind::{Kind, Mount, Part, Ref};

/// The kinds rights are granted to.
pub(super) static PRINCIPALS: &[&Kind] = &[&user::KIND, &service_principal::KIND, &group::KIND];

/// What a cluster is made of: in clusters, in job clusters, in tasks.
///
/// API: <https://docs.databricks.com/api/workspace/clusters/create>
pub(super) static CLUSTER_SPEC: Part = Part {
    refs: &[
        Ref::id("/policy_id", &[&cluster_policy::KIND]),
        Ref::id("/instance_pool_id", &[&instance_pool::KIND]),
        Ref::id("/driver_instance_pool_id", &[&instance_pool::KIND]),
        Ref::principal("/single_user_name", PRINCIPALS),
    ],
    rules: &[
        rule::server_filled("/aws_attributes", "the cloud's defaults"),
        rule::server_filled("/aws_attributes/*", "the cloud's defaults"),
        rule::server_filled("/azure_attributes", "the cloud's defaults"),
        rule::server_filled("/azure_attributes/*", "the cloud's defaults"),
        rule::server_filled("/gcp_attributes", "the cloud's defaults"),
        rule::server_filled("/gcp_attributes/*", "the cloud's defaults"),
        rule::server_filled("/enable_elastic_disk", "depends on the cloud"),
        rule::server_filled("/enable_local_disk_encryption", "the server's default"),
        rule::server_filled("/node_type_id", "comes from the pool"),
        rule::server_filled("/driver_node_type_id", "the same as the workers'"),
        rule::server_filled("/driver_instance_pool_id", "the same as the workers'"),
        rule::server_filled("/data_security_mode", "the workspace's default"),
        rule::server_filled("/single_user_name", "the creator"),
        rule::server_filled("/runtime_engine", "follows from the Spark version"),
        rule::server_filled("/num_workers", "follows from the policy"),
        rule::server_filled("/autotermination_minutes", "the server's default, or the policy's"),
        rule::output_only("/cluster_id", "the server's identifier"),
        rule::output_only("/default_tags", "the server writes them"),
        rule::arn("/aws_attributes/instance_profile_arn", "names an AWS account"),
        rule::email("/single_user_name", "may be a person outside the snapshot"),
        rule::file("/init_scripts/*/*/destination", "a cluster does not start without it"),
        rule::secret("/docker_image/basic_auth/password", "a registry's password"),
        rule::secret("/spark_conf", "people put keys here"),
        rule::secret("/spark_env_vars", "people put keys here"),
        rule::default("/spark_conf", Json::Object, "empty is absent"),
        rule::default("/spark_env_vars", Json::Object, "empty is absent"),
        rule::default("/custom_tags", Json::Object, "empty is absent"),
        rule::default("/ssh_public_keys", Json::List, "empty is absent"),
        rule::default("/init_scripts", Json::List, "empty is absent"),
    ],
    parts: &[],
};

/// Who gets an e-mail on which event.
pub(super) static EMAIL_NOTIFICATIONS: Part = Part {
    refs: &[],
    rules: &[
        rule::email("/*/*", "one address per element"),
        rule::default("/no_alert_for_skipped_runs", Json::Bool(false), "the server's default"),
        rule::default("/*", Json::List, "empty is absent"),
        rule::default("", Json::Object, "empty is absent"),
    ],
    parts: &[],
};

/// Which destination is called on which event.
pub(super) static WEBHOOK_NOTIFICATIONS: Part = Part {
    refs: &[Ref::id("/*/*/id", &[&notification_destination::KIND])],
    rules: &[
        rule::default("/*", Json::List, "empty is absent"),
        rule::default("", Json::Object, "empty is absent"),
    ],
    parts: &[],
};

/// For which runs notifications are left out.
pub(super) static NOTIFICATION_SETTINGS: Part = Part {
    refs: &[],
    rules: &[
        rule::default("/no_alert_for_skipped_runs", Json::Bool(false), "the server's default"),
        rule::default("/no_alert_for_canceled_runs", Json::Bool(false), "the server's default"),
        rule::default("/alert_on_last_attempt", Json::Bool(false), "the server's default"),
        rule::default("", Json::Object, "empty is absent"),
    ],
    parts: &[],
};

/// A library: a package of a public index, or a file.
///
/// API: <https://docs.databricks.com/api/workspace/libraries/install>
pub(super) static LIBRARY: Part = Part {
    refs: &[],
    rules: &[
        rule::file("/jar", "code does not run without it"),
        rule::file("/whl", "code does not run without it"),
        rule::file("/egg", "code does not run without it"),
        rule::file("/requirements", "code does not run without it"),
    ],
    parts: &[],
};

/// Libraries, told apart by what they are.
pub(super) static LIBRARIES: Part = Part {
    refs: &[],
    rules: &[
        rule::set("", "the order means nothing"),
        rule::default("", Json::List, "empty is absent"),
    ],
    parts: &[Mount { at: "/*", part: &LIBRARY }],
};

/// What a cluster on a pool takes from the pool. Servers show these fields and refuse to be sent them.
///
/// API: <https://docs.databricks.com/api/workspace/clusters/create>
const FROM_POOL: [&str; 3] = ["node_type_id", "driver_node_type_id", "enable_elastic_disk"];

/// The one field of each cloud block that a pool does not decide.
const OWN_IN_BLOCK: [(&str, &str); 3] = [
    ("aws_attributes", "instance_profile_arn"),
    ("azure_attributes", ""),
    ("gcp_attributes", "google_service_account"),
];

/// Takes out of a cluster spec what its pool decides.
pub(super) fn drop_what_the_pool_decides(spec: &mut Value) {
    let Some(map) = spec.as_object_mut() else { return };
    if map.get("instance_pool_id").and_then(Value::as_str).is_none_or(str::is_empty) {
        return;
    }
    map.retain(|field, _| !FROM_POOL.contains(&field.as_str()));
    for (block, own) in OWN_IN_BLOCK {
        if let Some(fields) = map.get_mut(block).and_then(Value::as_object_mut) {
            fields.retain(|field, _| field == own);
            if fields.is_empty() {
                map.remove(block);
            }
        }
    }
}
