//! Global init scripts: run on every machine of every cluster, in the order of their positions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::clusters::asked;
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::shuffle;
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/global-init-scripts", handler: list },
    Route { method: "POST", path: "/api/2.0/global-init-scripts", handler: create },
    Route { method: "GET", path: "/api/2.0/global-init-scripts/{script_id}", handler: get },
    Route { method: "PATCH", path: "/api/2.0/global-init-scripts/{script_id}", handler: update },
    Route { method: "DELETE", path: "/api/2.0/global-init-scripts/{script_id}", handler: delete },
];

/// The scripts of a workspace, in the order in which they run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct State(Vec<Script>);

/// One script.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Script {
    id: String,
    /// What people set, the script itself among it.
    settings: Map<String, Value>,
    created: (i64, String),
    updated: (i64, String),
}

/// The largest script.
const LIMIT: usize = 64 * 1024;

impl State {
    fn place(&self, id: &str) -> Result<usize, Refusal> {
        let missing = || Refusal::not_found(format!("The global init script {id} was not found"));
        self.0.iter().position(|script| script.id == id).ok_or_else(missing)
    }

    /// Puts a script at a position, or last, which moves those behind it on.
    fn put(&mut self, script: Script, position: Option<usize>) {
        let at = position.unwrap_or(usize::MAX).min(self.0.len());
        self.0.insert(at, script);
    }
}

impl Script {
    fn answer(&self, position: usize, whole: bool) -> Value {
        let mut answer = self.settings.clone();
        if !whole {
            answer.remove("script");
        }
        let about = [
            ("script_id", json!(self.id)),
            ("position", json!(position)),
            ("created_at", json!(self.created.0)),
            ("created_by", json!(self.created.1)),
            ("updated_at", json!(self.updated.0)),
            ("updated_by", json!(self.updated.1)),
        ];
        answer.extend(about.map(|(field, value)| (field.to_owned(), value)));
        Value::Object(answer)
    }
}

fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    admin(call)?;
    let scripts = &state.global_init_scripts.0;
    let places = shuffle((0..scripts.len()).collect(), call).into_iter();
    let listed: Vec<Value> = places.map(|at| scripts[at].answer(at, false)).collect();
    Ok(Answer::Json(if listed.is_empty() { json!({}) } else { json!({ "scripts": listed }) }))
}

fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    admin(call)?;
    let at = state.global_init_scripts.place(call.param("script_id"))?;
    Ok(Answer::Json(state.global_init_scripts.0[at].answer(at, true)))
}

fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let position = checked(call)?;
    let mut settings = asked(&call.body, &["position"]);
    settings.entry("enabled").or_insert(json!(false));
    let now = (call.now, call.caller.user_name.clone());
    let id = state.ids.hex16();
    let script = Script { id: id.clone(), settings, created: now.clone(), updated: now };
    state.global_init_scripts.put(script, position);
    Ok(Answer::Json(json!({ "script_id": id })))
}

/// Changes what is sent; the script goes to a position as it is once it was taken out.
fn update(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let position = checked(call)?;
    let scripts = &mut state.global_init_scripts;
    let at = scripts.place(call.param("script_id"))?;
    let mut script = scripts.0.remove(at);
    script.settings.extend(asked(&call.body, &["position"]));
    script.updated = (call.now, call.caller.user_name.clone());
    scripts.put(script, Some(position.unwrap_or(at)));
    Ok(Answer::nothing())
}

fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    admin(call)?;
    let at = state.global_init_scripts.place(call.param("script_id"))?;
    state.global_init_scripts.0.remove(at);
    Ok(Answer::nothing())
}

/// The position that an admin asks for with a script which can be one.
fn checked(call: &Call<'_>) -> Result<Option<usize>, Refusal> {
    admin(call)?;
    call.need("name")?;
    let script = STANDARD.decode(call.need("script")?);
    let script = script.map_err(|_| Refusal::invalid("The script is not Base64-encoded"))?;
    if script.len() > LIMIT {
        return Err(Refusal::invalid("The script must not be larger than 64 KB"));
    }
    match call.body.get("position").filter(|position| !position.is_null()) {
        None => Ok(None),
        Some(position) => match position.as_u64().and_then(|at| usize::try_from(at).ok()) {
            Some(at) => Ok(Some(at)),
            None => Err(Refusal::invalid("The position must not be negative")),
        },
    }
}

