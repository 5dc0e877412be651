//! The permissions of a job, as the permissions API has them.

use http::Method;
use serde_json::{Value, json};

use crate::sim::dialects::permissions;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State;

/// Whose a job is now.
pub(super) fn owner(state: &mut State, call: &Call<'_>, id: i64) -> Option<String> {
    let Ok(Answer::Json(answer)) = ask(state, call, &Method::GET, id, Value::Null) else {
        return None;
    };
    let owns = |entry: &&Value| {
        let levels = entry["all_permissions"].as_array();
        levels.into_iter().flatten().any(|held| held["permission_level"] == "IS_OWNER")
    };
    let entry = answer["access_control_list"].as_array()?.iter().find(owns)?;
    let name = ["user_name", "service_principal_name"].into_iter().find_map(|f| entry[f].as_str());
    name.map(str::to_owned)
}

/// Grants what a request to create a job lists; its creator stays the owner unless it names another one.
///
/// # Errors
/// What the permissions API refuses.
pub(super) fn grant(
    state: &mut State,
    call: &Call<'_>,
    id: i64,
    list: &[Value],
) -> Result<(), Refusal> {
    let names_owner = list.iter().any(|entry| entry["permission_level"] == "IS_OWNER");
    let method = if names_owner { Method::PUT } else { Method::PATCH };
    ask(state, call, &method, id, json!({ "access_control_list": list })).map(|_| ())
}

fn ask(
    state: &mut State,
    call: &Call<'_>,
    method: &Method,
    id: i64,
    body: Value,
) -> Result<Answer, Refusal> {
    let path = format!("/api/2.0/permissions/jobs/{id}");
    let route = permissions::ROUTES
        .iter()
        .find(|route| route.method == method.as_str())
        .ok_or_else(|| Refusal::no_endpoint(&path))?;
    let params =
        [("request_object_type", "jobs".to_owned()), ("request_object_id", id.to_string())];
    let inner = Call { params: params.into(), body, ..call.other(method, &path) };
    (route.handler)(state, &inner)
}
