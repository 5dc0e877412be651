//! Instance profiles: roles of AWS which clusters may take on. Other clouds have none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::clusters::{Cloud, asked};
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::shuffle;
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/instance-profiles/list", handler: list },
    Route { method: "POST", path: "/api/2.0/instance-profiles/add", handler: add },
    Route { method: "POST", path: "/api/2.0/instance-profiles/edit", handler: edit },
    Route { method: "POST", path: "/api/2.0/instance-profiles/remove", handler: remove },
];

/// The profiles of a workspace as the API gives them, by their ARN.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct State(BTreeMap<String, Map<String, Value>>);

const ARN: &str = "instance_profile_arn";

/// Lists them; who is no admin would see those of their own roles, which are not worked out here.
fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    on_aws(state, call)?;
    let profiles = &state.instance_profiles.0;
    let arns = shuffle(profiles.keys().filter(|_| call.caller.is_admin).collect(), call);
    let listed: Vec<_> = arns.into_iter().map(|arn| &profiles[arn]).collect();
    Ok(Answer::Json(if listed.is_empty() {
        json!({})
    } else {
        json!({"instance_profiles": listed})
    }))
}

/// Registers a profile, after trying to start a machine with it: which no simulated workspace can.
fn add(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let arn = asked_for(state, call)?;
    let name = is_arn(arn, "instance-profile");
    let role = call.text("iam_role_arn").is_none_or(|role| is_arn(role, "role"));
    if !name || !role {
        return Err(Refusal::invalid(format!("Invalid ARN: {arn}")));
    }
    if state.instance_profiles.0.contains_key(arn) {
        return Err(Refusal::exists(format!("Instance profile {arn} already exists")));
    }
    if call.body.get("skip_validation") != Some(&json!(true)) {
        return Err(Refusal::invalid(
            "Verification of the instance profile failed. AWS error: You are not authorized to perform this operation",
        ));
    }
    let profile = kept(call);
    state.instance_profiles.0.insert(arn.to_owned(), profile);
    Ok(Answer::nothing())
}

/// Replaces what can be changed. What becomes of what is left out is not documented; it goes.
fn edit(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let arn = asked_for(state, call)?;
    let profile = kept(call);
    *state.instance_profiles.0.get_mut(arn).ok_or_else(|| missing(arn))? = profile;
    Ok(Answer::nothing())
}

fn remove(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let arn = asked_for(state, call)?;
    state.instance_profiles.0.remove(arn).ok_or_else(|| missing(arn))?;
    Ok(Answer::nothing())
}

/// What is kept of what was sent; the server says of every profile whether it is a meta profile.
fn kept(call: &Call<'_>) -> Map<String, Value> {
    let mut profile = asked(&call.body, &["skip_validation"]);
    profile.entry("is_meta_instance_profile").or_insert(json!(false));
    profile
}

/// The ARN that an admin asks about.
fn asked_for<'c>(state: &Workspace, call: &'c Call<'_>) -> Result<&'c str, Refusal> {
    on_aws(state, call)?;
    if !call.caller.is_admin {
        return Err(Refusal::denied("Only workspace admins can do this"));
    }
    call.need(ARN)
}

fn on_aws(state: &Workspace, call: &Call<'_>) -> Result<(), Refusal> {
    if state.clusters.cloud == Cloud::Aws { Ok(()) } else { Err(Refusal::no_endpoint(call.path)) }
}

/// Whether a text is the ARN of an IAM resource of this type, in any partition.
fn is_arn(text: &str, of: &str) -> bool {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, "iam", "", account, name] = fields[..] else { return false };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_named =
        name.strip_prefix(of).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'));
    arn == "arn" && ["aws", "aws-cn", "aws-us-gov"].contains(&partition) && is_account && is_named
}

fn missing(arn: &str) -> Refusal {
    Refusal::not_found(format!("Instance profile {arn} does not exist"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::testing::Desk;

    const ADD: &str = "/api/2.0/instance-profiles/add";
    const EDIT: &str = "/api/2.0/instance-profiles/edit";
    const LIST: &str = "/api/2.0/instance-profiles/list";
    const REMOVE: &str = "/api/2.0/instance-profiles/remove";
    const ETL: &str = "arn:aws:iam::111111111111:instance-profile/etl";
    const ROLE: &str = "arn:aws:iam::111111111111:role/etl";

    #[tokio::test]
    async fn a_profile_lives_from_add_to_remove() {
        let desk = Desk::new();
        assert_eq!(desk.get(LIST).await, json!({}));
        let body = json!({ARN: ETL, "skip_validation": true});
        desk.ok("POST", ADD, body.clone()).await;
        let listed = json!([{ARN: ETL, "is_meta_instance_profile": false}]);
        assert_eq!(desk.get(LIST).await["instance_profiles"], listed);
        desk.refused(400, "POST", ADD, body).await;
        desk.ok("POST", EDIT, json!({ARN: ETL, "iam_role_arn": ROLE})).await;
        assert_eq!(desk.get(LIST).await["instance_profiles"][0]["iam_role_arn"], ROLE);
        desk.ok("POST", REMOVE, json!({ARN: ETL})).await;
        desk.refused(404, "POST", REMOVE, json!({ARN: ETL})).await;
        desk.refused(404, "POST", EDIT, json!({ARN: ETL})).await;
        assert_eq!(desk.get(LIST).await, json!({}));
    }

    #[tokio::test]
    async fn no_machine_starts_with_a_new_profile() {
        let desk = Desk::new();
        for body in [json!({ARN: ETL}), json!({ARN: ETL, "skip_validation": false})] {
            assert!(desk.refused(400, "POST", ADD, body).await.contains("Verification"));
        }
        for arn in [
            "etl",
            "arn:aws:iam::1:instance-profile/etl",
            "arn:aws:iam::111111111111:instance-profile/",
            ROLE,
        ] {
            let body = json!({ARN: arn, "skip_validation": true});
            assert!(desk.refused(400, "POST", ADD, body).await.contains("Invalid ARN"));
        }
        let gov = "arn:aws-us-gov:iam::111111111111:instance-profile/team/etl";
        desk.ok("POST", ADD, json!({ARN: gov, "skip_validation": true})).await;
    }

    #[tokio::test]
    async fn other_people_and_other_clouds_have_none() {
        let desk = Desk::new();
        let user = json!({"userName": "bob@x.com", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]});
        desk.ok("POST", "/api/2.0/preview/scim/v2/Users", user).await;
        desk.ok("POST", ADD, json!({ARN: ETL, "skip_validation": true})).await;
        let bob = desk.as_user("bob@x.com");
        assert_eq!(bob.get(LIST).await, json!({}));
        bob.refused(403, "POST", REMOVE, json!({ARN: ETL})).await;
        desk.workspace.with_state(|state| state.clusters.cloud = Cloud::Azure);
        desk.refused(404, "GET", LIST, Value::Null).await;
        desk.refused(404, "POST", ADD, json!({ARN: ETL, "skip_validation": true})).await;
    }
}
