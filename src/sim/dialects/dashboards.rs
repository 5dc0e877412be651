//! Dashboards (Lakeview).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sim::dialects::instant::instant;
use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::page;
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/lakeview/dashboards", handler: list },
    Route { method: "POST", path: "/api/2.0/lakeview/dashboards", handler: create },
    Route { method: "GET", path: "/api/2.0/lakeview/dashboards/{dashboard_id}", handler: get },
    Route { method: "DELETE", path: "/api/2.0/lakeview/dashboards/{dashboard_id}", handler: trash },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[Securable {
    object_type: "dashboard",
    path: "dashboards",
    levels: &[
        ("CAN_READ", "Can read the dashboard"),
        ("CAN_RUN", "Can run the dashboard"),
        ("CAN_EDIT", "Can edit the dashboard"),
        ("CAN_MANAGE", "Can manage the dashboard"),
    ],
    exists: |state, id| state.dashboards.exists(id),
    absent: missing,
    ..Securable::REGULAR
}];

/// What only `get` gives.
const NOT_LISTED: [&str; 4] = ["parent_path", "path", "etag", "serialized_dashboard"];

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The dashboards, by identifier, as the API gives them; trashed ones stay.
    pub(crate) dashboards: BTreeMap<String, Map<String, Value>>,
}

impl State {
    /// Whether there is such a dashboard outside the trash.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.dashboards.get(id).is_some_and(active)
    }
}

fn active(dashboard: &Map<String, Value>) -> bool {
    dashboard.get("lifecycle_state") == Some(&json!("ACTIVE"))
}

fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let all = &state.dashboards.dashboards;
    let trashed = call.query_is_true("show_trashed");
    let wanted = |dashboard: &Map<String, Value>| trashed || active(dashboard);
    let ids = all.iter().filter(|(_, dashboard)| wanted(dashboard)).map(|(id, _)| id.clone());
    let (ids, next) = page(ids.collect(), call, 20, 1000, "page_token")?;
    let brief = |id: &String| {
        let mut dashboard = all[id].clone();
        dashboard.retain(|field, _| !NOT_LISTED.contains(&field.as_str()));
        dashboard
    };
    let mut answer = json!({ "dashboards": ids.iter().map(brief).collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.param("dashboard_id");
    let dashboard = state.dashboards.dashboards.get(id).ok_or_else(|| missing(id))?;
    Ok(Answer::Json(Value::Object(dashboard.clone())))
}

fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("display_name")?.to_owned();
    let warehouse = call.text("warehouse_id").unwrap_or_default();
    if !warehouse.is_empty() && !state.warehouses.exists(warehouse) {
        return Err(Refusal::invalid(format!("SQL warehouse {warehouse} does not exist.")));
    }
    let home = format!("/Users/{}", call.caller.user_name);
    let parent = call.text("parent_path").filter(|path| !path.is_empty()).unwrap_or(&home);
    let parent =
        parent.strip_prefix("/Workspace").unwrap_or(parent).trim_end_matches('/').to_owned();
    let path = format!("{parent}/{name}.lvdash.json");
    if state
        .dashboards
        .dashboards
        .values()
        .any(|d| active(d) && d.get("path") == Some(&json!(path)))
    {
        return Err(Refusal::exists(format!("Node named '{name}.lvdash.json' already exists")));
    }
    let id = state.ids.uuid().replace('-', "");
    let now = instant(call.now);
    let dashboard = json!({
        "dashboard_id": id,
        "display_name": name,
        "parent_path": parent,
        "path": path,
        "serialized_dashboard": respaced(call.text("serialized_dashboard").unwrap_or("{}"))?,
        "etag": format!("{}", state.ids.next() % 100_000_000),
        "lifecycle_state": "ACTIVE",
        "create_time": now,
        "update_time": now,
    });
    let mut dashboard = dashboard.as_object().cloned().unwrap_or_default();
    if !warehouse.is_empty() {
        dashboard.insert("warehouse_id".into(), json!(warehouse));
    }
    state.dashboards.dashboards.insert(id.clone(), dashboard.clone());
    permissions::grant_creator(state, "dashboards", &id, &call.caller, "CAN_MANAGE");
    Ok(Answer::Json(Value::Object(dashboard)))
}

/// Moves a dashboard to the trash, where it can still be read.
fn trash(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.param("dashboard_id");
    let dashboard = state.dashboards.dashboards.get_mut(id).ok_or_else(|| missing(id))?;
    dashboard.insert("lifecycle_state".into(), json!("TRASHED"));
    Ok(Answer::nothing())
}

/// The server writes the document anew: pages get a type, and the text ends with a line break.
fn respaced(text: &str) -> Result<String, Refusal> {
    let mut document: Value = serde_json::from_str(text)
        .map_err(|error| Refusal::invalid(format!("serialized_dashboard is no JSON: {error}")))?;
    if let Some(Value::Array(pages)) = document.get_mut("pages") {
        for page in pages.iter_mut().filter_map(Value::as_object_mut) {
            page.entry("pageType").or_insert(json!("PAGE_TYPE_CANVAS"));
        }
    }
    Ok(format!("{document:#}\n"))
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("Dashboard {id} does not exist."))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::testing::Desk;

    const API: &str = "/api/2.0/lakeview/dashboards";

    #[tokio::test]
    async fn the_server_writes_the_document_anew() {
        let desk = Desk::new();
        let sent = json!({"pages": [{"name": "p"}]}).to_string();
        let body = json!({"display_name": "d", "serialized_dashboard": sent});
        let made = desk.ok("POST", API, body.clone()).await;
        assert_eq!(made["path"], "/Users/admin@example.com/d.lvdash.json");
        let text = made["serialized_dashboard"].as_str().unwrap();
        assert!(text.ends_with('\n') && text.contains("PAGE_TYPE_CANVAS"), "{text}");
        desk.refused(400, "POST", API, body.clone()).await;
        let listed = desk.get(API).await["dashboards"][0].clone();
        for hidden in ["parent_path", "path", "etag", "serialized_dashboard"] {
            assert!(listed.get(hidden).is_none(), "{hidden}");
        }
        let one = format!("{API}/{}", made["dashboard_id"].as_str().unwrap());
        desk.ok("DELETE", &one, Value::Null).await;
        assert_eq!(desk.get(&one).await["lifecycle_state"], "TRASHED");
        let trashed = desk.get(&format!("{API}?show_trashed=true")).await;
        assert_eq!(trashed["dashboards"].as_array().unwrap().len(), 1);
        desk.ok("POST", API, body).await;
    }

    #[tokio::test]
    async fn what_cannot_be_is_refused() {
        let desk = Desk::new();
        desk.refused(400, "POST", API, json!({})).await;
        desk.refused(400, "POST", API, json!({"display_name": "d", "warehouse_id": "none"})).await;
        let body = json!({"display_name": "d", "serialized_dashboard": "{"});
        desk.refused(400, "POST", API, body).await;
        desk.refused(404, "GET", &format!("{API}/none"), Value::Null).await;
    }
}
