//! SQL alerts, in their first form: a condition on the result of a query.

use serde_json::{Value, json};

use crate::sim::dialects::instant::instant;
use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::dialects::shelf::Shelf;
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/sql/alerts", handler: list },
    Route { method: "POST", path: "/api/2.0/sql/alerts", handler: create },
    Route { method: "GET", path: "/api/2.0/sql/alerts/{id}", handler: get },
    Route { method: "DELETE", path: "/api/2.0/sql/alerts/{id}", handler: trash },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[Securable {
    object_type: "alert",
    path: "alerts",
    levels: &[
        ("CAN_READ", "Can read the alert"),
        ("CAN_RUN", "Can run the alert"),
        ("CAN_EDIT", "Can edit the alert"),
        ("CAN_MANAGE", "Can manage the alert"),
    ],
    exists: |state, id| state.alerts.exists(id),
    absent: missing,
    ..Securable::REGULAR
}];

/// The part of the workspace which this API keeps.
pub(crate) type State = Shelf;

fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    state.alerts.list(call)
}

fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    state.alerts.get(call.param("id"), missing)
}

fn trash(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    state.alerts.trash(call.param("id"), missing)
}

fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let sent = call.body.get("alert").and_then(Value::as_object);
    let mut alert =
        sent.cloned().ok_or_else(|| Refusal::invalid("Missing required field: alert"))?;
    alert.retain(|_, value| !value.is_null());
    let text = |field: &str| alert.get(field).and_then(Value::as_str).unwrap_or_default();
    if text("display_name").is_empty() {
        return Err(Refusal::invalid("Missing required field: alert.display_name"));
    }
    let query = text("query_id");
    if !state.queries.exists(query) {
        return Err(Refusal::invalid(format!("Query {query} does not exist.")));
    }
    if !alert.contains_key("condition") {
        return Err(Refusal::invalid("Missing required field: alert.condition"));
    }
    let id = state.ids.uuid();
    let now = instant(call.now);
    for (field, value) in [
        ("parent_path", json!(format!("/Users/{}", call.caller.user_name))),
        ("notify_on_ok", json!(false)),
        ("seconds_to_retrigger", json!(0)),
    ] {
        alert.entry(field).or_insert(value);
    }
    for (field, value) in [
        ("id", json!(id)),
        ("owner_user_name", json!(call.caller.user_name)),
        ("lifecycle_state", json!("ACTIVE")),
        ("state", json!("UNKNOWN")),
        ("create_time", json!(now)),
        ("update_time", json!(now)),
    ] {
        alert.insert(field.into(), value);
    }
    state.alerts.put(id.clone(), alert.clone());
    permissions::grant_creator(state, "alerts", &id, &call.caller, "CAN_MANAGE");
    Ok(Answer::Json(Value::Object(alert)))
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("Alert {id} does not exist."))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::testing::Desk;

    const API: &str = "/api/2.0/sql/alerts";

    #[tokio::test]
    async fn an_alert_belongs_to_a_query() {
        let desk = Desk::new();
        let query =
            desk.ok("POST", "/api/2.0/sql/queries", json!({"query": {}})).await["id"].clone();
        let alert = json!({"display_name": "a", "query_id": query, "condition": {"op": "EQUAL"}});
        let made = desk.ok("POST", API, json!({"alert": alert})).await;
        assert_eq!((&made["notify_on_ok"], &made["state"]), (&json!(false), &json!("UNKNOWN")));
        assert!(desk.get(API).await["results"][0].get("parent_path").is_none());
        let one = format!("{API}/{}", made["id"].as_str().unwrap());
        desk.ok("DELETE", &one, Value::Null).await;
        assert_eq!(desk.get(&one).await["lifecycle_state"], "TRASHED");
        assert_eq!(desk.get(API).await, json!({"results": []}));
        for field in ["display_name", "query_id", "condition"] {
            let mut less = alert.clone();
            less.as_object_mut().unwrap().remove(field);
            desk.refused(400, "POST", API, json!({"alert": less})).await;
        }
        desk.refused(404, "GET", &format!("{API}/none"), Value::Null).await;
    }
}
