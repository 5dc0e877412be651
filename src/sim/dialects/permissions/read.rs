//! What an object's permissions are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::grants::{Holding, holdings};
use super::securable::{Securable, existing};
use crate::sim::dialects::scim::{self, Sort};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::shuffle;
use crate::sim::state::State as Workspace;

/// Answers the permissions of an object.
pub(super) fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (path, id) = (call.param("request_object_type"), call.param("request_object_id"));
    let securable = existing(state, path, id)?;
    Ok(Answer::Json(view(state, call, securable, id)))
}

/// Answers which levels a type of object has.
pub(super) fn levels(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (path, id) = (call.param("request_object_type"), call.param("request_object_id"));
    let securable = existing(state, path, id)?;
    let levels: Vec<Value> = securable
        .levels
        .iter()
        .map(|(level, about)| json!({ "permission_level": level, "description": about }))
        .collect();
    Ok(Answer::Json(json!({ "permission_levels": levels })))
}

/// The permissions of an object as answers show them: one entry for each principal.
pub(super) fn view(state: &Workspace, call: &Call<'_>, securable: &Securable, id: &str) -> Value {
    let mut entries: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for Holding { principal, level, from } in shuffle(holdings(state, securable, id), call) {
        let mut permission = json!({ "permission_level": level, "inherited": !from.is_empty() });
        if !from.is_empty() {
            permission["inherited_from_object"] = from.into();
        }
        entries.entry(principal).or_default().push(permission);
    }
    let list: Vec<Value> = shuffle(entries.into_iter().collect(), call)
        .into_iter()
        .filter_map(|(principal, permissions)| {
            let (sort, name, display) = scim::name_of(state, &principal)?;
            let (field, name) = match sort {
                Sort::User => ("user_name", name.to_lowercase()),
                Sort::Group => ("group_name", name.to_owned()),
                Sort::ServicePrincipal => ("service_principal_name", name.to_lowercase()),
            };
            let mut entry = json!({ field: name, "all_permissions": permissions });
            if sort != Sort::Group {
                entry["display_name"] = display.into();
            }
            Some(entry)
        })
        .collect();
    json!({
        "object_id": format!("/{}/{id}", securable.path),
        "object_type": securable.object_type,
        "access_control_list": list,
    })
}
