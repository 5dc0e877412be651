//! SQL warehouses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::page;
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/sql/warehouses", handler: list },
    Route { method: "POST", path: "/api/2.0/sql/warehouses", handler: create },
    Route { method: "GET", path: "/api/2.0/sql/warehouses/{id}", handler: get },
    Route { method: "DELETE", path: "/api/2.0/sql/warehouses/{id}", handler: delete },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[Securable {
    object_type: "warehouses",
    path: "warehouses",
    levels: &[
        ("CAN_VIEW", "Can view the warehouse"),
        ("CAN_MONITOR", "Can monitor the warehouse"),
        ("CAN_USE", "Can use the warehouse"),
        ("CAN_MANAGE", "Can manage the warehouse"),
        ("IS_OWNER", "Is the owner of the warehouse"),
    ],
    owner: true,
    exists: |state, id| state.warehouses.exists(id),
    absent: missing,
    ..Securable::REGULAR
}];

/// The sizes which are offered.
const SIZES: [&str; 11] = [
    "2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large",
    "4X-Large", "5X-Large", "6X-Large",
];

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The warehouses, by identifier.
    pub(crate) warehouses: BTreeMap<String, Warehouse>,
}

/// One warehouse.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Warehouse {
    /// What people set, with what the server filled in.
    settings: Map<String, Value>,
    creator: String,
}

impl State {
    /// Whether there is such a warehouse.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.warehouses.contains_key(id)
    }
}

impl Warehouse {
    fn answer(&self, id: &str) -> Value {
        let mut answer = self.settings.clone();
        let extra = json!({
            "id": id,
            "creator_name": self.creator,
            "state": "RUNNING",
            "num_clusters": 1,
            "num_active_sessions": 0,
            "health": {"status": "HEALTHY"},
            "jdbc_url": format!("jdbc:spark://localhost:443/default;httpPath=/sql/1.0/warehouses/{id}"),
            "odbc_params": {
                "hostname": "localhost", "path": format!("/sql/1.0/warehouses/{id}"), "port": 443,
                "protocol": "https",
            },
        });
        answer.extend(extra.as_object().cloned().unwrap_or_default());
        Value::Object(answer)
    }
}

fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let all = &state.warehouses.warehouses;
    let (ids, next) = page(all.keys().cloned().collect(), call, 1000, 1000, "page_token")?;
    let listed: Vec<_> = ids.iter().map(|id| all[id].answer(id)).collect();
    let mut answer = json!({ "warehouses": listed });
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.param("id");
    let warehouse = state.warehouses.warehouses.get(id).ok_or_else(|| missing(id))?;
    Ok(Answer::Json(warehouse.answer(id)))
}

fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("name")?;
    if name.chars().count() >= 100 {
        return Err(Refusal::invalid("The name of a warehouse must be less than 100 characters"));
    }
    if state.warehouses.warehouses.values().any(|w| w.settings.get("name") == Some(&json!(name))) {
        return Err(Refusal::new(
            409,
            "RESOURCE_ALREADY_EXISTS",
            format!("SQL warehouse with name '{name}' already exists"),
        ));
    }
    let size = call.need("cluster_size")?;
    if !SIZES.contains(&size) {
        return Err(Refusal::invalid(format!("{size} is not a valid cluster size")));
    }
    let mut settings = call.body.as_object().cloned().unwrap_or_default();
    settings.retain(|field, value| !value.is_null() && field != "creator_name");
    let number = |field: &str| settings.get(field).and_then(Value::as_i64).unwrap_or(1);
    let (min, max) = (number("min_num_clusters"), number("max_num_clusters"));
    if min < 1 || max < min || max > 40 {
        return Err(Refusal::invalid(
            "Clusters must be 1 <= min_num_clusters <= max_num_clusters <= 40",
        ));
    }
    let serverless = settings.get("enable_serverless_compute") == Some(&json!(true));
    let classic = settings.get("warehouse_type").is_none_or(|kind| *kind == "CLASSIC");
    if serverless && classic {
        return Err(Refusal::invalid("Serverless compute needs a warehouse of type PRO"));
    }
    for (field, value) in [
        ("auto_stop_mins", json!(if serverless { 10 } else { 120 })),
        ("channel", json!({"name": "CHANNEL_NAME_CURRENT"})),
        ("enable_photon", json!(true)),
        ("enable_serverless_compute", json!(false)),
        ("max_num_clusters", json!(1)),
        ("min_num_clusters", json!(1)),
        ("spot_instance_policy", json!("COST_OPTIMIZED")),
        ("tags", json!({})),
        ("warehouse_type", json!("CLASSIC")),
    ] {
        settings.entry(field).or_insert(value);
    }
    let id = state.ids.hex16().to_lowercase();
    let warehouse = Warehouse { settings, creator: call.caller.user_name.clone() };
    state.warehouses.warehouses.insert(id.clone(), warehouse);
    permissions::grant_creator(state, "warehouses", &id, &call.caller, "IS_OWNER");
    Ok(Answer::Json(json!({ "id": id })))
}

fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.param("id");
    state.warehouses.warehouses.remove(id).ok_or_else(|| missing(id))?;
    permissions::forget(state, "warehouses", id);
    Ok(Answer::nothing())
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("SQL warehouse {id} does not exist."))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::testing::Desk;

    const API: &str = "/api/2.0/sql/warehouses";

    #[tokio::test]
    async fn the_server_fills_in_what_was_not_said() {
        let desk = Desk::new();
        let made = desk.ok("POST", API, json!({"name": "w", "cluster_size": "Small"})).await;
        let warehouse = desk.get(&format!("{API}/{}", made["id"].as_str().unwrap())).await;
        assert_eq!(warehouse["auto_stop_mins"], 120);
        assert_eq!(warehouse["spot_instance_policy"], "COST_OPTIMIZED");
        assert_eq!(warehouse["creator_name"], "admin@example.com");
        assert_eq!(desk.get(API).await["warehouses"], json!([warehouse]));
    }

    #[tokio::test]
    async fn what_cannot_be_is_refused() {
        let desk = Desk::new();
        let body = json!({"name": "w", "cluster_size": "Small"});
        let made = desk.ok("POST", API, body.clone()).await;
        desk.refused(409, "POST", API, body).await;
        for body in [
            json!({"name": "x", "cluster_size": "Huge"}),
            json!({"name": "x", "cluster_size": "Small", "min_num_clusters": 3, "max_num_clusters": 2}),
            json!({"name": "x", "cluster_size": "Small", "enable_serverless_compute": true}),
            json!({"name": "x".repeat(100), "cluster_size": "Small"}),
            json!({"cluster_size": "Small"}),
        ] {
            desk.refused(400, "POST", API, body).await;
        }
        let one = format!("{API}/{}", made["id"].as_str().unwrap());
        desk.ok("DELETE", &one, Value::Null).await;
        desk.refused(404, "GET", &one, Value::Null).await;
        desk.refused(404, "DELETE", &one, Value::Null).await;
    }

    #[tokio::test]
    async fn a_warehouse_has_one_owner() {
        let desk = Desk::new();
        let made = desk.ok("POST", API, json!({"name": "w", "cluster_size": "Small"})).await;
        let path = format!("/api/2.0/permissions/warehouses/{}", made["id"].as_str().unwrap());
        let entry = json!({"group_name": "users", "permission_level": "CAN_USE"});
        desk.refused(400, "PUT", &path, json!({"access_control_list": [entry]})).await;
        desk.ok("PATCH", &path, json!({"access_control_list": [entry]})).await;
    }
}