fn admin(call: &Call<'_>) -> Result<(), Refusal> {
    if call.caller.is_admin {
        return Ok(());
    }
    Err(Refusal::denied("Only workspace admins can do this"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::testing::Desk;

    const ALL: &str = "/api/2.0/global-init-scripts";

    async fn make(desk: &Desk, name: &str, position: Option<i64>) -> String {
        let mut body = json!({"name": name, "script": "ZWNobw=="});
        if let Some(position) = position {
            body["position"] = json!(position);
        }
        desk.ok("POST", ALL, body).await["script_id"].as_str().unwrap().to_owned()
    }

    /// The names in the order in which they run.
    async fn order(desk: &Desk) -> Vec<String> {
        let listed = desk.get(ALL).await["scripts"].as_array().cloned().unwrap_or_default();
        let mut scripts: Vec<_> =
            listed.iter().map(|one| (one["position"].as_u64(), one["name"].as_str())).collect();
        scripts.sort();
        scripts.into_iter().map(|(_, name)| name.unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn a_position_inserts_and_moves_those_behind_it() {
        let desk = Desk::new();
        assert_eq!(desk.get(ALL).await, json!({}));
        let a = make(&desk, "a", None).await;
        make(&desk, "b", None).await;
        make(&desk, "c", Some(0)).await;
        make(&desk, "d", Some(99)).await;
        assert_eq!(order(&desk).await, ["c", "a", "b", "d"]);
        let one = format!("{ALL}/{a}");
        for (position, expected) in [
            (2, ["c", "b", "a", "d"]),
            (3, ["c", "b", "d", "a"]),
            (0, ["a", "c", "b", "d"]),
            (7, ["c", "b", "d", "a"]),
        ] {
            let body = json!({"name": "a", "script": "ZWNobw==", "position": position});
            desk.ok("PATCH", &one, body).await;
            assert_eq!(order(&desk).await, expected);
        }
        desk.ok("DELETE", &one, Value::Null).await;
        desk.refused(404, "DELETE", &one, Value::Null).await;
        assert_eq!(order(&desk).await, ["c", "b", "d"]);
    }

    #[tokio::test]
    async fn an_update_keeps_what_it_does_not_say() {
        let desk = Desk::new();
        let body = json!({"name": "a", "script": "ZWNobw==", "enabled": true});
        let id = desk.ok("POST", ALL, body).await["script_id"].as_str().unwrap().to_owned();
        make(&desk, "b", None).await;
        let one = format!("{ALL}/{id}");
        desk.ok("PATCH", &one, json!({"name": "a2", "script": "bHM="})).await;
        let script = desk.get(&one).await;
        assert_eq!((&script["name"], &script["script"]), (&json!("a2"), &json!("bHM=")));
        assert_eq!((&script["enabled"], &script["position"]), (&json!(true), &json!(0)));
        let listed = desk.get(ALL).await;
        assert!(
            listed["scripts"].as_array().unwrap().iter().all(|one| one.get("script").is_none())
        );
    }

    #[tokio::test]
    async fn what_is_no_script_and_who_is_no_admin_is_refused() {
        let desk = Desk::new();
        for body in [
            json!({"name": "a"}),
            json!({"script": "ZWNobw=="}),
            json!({"name": "a", "script": "no base64!"}),
            json!({"name": "a", "script": "ZWNobw==", "position": -1}),
            json!({"name": "a", "script": STANDARD.encode([b'#'; LIMIT + 1])}),
        ] {
            desk.refused(400, "POST", ALL, body).await;
        }
        let id = make(&desk, "a", None).await;
        desk.refused(400, "PATCH", &format!("{ALL}/{id}"), json!({"name": "b"})).await;
        desk.refused(404, "GET", &format!("{ALL}/0"), Value::Null).await;
        let user = json!({"userName": "bob@x.com", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]});
        desk.ok("POST", "/api/2.0/preview/scim/v2/Users", user).await;
        desk.as_user("bob@x.com").refused(403, "GET", ALL, Value::Null).await;
    }
}
