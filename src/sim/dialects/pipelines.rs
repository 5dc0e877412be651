//! Pipelines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sim::dialects::permissions::{self, Securable};
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::page;
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/pipelines", handler: list },
    Route { method: "POST", path: "/api/2.0/pipelines", handler: create },
    Route { method: "GET", path: "/api/2.0/pipelines/{pipeline_id}", handler: get },
    Route { method: "DELETE", path: "/api/2.0/pipelines/{pipeline_id}", handler: delete },
];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[Securable {
    object_type: "pipelines",
    path: "pipelines",
    levels: &[
        ("CAN_VIEW", "Can view the pipeline"),
        ("CAN_RUN", "Can view the pipeline and run updates"),
        ("CAN_MANAGE", "Can manage the pipeline"),
        ("IS_OWNER", "Is the owner of the pipeline"),
    ],
    owner: true,
    exists: |state, id| state.pipelines.exists(id),
    absent: missing,
    ..Securable::REGULAR
}];

/// Fields which are for writing only, or are kept beside the settings.
const NOT_SETTINGS: [&str; 4] = ["allow_duplicate_names", "dry_run", "run_as", "parameters"];

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The pipelines, by identifier.
    pub(crate) pipelines: BTreeMap<String, Pipeline>,
}

/// One pipeline.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Pipeline {
    /// What people set, with what the server filled in.
    settings: Map<String, Value>,
    /// What is given back beside the settings.
    beside: Map<String, Value>,
    creator: String,
    modified: i64,
}

impl State {
    /// Whether there is such a pipeline.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.pipelines.contains_key(id)
    }
}

impl Pipeline {
    fn name(&self) -> &str {
        self.settings.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    fn runs_as(&self) -> &str {
        let named = self.beside.get("run_as").and_then(Value::as_object);
        named.and_then(|run_as| run_as.values().find_map(Value::as_str)).unwrap_or(&self.creator)
    }

    fn brief(&self, id: &str) -> Value {
        json!({
            "pipeline_id": id,
            "name": self.name(),
            "state": "IDLE",
            "health": "HEALTHY",
            "creator_user_name": self.creator,
            "run_as_user_name": self.runs_as(),
        })
    }

    fn answer(&self, id: &str) -> Value {
        let mut answer = self.brief(id);
        answer["last_modified"] = json!(self.modified);
        answer["spec"] = Value::Object(self.settings.clone());
        for (field, value) in &self.beside {
            answer[field] = value.clone();
        }
        answer
    }
}

fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let all = &state.pipelines.pipelines;
    let wanted = call.query("filter").map(Filter::read).transpose()?;
    let named = |pipeline: &Pipeline| wanted.as_ref().is_none_or(|w| w.has(pipeline.name()));
    let ids =
        all.iter().filter(|(_, pipeline)| named(pipeline)).map(|(id, _)| id.clone()).collect();
    let (ids, next) = page(ids, call, 25, 100, "page_token")?;
    let listed: Vec<_> = ids.iter().map(|id| all[id].brief(id)).collect();
    let mut answer = json!({});
    if !listed.is_empty() {
        answer["statuses"] = json!(listed);
    }
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

fn get(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.param("pipeline_id");
    let pipeline = state.pipelines.pipelines.get(id).ok_or_else(|| missing(id))?;
    Ok(Answer::Json(pipeline.answer(id)))
}

fn create(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("name")?;
    let is_true = |field: &str| call.body.get(field) == Some(&json!(true));
    if !is_true("allow_duplicate_names")
        && state.pipelines.pipelines.values().any(|pipeline| pipeline.name() == name)
    {
        return Err(Refusal::new(
            409,
            "RESOURCE_CONFLICT",
            format!("The pipeline name '{name}' is already used by another pipeline."),
        ));
    }
    let has = |field: &str| call.body.get(field).is_some_and(|value| !value.is_null());
    if has("catalog") && has("storage") {
        return Err(Refusal::invalid("A pipeline cannot have both catalog and storage"));
    }
    if !["libraries", "ingestion_definition", "gateway_definition"].into_iter().any(has) {
        return Err(Refusal::invalid("A pipeline needs libraries or an ingestion definition"));
    }
    let (mut settings, mut beside) = (Map::new(), Map::new());
    for (field, value) in call.body.as_object().into_iter().flatten() {
        if ["run_as", "parameters"].contains(&field.as_str()) {
            beside.insert(field.clone(), value.clone());
        } else if !NOT_SETTINGS.contains(&field.as_str()) && !value.is_null() {
            settings.insert(field.clone(), value.clone());
        }
    }
    let id = state.ids.uuid();
    settings.insert("id".into(), json!(id));
    if !has("catalog") {
        settings.entry("storage").or_insert(json!(format!("dbfs:/pipelines/{id}")));
    }
    for (field, value) in [
        ("channel", json!("CURRENT")),
        ("continuous", json!(false)),
        ("development", json!(false)),
        ("edition", json!("ADVANCED")),
        ("photon", json!(false)),
    ] {
        settings.entry(field).or_insert(value);
    }
    if is_true("dry_run") {
        return Ok(Answer::Json(json!({ "effective_settings": settings })));
    }
    let creator = call.caller.user_name.clone();
    let pipeline = Pipeline { settings, beside, creator, modified: call.now };
    state.pipelines.pipelines.insert(id.clone(), pipeline);
    permissions::grant_creator(state, "pipelines", &id, &call.caller, "IS_OWNER");
    Ok(Answer::Json(json!({ "pipeline_id": id })))
}

fn delete(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.param("pipeline_id");
    state.pipelines.pipelines.remove(id).ok_or_else(|| missing(id))?;
    permissions::forget(state, "pipelines", id);
    Ok(Answer::nothing())
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("The specified pipeline {id} was not found."))
}

