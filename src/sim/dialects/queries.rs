//! SQL queries.

use serde_json::{Value, json};

use crate::sim::dialects::instant::instant;
use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::dialects::shelf::Shelf;
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/sql/queries", handler: list },
    Route { method: "POST", path: "/api/2.0/sql/queries", handler: create },
    Route { method: "GET", path: "/api/2.0/sql/queries/{id}", handler: get },
    Route { method: "DELETE", path: "/api/2.0/sql/queries/{id}", handler: trash },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[Securable {
    object_type: "query",
    path: "queries",
    levels: &[
        ("CAN_READ", "Can read the query"),
        ("CAN_RUN", "Can run the query"),
        ("CAN_EDIT", "Can edit the query"),
        ("CAN_MANAGE", "Can manage the query"),
    ],
    exists: |state, id| state.queries.exists(id),
    absent: missing,
    ..Securable::REGULAR
}];

/// The part of the workspace which this API keeps.
pub(crate) type State = Shelf;

fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    state.queries.list(call)
}

fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    state.queries.get(call.param("id"), missing)
}

fn trash(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    state.queries.trash(call.param("id"), missing)
}

fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let sent = call.body.get("query").and_then(Value::as_object);
    let mut query =
        sent.cloned().ok_or_else(|| Refusal::invalid("Missing required field: query"))?;
    query.retain(|_, value| !value.is_null());
    let warehouse = query.get("warehouse_id").and_then(Value::as_str).unwrap_or_default();
    if !warehouse.is_empty() && !state.warehouses.exists(warehouse) {
        return Err(Refusal::invalid(format!("SQL warehouse {warehouse} does not exist.")));
    }
    let id = state.ids.uuid();
    let now = instant(call.now);
    for (field, value) in [
        ("display_name", json!("New query")),
        ("parent_path", json!(format!("/Users/{}", call.caller.user_name))),
        ("apply_auto_limit", json!(false)),
        ("run_as_mode", json!("OWNER")),
        ("query_text", json!("")),
    ] {
        query.entry(field).or_insert(value);
    }
    for (field, value) in [
        ("id", json!(id)),
        ("owner_user_name", json!(call.caller.user_name)),
        ("last_modifier_user_name", json!(call.caller.user_name)),
        ("lifecycle_state", json!("ACTIVE")),
        ("create_time", json!(now)),
        ("update_time", json!(now)),
    ] {
        query.insert(field.into(), value);
    }
    state.queries.put(id.clone(), query.clone());
    permissions::grant_creator(state, "queries", &id, &call.caller, "CAN_MANAGE");
    Ok(Answer::Json(Value::Object(query)))
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("Query {id} does not exist."))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::testing::Desk;

    const API: &str = "/api/2.0/sql/queries";

    #[tokio::test]
    async fn a_trashed_query_can_be_read_and_is_not_listed() {
        let desk = Desk::new();
        let query = json!({"display_name": "q", "query_text": "SELECT 1"});
        let made = desk.ok("POST", API, json!({"query": query})).await;
        assert_eq!(made["parent_path"], "/Users/admin@example.com");
        assert_eq!(made["run_as_mode"], "OWNER");
        let listed = desk.get(API).await;
        assert_eq!(listed["results"][0]["id"], made["id"]);
        assert!(listed["results"][0].get("parent_path").is_none());
        let one = format!("{API}/{}", made["id"].as_str().unwrap());
        desk.ok("DELETE", &one, Value::Null).await;
        assert_eq!(desk.get(&one).await["lifecycle_state"], "TRASHED");
        assert_eq!(desk.get(API).await, json!({"results": []}));
    }

    #[tokio::test]
    async fn what_cannot_be_is_refused() {
        let desk = Desk::new();
        desk.refused(400, "POST", API, json!({})).await;
        desk.refused(400, "POST", API, json!({"query": {"warehouse_id": "none"}})).await;
        desk.refused(404, "GET", &format!("{API}/none"), Value::Null).await;
    }
}
