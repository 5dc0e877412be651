//! Instance profiles: roles of AWS that clusters may take on.
//!
//! API: <https://docs.databricks.com/api/workspace/instanceprofiles>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use crate::kind::rule::{self, Json};
use crate::kind::{Api, Call, Created, Error, Hooks, Kind, Live, Wanted, Writing, regular};

pub(crate) static KIND: Kind = Kind {
    name: "instance_profile",
    about: "Roles of AWS that clusters may take on, known by their ARN.",
    docs: "https://docs.databricks.com/api/workspace/instanceprofiles",
    api: Api {
        list: Call::get("/api/2.0/instance-profiles/list").items("instance_profiles").whole(),
        get: None,
        create: Some(Call::post("/api/2.0/instance-profiles/add")),
        update: Some(Call::post("/api/2.0/instance-profiles/edit").body_id("instance_profile_arn")),
        delete: Some(
            Call::post("/api/2.0/instance-profiles/remove").body_id("instance_profile_arn"),
        ),
    },
    id: "/instance_profile_arn",
    key: "/instance_profile_arn",
    rules: &[
        rule::arn("/instance_profile_arn", "names an AWS account"),
        rule::arn("/iam_role_arn", "names an AWS account"),
        rule::sent_only("/skip_validation", "said where it is to be false"),
        rule::default("/is_meta_instance_profile", Json::Bool(false), "the server's default"),
    ],
    hooks: &Profile,
    ..Kind::REGULAR
}
.checked();

struct Profile;

/// Whether the server is not to try the profile out.
const SKIP: &str = "skip_validation";

/// The wanted body with a field set that it does not say.
fn saying<'w>(mut wanted: Wanted<'w>, field: &str, value: bool) -> Wanted<'w> {
    if let Some(body) = wanted.body.as_object_mut() {
        body.entry(field).or_insert(Value::Bool(value));
    }
    wanted
}

impl Hooks for Profile {
    fn have_checked(&self, spec: &mut Value) {
        if let Some(map) = spec.as_object_mut() {
            map.insert(SKIP.into(), Value::Bool(false));
        }
    }

    /// Servers try to start a machine with a new profile. That fails for reasons that have nothing to do
    /// with the profile, so it is left out unless it is asked for.
    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        regular::create(cx, saying(wanted, SKIP, true)).boxed()
    }

    /// What is left out of an edit may be kept, so it is said.
    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        if let Some(body) = wanted.body.as_object_mut() {
            body.remove(SKIP);
        }
        regular::update(cx, live, saying(wanted, "is_meta_instance_profile", false)).boxed()
    }
}
