//! Numbers of versions. The server gives them, one after the other and each once; whoever loads
//! `models:/churn/7` means that number, so a copy has to bear it too.

use serde_json::{Value, json};

use super::delete;
use super::tags::Tagged;
use crate::client::{Call, Paging, Repeat};
use crate::kind::{Error, Writing};

const PATH: &str = "/api/2.0/mlflow/model-versions";

/// The tag of a version that is there only for its number; its value is the number that is wanted.
const PLACEHOLDER: &str = "brickform.placeholder_for";

/// How many versions one page of a search holds.
const PAGE: u32 = 1_000;

/// A version of a model.
#[derive(Clone, Copy)]
pub(in crate::kinds) struct Version<'a> {
    /// The model's name.
    pub(in crate::kinds) model: &'a str,
    /// The version's number.
    pub(in crate::kinds) number: u64,
}

impl<'a> Version<'a> {
    /// Reads the key of a version: the model's name and the number.
    pub(in crate::kinds) fn of_key(key: &'a str) -> Option<Self> {
        let (model, number) = key.rsplit_once('/')?;
        Some(Self { model, number: number.parse().ok()? })
    }

    /// The fields that name it in a call, given its number as text.
    pub(in crate::kinds) fn bearer(self, number: &'a str) -> [(&'static str, &'a str); 2] {
        [("name", self.model), ("version", number)]
    }

    /// The calls of its tags.
    pub(in crate::kinds) fn tagged(self, bearer: &'a [(&'static str, &'a str)]) -> Tagged<'a> {
        Tagged { path: PATH, bearer }
    }

    async fn unmark(self, cx: Writing<'_>) -> Result<(), Error> {
        let number = self.number.to_string();
        self.tagged(&self.bearer(&number)).unset(cx, PLACEHOLDER).await
    }

    async fn delete(self, cx: Writing<'_>) -> Result<(), Error> {
        let call = Call::delete(format!("{PATH}/delete"));
        let number = self.number.to_string();
        delete(cx, call.query("name", self.model).query("version", number)).await
    }
}

fn placeholder_for(raw: &Value) -> Option<&str> {
    let tags = raw.get("tags")?.as_array()?;
    tags.iter().find(|tag| tag["key"] == PLACEHOLDER)?.get("value")?.as_str()
}

/// Whether a version is there only for its number.
pub(in crate::kinds) fn is_placeholder(raw: &Value) -> bool {
    placeholder_for(raw).is_some()
}

fn number_of(raw: &Value) -> Option<u64> {
    let number = raw.get("version")?;
    number.as_u64().or_else(|| number.as_str()?.parse().ok())
}

async fn versions(cx: Writing<'_>, model: &str) -> Result<Vec<Value>, Error> {
    let filter = format!("name='{}'", model.replace('\'', "\\'"));
    let call = Call::get(format!("{PATH}/search")).query("filter", filter);
    let paged = call.query("max_results", PAGE.to_string());
    Ok(cx.session.list(paged, "/model_versions", Paging::PAGE_TOKEN).await?)
}

/// Creates a version under a number.
///
/// Numbers below it that no version has are used up first, by versions that bear a mark and are deleted at
/// once. A mark that an interrupted create left behind is seen by the next one: the version under the wanted number only loses it.
///
/// # Errors
/// As the server refuses; [`Error::Impossible`] where the number is behind the last one that was given.
pub(in crate::kinds) async fn create(
    cx: Writing<'_>,
    wanted: Version<'_>,
    body: &Value,
) -> Result<(), Error> {
    let mut last = 0;
    for raw in versions(cx, wanted.model).await? {
        let Some(number) = number_of(&raw) else { continue };
        let found = Version { number, ..wanted };
        match placeholder_for(&raw) {
            Some(meant) if number == wanted.number && meant == wanted.number.to_string() => {
                return found.unmark(cx).await;
            }
            Some(_) => found.delete(cx).await?,
            None => {}
        }
        last = last.max(number);
    }
    while last < wanted.number {
        let marked = last + 1 < wanted.number;
        let got = post(cx, wanted, body, marked).await?;
        if got == wanted.number {
            return if marked {
                Version { number: got, ..wanted }.unmark(cx).await
            } else {
                Ok(())
            };
        }
        Version { number: got, ..wanted }.delete(cx).await?;
        last = got.max(last + 1);
    }
    Err(Error::Impossible {
        why: format!(
            "the registry has given the number {} before, or a later one, and gives none twice; \
             leave the version out, or delete the model from the target so that all of it is made anew",
            wanted.number
        ),
    })
}

/// Sends one create, and gives the number that the server chose.
async fn post(
    cx: Writing<'_>,
    wanted: Version<'_>,
    body: &Value,
    marked: bool,
) -> Result<u64, Error> {
    let mut body = body.clone();
    if marked {
        let mark = json!({ "key": PLACEHOLDER, "value": wanted.number.to_string() });
        match body.get_mut("tags").and_then(Value::as_array_mut) {
            Some(tags) => tags.push(mark),
            None => body["tags"] = json!([mark]),
        }
    }
    let call = Call::post(format!("{PATH}/create")).json(body).repeat(Repeat::Once);
    let answer = cx.session.send(&call).await?;
    let made = answer.get("model_version").and_then(number_of);
    made.ok_or(Error::Answer { call: "/api/2.0/mlflow/model-versions/create", field: "version" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_name_and_a_number() {
        let read = |key| Version::of_key(key).map(|one| (one.model, one.number));
        assert_eq!(read("churn/7"), Some(("churn", 7)));
        assert_eq!(read("churn"), None);
        assert_eq!(read("churn/latest"), None);
    }

    #[test]
    fn a_mark_makes_a_placeholder() {
        let marked = json!({ "tags": [{ "key": PLACEHOLDER, "value": "3" }] });
        assert!(is_placeholder(&marked));
        assert!(!is_placeholder(&json!({ "tags": [{ "key": "a", "value": "3" }] })));
        assert!(!is_placeholder(&json!({})));
    }
}