/// What a listing is limited to: `name LIKE 'a%'` or `name = 'a'`.
struct Filter {
    name: String,
    starts: bool,
    ends: bool,
}

impl Filter {
    fn read(text: &str) -> Result<Self, Refusal> {
        let unknown = || Refusal::invalid(format!("Unsupported filter: {text}"));
        let rest = text.trim().strip_prefix("name").ok_or_else(unknown)?.trim_start();
        let (quoted, like) = match rest.split_once(' ') {
            Some((word, quoted)) if word.eq_ignore_ascii_case("like") => (quoted, true),
            _ => (rest.strip_prefix('=').ok_or_else(unknown)?, false),
        };
        let name = quoted.trim().strip_prefix('\'').and_then(|name| name.strip_suffix('\''));
        let name = name.ok_or_else(unknown)?;
        let starts = like && name.starts_with('%');
        let ends = like && name.len() > 1 && name.ends_with('%');
        Ok(Self { name: if like { name.trim_matches('%') } else { name }.to_owned(), starts, ends })
    }

    fn has(&self, name: &str) -> bool {
        match (self.starts, self.ends) {
            (true, true) => name.contains(&self.name),
            (true, false) => name.ends_with(&self.name),
            (false, true) => name.starts_with(&self.name),
            (false, false) => name == self.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::testing::Desk;

    const API: &str = "/api/2.0/pipelines";

    fn pipeline(name: &str) -> Value {
        json!({"name": name, "libraries": [{"notebook": {"path": "/a"}}]})
    }

    #[tokio::test]
    async fn the_server_fills_in_what_was_not_said() {
        let desk = Desk::new();
        let mut body = pipeline("p");
        body["allow_duplicate_names"] = json!(true);
        let made = desk.ok("POST", API, body).await;
        let id = made["pipeline_id"].as_str().unwrap();
        let read = desk.get(&format!("{API}/{id}")).await;
        assert_eq!(read["spec"]["storage"], format!("dbfs:/pipelines/{id}"));
        assert_eq!(
            (&read["spec"]["edition"], &read["spec"]["id"]),
            (&json!("ADVANCED"), &json!(id))
        );
        assert!(read["spec"].get("allow_duplicate_names").is_none());
        assert_eq!(read["run_as_user_name"], "admin@example.com");
    }

    #[tokio::test]
    async fn names_are_unique_unless_told_otherwise() {
        let desk = Desk::new();
        let made = desk.ok("POST", API, pipeline("p")).await;
        desk.refused(409, "POST", API, pipeline("p")).await;
        desk.refused(400, "POST", API, json!({"name": "q"})).await;
        let mut both = pipeline("q");
        (both["catalog"], both["storage"]) = (json!("main"), json!("dbfs:/x"));
        desk.refused(400, "POST", API, both).await;
        let mut dry = pipeline("q");
        dry["dry_run"] = json!(true);
        assert!(desk.ok("POST", API, dry).await.get("pipeline_id").is_none());
        assert_eq!(desk.get(API).await["statuses"].as_array().unwrap().len(), 1);
        let one = format!("{API}/{}", made["pipeline_id"].as_str().unwrap());
        desk.ok("DELETE", &one, Value::Null).await;
        desk.refused(404, "GET", &one, Value::Null).await;
        assert_eq!(desk.get(API).await, json!({}));
    }

    #[tokio::test]
    async fn listings_are_filtered_by_name() {
        let desk = Desk::new();
        for name in ["alpha", "alpine", "beta"] {
            desk.ok("POST", API, pipeline(name)).await;
        }
        for (filter, count) in [
            ("name%20LIKE%20'al%25'", 2),
            ("name%20LIKE%20'%25a'", 2),
            ("name%20LIKE%20'%25p%25'", 2),
            ("name%20=%20'beta'", 1),
        ] {
            let listed = desk.get(&format!("{API}?filter={filter}")).await;
            assert_eq!(listed["statuses"].as_array().unwrap().len(), count, "{filter}");
        }
        desk.refused(400, "GET", &format!("{API}?filter=state=1"), Value::Null).await;
    }
}
