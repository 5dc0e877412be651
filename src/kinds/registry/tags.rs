//! Tags of models and versions: no call sets them all, so each is set or deleted by itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{delete, send};
use crate::client::{Call, Repeat};
use crate::kind::{Error, Writing};

/// How the tags begin that brickform writes for itself.
const OWN: &str = "brickform.";

/// What bears tags: where they are set and deleted, and what names the bearer.
pub(in crate::kinds) struct Tagged<'a> {
    /// The beginning of both paths.
    pub(in crate::kinds) path: &'static str,
    /// The fields that name it.
    pub(in crate::kinds) bearer: &'a [(&'static str, &'a str)],
}

/// A list of tags without those that brickform wrote for itself.
pub(in crate::kinds) fn without_own(tags: &mut Value) {
    if let Some(tags) = tags.as_array_mut() {
        tags.retain(|tag| !tag["key"].as_str().is_some_and(|key| key.starts_with(OWN)));
    }
}

fn by_key(object: &Value) -> BTreeMap<&str, &str> {
    let tags = object.get("tags").and_then(Value::as_array);
    tags.into_iter()
        .flatten()
        .filter_map(|tag| Some((tag["key"].as_str()?, tag["value"].as_str().unwrap_or_default())))
        .collect()
}

impl Tagged<'_> {
    /// Sets what differs and deletes what is not wanted; own tags stay.
    ///
    /// # Errors
    /// As the server refuses.
    pub(in crate::kinds) async fn bring_in_line(
        &self,
        cx: Writing<'_>,
        live: &Value,
        wanted: &Value,
    ) -> Result<(), Error> {
        let (live, wanted) = (by_key(live), by_key(wanted));
        for (key, value) in wanted.iter().filter(|(key, value)| live.get(*key) != Some(*value)) {
            self.set(cx, key, value).await?;
        }
        let kept = |key: &&&str| wanted.contains_key(**key) || key.starts_with(OWN);
        for key in live.keys().filter(|key| !kept(key)) {
            self.unset(cx, key).await?;
        }
        Ok(())
    }

    /// Sets one tag.
    pub(super) async fn set(&self, cx: Writing<'_>, key: &str, value: &str) -> Result<(), Error> {
        let mut body = json!({ "key": key, "value": value });
        for (field, text) in self.bearer {
            body[*field] = json!(text);
        }
        let call = Call::post(format!("{}/set-tag", self.path)).json(body);
        send(cx, call.repeat(Repeat::Idempotent)).await
    }

    /// Deletes one tag.
    pub(super) async fn unset(&self, cx: Writing<'_>, key: &str) -> Result<(), Error> {
        let call = Call::delete(format!("{}/delete-tag", self.path)).query("key", key);
        let named = self.bearer.iter().fold(call, |call, (field, text)| call.query(*field, *text));
        delete(cx, named).await
    }
}
