//! Instance pools: machines kept warm, which clusters start on.
//!
//! API: <https://docs.databricks.com/api/workspace/instancepools>

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::kind::rule::{self, Json};
use crate::kind::{Acl, Api, Call, Error, Hooks, Kind, Live, Wanted, Writing, regular};

pub(crate) static KIND: Kind = Kind {
    name: "instance_pool",
    about: "Machines kept warm, which clusters start on.",
    docs: "https://docs.databricks.com/api/workspace/instancepools",
    api: Api {
        list: Call::get("/api/2.0/instance-pools/list").items("instance_pools").whole(),
        get: Some(Call::get("/api/2.0/instance-pools/get").query_id("instance_pool_id")),
        create: Some(Call::post("/api/2.0/instance-pools/create")),
        update: Some(Call::post("/api/2.0/instance-pools/edit").body_id("instance_pool_id")),
        delete: Some(Call::post("/api/2.0/instance-pools/delete").body_id("instance_pool_id")),
    },
    id: "/instance_pool_id",
    key: "/instance_pool_name",
    rules: &[
        rule::output_only("/instance_pool_id", "the server's identifier"),
        rule::output_only("/state", "what the pool is doing"),
        rule::output_only("/stats", "what the pool is doing"),
        rule::output_only("/status", "what the pool is doing"),
        rule::output_only("/default_tags", "the server writes them"),
        rule::immutable("/node_type_id", "edit refuses another one"),
        rule::immutable("/disk_spec", "edit does not take it"),
        rule::immutable("/enable_elastic_disk", "edit does not take it"),
        rule::immutable("/preloaded_spark_versions", "edit does not take them"),
        rule::immutable("/preloaded_docker_images", "edit does not take them"),
        rule::immutable("/node_type_flexibility", "edit does not take it"),
        rule::immutable("/aws_attributes", "edit does not take them"),
        rule::immutable("/azure_attributes", "edit does not take them"),
        rule::immutable("/gcp_attributes", "edit does not take them"),
        rule::server_filled("/aws_attributes", "the cloud's defaults"),
        rule::server_filled("/aws_attributes/*", "the cloud's defaults"),
        rule::server_filled("/azure_attributes", "the cloud's defaults"),
        rule::server_filled("/azure_attributes/*", "the cloud's defaults"),
        rule::server_filled("/gcp_attributes", "the cloud's defaults"),
        rule::server_filled("/gcp_attributes/*", "the cloud's defaults"),
        rule::server_filled("/enable_elastic_disk", "depends on the cloud"),
        rule::server_filled("/disk_spec", "some machines need it"),
        rule::server_filled("/max_capacity", "the cloud's limit"),
        rule::arn("/aws_attributes/instance_profile_arn", "names an AWS account"),
        rule::secret("/preloaded_docker_images/*/basic_auth/password", "a registry's password"),
        rule::default("/min_idle_instances", Json::Int(0), "the server's default"),
        rule::default(
            "/idle_instance_autotermination_minutes",
            Json::Int(60),
            "the server's default",
        ),
        rule::default("/enable_elastic_disk", Json::Bool(true), "the server's default"),
        rule::default("/custom_tags", Json::Object, "empty is absent"),
        rule::default("/preloaded_spark_versions", Json::List, "empty is absent"),
        rule::default("/preloaded_docker_images", Json::List, "empty is absent"),
    ],
    acl: Some(Acl::of("instance-pools")),
    hooks: &Pool,
    ..Kind::REGULAR
}
.checked();

/// What `create` takes and `edit` does not; `node_type_id` has to be sent again, unchanged.
const CREATE_ONLY: [&str; 8] = [
    "disk_spec",
    "enable_elastic_disk",
    "preloaded_spark_versions",
    "preloaded_docker_images",
    "node_type_flexibility",
    "aws_attributes",
    "azure_attributes",
    "gcp_attributes",
];

struct Pool;

impl Hooks for Pool {
    /// `edit` takes the name, which is one of the few things that it changes.
    fn renames(&self) -> bool {
        true
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        if let Some(body) = wanted.body.as_object_mut() {
            body.retain(|field, _| !CREATE_ONLY.contains(&field.as_str()));
        }
        regular::update(cx, live, wanted).boxed()
    }
}
