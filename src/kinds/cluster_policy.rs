//! Cluster policies: the rules that limit what clusters people may create.
//!
//! API: <https://docs.databricks.com/api/workspace/clusterpolicies>

use serde_json::Value;

use super::{instance_pool, parts};
use crate::kind::rule::{self, Json};
use crate::kind::{Acl, Api, Call, Hooks, Kind, Mount, Omission, Ref};

pub(crate) static KIND: Kind = Kind {
    name: "cluster_policy",
    about: "Rules that limit what clusters people may create.",
    docs: "https://docs.databricks.com/api/workspace/clusterpolicies",
    api: Api {
        list: Call::get("/api/2.0/policies/clusters/list").items("policies").whole(),
        get: Some(Call::get("/api/2.0/policies/clusters/get").query_id("policy_id")),
        create: Some(Call::post("/api/2.0/policies/clusters/create")),
        update: Some(Call::post("/api/2.0/policies/clusters/edit").body_id("policy_id")),
        delete: Some(Call::post("/api/2.0/policies/clusters/delete").body_id("policy_id")),
    },
    id: "/policy_id",
    refs: &[
        Ref::id("/definition/instance_pool_id/value", &[&instance_pool::KIND]),
        Ref::id("/definition/instance_pool_id/defaultValue", &[&instance_pool::KIND]),
        Ref::id("/definition/instance_pool_id/values/*", &[&instance_pool::KIND]),
        Ref::id("/definition/driver_instance_pool_id/value", &[&instance_pool::KIND]),
        Ref::id("/definition/driver_instance_pool_id/defaultValue", &[&instance_pool::KIND]),
        Ref::id("/definition/driver_instance_pool_id/values/*", &[&instance_pool::KIND]),
        Ref::id(
            "/policy_family_definition_overrides/instance_pool_id/value",
            &[&instance_pool::KIND],
        ),
        Ref::id(
            "/policy_family_definition_overrides/instance_pool_id/defaultValue",
            &[&instance_pool::KIND],
        ),
        Ref::id(
            "/policy_family_definition_overrides/instance_pool_id/values/*",
            &[&instance_pool::KIND],
        ),
    ],
    rules: &[
        rule::output_only("/policy_id", "the server's identifier"),
        rule::output_only("/created_at_timestamp", "the server's clock"),
        rule::output_only("/creator_user_name", "whoever called"),
        rule::output_only("/is_default", "built-in policies are left out"),
        rule::output_only("/background_enforcement", "the server's own doing"),
        rule::json_text("/definition", "the server re-spaces the document"),
        rule::json_text("/policy_family_definition_overrides", "the server re-spaces the document"),
        rule::arn("/definition/aws_attributes.instance_profile_arn/value", "names an AWS account"),
        rule::arn(
            "/definition/aws_attributes.instance_profile_arn/defaultValue",
            "names an AWS account",
        ),
        rule::arn(
            "/definition/aws_attributes.instance_profile_arn/values/*",
            "names an AWS account",
        ),
        rule::arn(
            "/policy_family_definition_overrides/aws_attributes.instance_profile_arn/value",
            "names an AWS account",
        ),
        rule::file(
            "/definition/init_scripts.*.destination/value",
            "clusters do not start without it",
        ),
        rule::file(
            "/policy_family_definition_overrides/init_scripts.*.destination/value",
            "clusters do not start without it",
        ),
        rule::email("/definition/single_user_name/value", "may be a person"),
        rule::email("/definition/single_user_name/values/*", "may be a person"),
        rule::secret("/definition", "people put keys into what they fix"),
        rule::secret("/policy_family_definition_overrides", "people put keys into what they fix"),
        rule::default("/description", Json::Str(""), "empty is absent"),
    ],
    parts: &[Mount { at: "/libraries", part: &parts::LIBRARIES }],
    acl: Some(Acl::of("cluster-policies").creator_gains_nothing()),
    hooks: &Policy,
    ..Kind::REGULAR
}
.checked();

struct Policy;

fn text<'a>(raw: &'a Value, field: &str) -> Option<&'a str> {
    raw.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

impl Hooks for Policy {
    /// A policy of a family shows a definition that the server computes from the family and the
    /// overrides, and refuses to be given one.
    fn shape(&self, mut raw: Value) -> Value {
        if text(&raw, "policy_family_id").is_some()
            && let Some(map) = raw.as_object_mut()
        {
            map.remove("definition");
        }
        raw
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        (raw.get("is_default").and_then(Value::as_bool) == Some(true)).then_some(Omission::SYSTEM)
    }

    /// `edit` takes the name with everything else.
    fn renames(&self) -> bool {
        true
    }
}
