//! Where notifications go: mail, Slack, Teams, PagerDuty, webhooks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sim::dialects::permissions::Securable;
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::page;
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/notification-destinations", handler: list },
    Route { method: "POST", path: "/api/2.0/notification-destinations", handler: create },
    Route { method: "GET", path: "/api/2.0/notification-destinations/{id}", handler: get },
    Route { method: "DELETE", path: "/api/2.0/notification-destinations/{id}", handler: delete },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[];

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The destinations, by identifier.
    pub(crate) destinations: BTreeMap<String, Destination>,
}

/// One destination.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Destination {
    name: String,
    kind: String,
    /// What can be read back: addresses of mail, and of the rest only that it was set.
    config: Value,
}

impl State {
    /// Whether there is such a destination.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.destinations.contains_key(id)
    }
}

impl Destination {
    fn brief(&self, id: &str) -> Value {
        json!({ "id": id, "display_name": self.name, "destination_type": self.kind })
    }

    fn answer(&self, id: &str) -> Value {
        let mut answer = self.brief(id);
        answer["config"] = self.config.clone();
        answer
    }
}

/// Lists names and types: what a destination is made of, only `get` gives.
fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let all = &state.notification_destinations.destinations;
    let (ids, next) = page(all.keys().cloned().collect(), call, 20, 100, "page_token")?;
    let listed: Vec<_> = ids.iter().map(|id| all[id].brief(id)).collect();
    let mut answer = json!({ "results": listed });
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    admin(call)?;
    let id = call.param("id");
    let all = &state.notification_destinations.destinations;
    Ok(Answer::Json(all.get(id).ok_or_else(|| missing(id))?.answer(id)))
}

fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    admin(call)?;
    let name = call.need("display_name")?.to_owned();
    let config = call.body.get("config").and_then(Value::as_object);
    let configs: Vec<_> = config.into_iter().flatten().filter(|(_, v)| v.is_object()).collect();
    let [(field, settings)] = configs[..] else {
        return Err(Refusal::invalid("config needs exactly one type of destination"));
    };
    let kind = match field.as_str() {
        "generic_webhook" => "WEBHOOK".to_owned(),
        other => other.to_uppercase(),
    };
    let settings = settings.as_object().cloned().unwrap_or_default();
    check(field, &settings)?;
    let config = json!({ field: readable(field, settings) });
    let destination = Destination { name, kind, config };
    let id = state.ids.uuid();
    let answer = destination.answer(&id);
    state.notification_destinations.destinations.insert(id, destination);
    Ok(Answer::Json(answer))
}

fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    admin(call)?;
    let id = call.param("id");
    state.notification_destinations.destinations.remove(id).ok_or_else(|| missing(id))?;
    Ok(Answer::nothing())
}

fn check(kind: &str, settings: &Map<String, Value>) -> Result<(), Refusal> {
    let needed = match kind {
        "email" => "addresses",
        "generic_webhook" => "url",
        "pagerduty" => "integration_key",
        _ => return Ok(()),
    };
    let filled = match settings.get(needed) {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        _ => false,
    };
    if filled {
        return Ok(());
    }
    Err(Refusal::invalid(format!("Missing required field: config.{kind}.{needed}")))
}

/// What can be read back of a configuration: values are secret, except the addresses of mail.
fn readable(kind: &str, settings: Map<String, Value>) -> Value {
    if kind == "email" {
        return Value::Object(settings);
    }
    settings
        .into_iter()
        .filter(|(field, value)| !value.is_null() && !field.ends_with("_set"))
        .map(|(field, _)| (format!("{field}_set"), json!(true)))
        .collect()
}

fn admin(call: &Call<'_>) -> Result<(), Refusal> {
    if call.caller.is_admin {
        return Ok(());
    }
    Err(Refusal::denied("Only workspace admins can see and change notification destinations"))
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("Notification destination {id} does not exist."))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::testing::Desk;

    const API: &str = "/api/2.0/notification-destinations";

    #[tokio::test]
    async fn only_addresses_can_be_read_back() {
        let desk = Desk::new();
        let mail = json!({"email": {"addresses": ["a@example.com"]}});
        let made = desk.ok("POST", API, json!({"display_name": "m", "config": mail})).await;
        assert_eq!((&made["destination_type"], &made["config"]), (&json!("EMAIL"), &mail));
        let hook = json!({"generic_webhook": {"url": "https://x", "password": "secret"}});
        let made = desk.ok("POST", API, json!({"display_name": "h", "config": hook})).await;
        let one = format!("{API}/{}", made["id"].as_str().unwrap());
        let read = desk.get(&one).await;
        let set = json!({"generic_webhook": {"url_set": true, "password_set": true}});
        assert_eq!((&read["destination_type"], &read["config"]), (&json!("WEBHOOK"), &set));
        let listed = desk.get(API).await;
        let listed = listed["results"].as_array().unwrap();
        assert!(listed.len() == 2 && listed.iter().all(|one| one.get("config").is_none()));
        desk.ok("DELETE", &one, Value::Null).await;
        desk.refused(404, "GET", &one, Value::Null).await;
    }

    #[tokio::test]
    async fn what_cannot_be_is_refused() {
        let desk = Desk::new();
        for config in [
            json!({}),
            json!({"email": {"addresses": []}}),
            json!({"pagerduty": {}}),
            json!({"slack": {"url": "https://x"}, "pagerduty": {"integration_key": "x"}}),
        ] {
            desk.refused(400, "POST", API, json!({"display_name": "m", "config": config})).await;
        }
        let user = json!({"userName": "ann@example.com"});
        desk.ok("POST", "/api/2.0/preview/scim/v2/Users", user).await;
        let body = json!({"display_name": "m", "config": {"slack": {"url": "https://x"}}});
        desk.as_user("ann@example.com").refused(403, "POST", API, body).await;
    }
}
