//! The calls of cluster policies and policy families.

use serde_json::{Map, Value, json};

use super::definition;
use super::family::{FAMILIES, Family};
use super::state::{Policy, provision};
use crate::sim::dialects::clusters::asked;
use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::{page, shuffle};
use crate::sim::state::State;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/policies/clusters/list", handler: list },
    Route { method: "GET", path: "/api/2.0/policies/clusters/get", handler: get },
    Route { method: "POST", path: "/api/2.0/policies/clusters/create", handler: create },
    Route { method: "POST", path: "/api/2.0/policies/clusters/edit", handler: edit },
    Route { method: "POST", path: "/api/2.0/policies/clusters/delete", handler: delete },
    Route { method: "GET", path: "/api/2.0/policy-families", handler: list_families },
    Route {
        method: "GET",
        path: "/api/2.0/policy-families/{policy_family_id}",
        handler: get_family,
    },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[Securable {
    object_type: "cluster-policy",
    path: "cluster-policies",
    levels: &[("CAN_USE", "Can use the policy")],
    exists: |state, id| state.policies.exists(id),
    absent: missing,
    ..Securable::REGULAR
}];

fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    provision(state, call.now);
    let mut ids = shuffle(state.policies.policies.keys().cloned().collect(), call);
    let policies = &state.policies.policies;
    match call.query("sort_column") {
        Some("POLICY_NAME") => ids.sort_by_key(|id| policies[id].settings["name"].to_string()),
        Some(_) => ids.sort_by_key(|id| policies[id].created),
        None => {}
    }
    if call.query("sort_order") == Some("DESC") {
        ids.reverse();
    }
    let listed: Vec<_> = ids.iter().map(|id| policies[id].answer(id)).collect();
    Ok(Answer::Json(json!({ "policies": listed })))
}

fn get(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    provision(state, call.now);
    let id = call.need("policy_id")?;
    let policy = state.policies.policies.get(id).ok_or_else(|| missing(id))?;
    Ok(Answer::Json(policy.answer(id)))
}

fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    provision(state, call.now);
    admin(call, "create")?;
    let settings = settings(call)?;
    state.policies.free_name(call.need("name")?, None)?;
    let id = state.ids.hex16();
    let creator = Some(call.caller.user_name.clone());
    let policy = Policy { settings, creator, created: call.now, built_in: false };
    state.policies.policies.insert(id.clone(), policy);
    Ok(Answer::Json(json!({ "policy_id": id })))
}

/// Replaces all that people may set: what is left out is gone.
fn edit(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    provision(state, call.now);
    admin(call, "edit")?;
    let id = call.need("policy_id")?;
    let policy = state.policies.policies.get(id).ok_or_else(|| missing(id))?;
    let settings = settings(call)?;
    // What servers refuse in edits of built-in policies is not documented: name and family stay here.
    if policy.built_in
        && ["name", "policy_family_id"].iter().any(|f| settings.get(*f) != policy.settings.get(*f))
    {
        return Err(Refusal::invalid("The name and family of a default policy cannot be changed"));
    }
    state.policies.free_name(call.need("name")?, Some(id))?;
    if let Some(policy) = state.policies.policies.get_mut(id) {
        policy.settings = settings;
    }
    Ok(Answer::nothing())
}

/// Deletes a policy also while clusters are governed by it: they keep running and cannot be edited.
fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    provision(state, call.now);
    admin(call, "delete")?;
    let id = call.need("policy_id")?;
    let policy = state.policies.policies.get(id).ok_or_else(|| missing(id))?;
    if policy.built_in {
        return Err(Refusal::invalid(format!("Default policy {id} cannot be deleted")));
    }
    state.policies.policies.remove(id);
    permissions::forget(state, "cluster-policies", id);
    Ok(Answer::nothing())
}

fn list_families(_: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let ids = FAMILIES.iter().map(|family| family.id).collect();
    let (ids, next) = page(ids, call, 20, 100, "page_token")?;
    let families: Vec<_> = ids.into_iter().filter_map(Family::find).map(family_answer).collect();
    let mut answer = json!({ "policy_families": families });
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

fn get_family(_: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.param("policy_family_id");
    let family = Family::find(id)
        .ok_or_else(|| Refusal::not_found(format!("Can't find a policy family with id: {id}")))?;
    Ok(Answer::Json(family_answer(family)))
}

fn family_answer(family: &Family) -> Value {
    json!({
        "policy_family_id": family.id,
        "name": family.name,
        "description": family.description,
        "definition": definition::written(&family.definition()),
    })
}

/// What was sent, checked, as it will be given back.
///
/// Identifiers inside a definition are not looked up: servers take rules for pools which do not exist.
fn settings(call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    let name = call.need("name")?;
    if name.chars().count() > 100 {
        return Err(Refusal::invalid("Policy name must be between 1 and 100 characters long"));
    }
    let mut settings = asked(&call.body, &["policy_id"]);
    if settings.get("libraries").and_then(Value::as_array).is_some_and(|all| all.len() > 500) {
        return Err(Refusal::invalid("A policy can have at most 500 libraries"));
    }
    if settings.get("max_clusters_per_user").and_then(Value::as_i64).is_some_and(|max| max < 1) {
        return Err(Refusal::invalid("max_clusters_per_user must be positive"));
    }
    let sent = |field: &str| call.text(field).filter(|text| !text.is_empty());
    let overrides = sent("policy_family_definition_overrides");
    let definition = match (sent("policy_family_id"), sent("definition")) {
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("definition cannot be used with policy_family_id"));
        }
        (None, None) => return Err(Refusal::invalid("Missing required field: definition")),
        (None, Some(_)) if overrides.is_some() => {
            return Err(Refusal::invalid(
                "policy_family_definition_overrides can only be used with policy_family_id",
            ));
        }
        (None, Some(text)) => definition::read("definition", text)?,
        (Some(id), None) => {
            let family = Family::find(id)
                .ok_or_else(|| Refusal::invalid(format!("Unknown policy family: {id}")))?;
            match overrides {
                None => family.definition(),
                Some(text) => {
                    let overrides = definition::read("policy_family_definition_overrides", text)?;
                    settings.insert(
                        "policy_family_definition_overrides".into(),
                        json!(definition::written(&overrides)),
                    );
                    definition::merged(&family.definition(), overrides)
                }
            }
        }
    };
    settings.insert("definition".into(), json!(definition::written(&definition)));
    Ok(settings)
}

fn admin(call: &Call<'_>, what: &str) -> Result<(), Refusal> {
    if call.caller.is_admin {
        return Ok(());
    }
    Err(Refusal::denied(format!("Only workspace admins can {what} cluster policies")))
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("Can't find a cluster policy with id: {id}"))
}
