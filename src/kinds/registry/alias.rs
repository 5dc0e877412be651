//! Aliases of versions. The workspace's own registry has none: there they are kept in a tag.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::numbers::Version;
use super::{delete, send, text};
use crate::client::{Call, Repeat};
use crate::kind::{Error, Writing};

const PATH: &str = "/api/2.0/mlflow/registered-models/alias";

/// The tag that holds the aliases where there are none.
const TAG: &str = "brickform.aliases";

fn in_tag(raw: &Value) -> Option<&str> {
    let tags = raw.get("tags")?.as_array()?;
    tags.iter().find(|tag| tag["key"] == TAG)?.get("value")?.as_str()
}

/// The aliases of a version as a server tells it.
pub(in crate::kinds) fn aliases_of(raw: &Value) -> BTreeSet<String> {
    let told = raw.get("aliases").and_then(Value::as_array);
    let told = told.into_iter().flatten().filter_map(Value::as_str);
    let kept = in_tag(raw).into_iter().flat_map(|list| list.split(','));
    told.chain(kept).filter(|alias| !alias.is_empty()).map(str::to_owned).collect()
}

/// Gives a version the aliases that are wanted, and takes those away that are not.
///
/// # Errors
/// As the server refuses.
pub(in crate::kinds) async fn settle(
    cx: Writing<'_>,
    version: Version<'_>,
    live: &Value,
    wanted: &Value,
) -> Result<(), Error> {
    let (has, wanted) = (aliases_of(live), aliases_of(wanted));
    if has == wanted {
        return Ok(());
    }
    if in_tag(live).is_some() {
        return keep_in_tag(cx, version, &wanted).await;
    }
    for alias in wanted.difference(&has) {
        let body =
            json!({ "name": version.model, "alias": alias, "version": version.number.to_string() });
        match send(cx, Call::post(PATH).json(body).repeat(Repeat::Idempotent)).await {
            Err(error) if error.is_no_call() => return keep_in_tag(cx, version, &wanted).await,
            other => other?,
        }
    }
    for alias in has.difference(&wanted) {
        take_away(cx, version, alias).await?;
    }
    Ok(())
}

async fn keep_in_tag(
    cx: Writing<'_>,
    version: Version<'_>,
    aliases: &BTreeSet<String>,
) -> Result<(), Error> {
    let number = version.number.to_string();
    let (bearer, list) = (version.bearer(&number), Vec::from_iter(aliases.iter().cloned()));
    let tagged = version.tagged(&bearer);
    if list.is_empty() {
        tagged.unset(cx, TAG).await
    } else {
        tagged.set(cx, TAG, &list.join(",")).await
    }
}

/// Deletes an alias unless another version has it by now: giving it away has taken it from this one.
async fn take_away(cx: Writing<'_>, version: Version<'_>, alias: &str) -> Result<(), Error> {
    let named = |call: Call| call.query("name", version.model).query("alias", alias);
    let found = match cx.session.send(&named(Call::get(PATH))).await.map_err(Error::from) {
        Err(error) if error.is_not_found() => return Ok(()),
        other => other?,
    };
    if text(&found, "/model_version/version") != Some(&version.number.to_string()) {
        return Ok(());
    }
    delete(cx, named(Call::delete(PATH))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_told_or_kept_in_a_tag() {
        let told = json!({ "aliases": ["b", "a"], "tags": [{ "key": "x", "value": "y" }] });
        let kept = json!({ "tags": [{ "key": TAG, "value": "a,b" }] });
        assert_eq!(aliases_of(&told), aliases_of(&kept));
        assert_eq!(aliases_of(&told).len(), 2);
        assert!(aliases_of(&json!({})).is_empty());
    }
}
