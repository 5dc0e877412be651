//! Objects that are listed without their folders and go to a trash in which they can still be read: SQL
//! queries and alerts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::page;

/// The objects of one API, by identifier, as the API gives them; trashed ones stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Shelf(BTreeMap<String, Map<String, Value>>);

fn active(object: &Map<String, Value>) -> bool {
    object.get("lifecycle_state") == Some(&json!("ACTIVE"))
}

impl Shelf {
    /// Whether there is such an object outside the trash.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(active)
    }

    /// Keeps an object.
    pub(crate) fn put(&mut self, id: String, object: Map<String, Value>) {
        self.0.insert(id, object);
    }

    /// Lists objects outside the trash, without their folders: those only `get` gives.
    pub(crate) fn list(&self, call: &Call<'_>) -> Result<Answer, Refusal> {
        let ids =
            self.0.iter().filter(|(_, object)| active(object)).map(|(id, _)| id.clone()).collect();
        let (ids, next) = page(ids, call, 20, 100, "page_token")?;
        let brief = |id: &String| {
            let mut object = self.0[id].clone();
            object.remove("parent_path");
            object
        };
        let mut answer = json!({ "results": ids.iter().map(brief).collect::<Vec<_>>() });
        if let Some(next) = next {
            answer["next_page_token"] = json!(next);
        }
        Ok(Answer::Json(answer))
    }

    /// Gives one object, trashed or not.
    pub(crate) fn get(&self, id: &str, missing: fn(&str) -> Refusal) -> Result<Answer, Refusal> {
        let object = self.0.get(id).ok_or_else(|| missing(id))?;
        Ok(Answer::Json(Value::Object(object.clone())))
    }

    /// Moves an object to the trash.
    pub(crate) fn trash(
        &mut self,
        id: &str,
        missing: fn(&str) -> Refusal,
    ) -> Result<Answer, Refusal> {
        let object = self.0.get_mut(id).ok_or_else(|| missing(id))?;
        object.insert("lifecycle_state".into(), json!("TRASHED"));
        Ok(Answer::nothing())
    }
}
