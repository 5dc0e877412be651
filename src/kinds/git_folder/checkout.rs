//! What is checked out in a git folder, as far as the workspace tells it.

use serde_json::Value;

use super::super::tree;
use super::remote;
use crate::model::{Finding, Resource};

fn text<'a>(spec: &'a Value, name: &str) -> Option<&'a str> {
    spec.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Gives the path its one spelling and takes credentials out of the URL. The commit is kept only where no
/// branch says what is checked out: the commit of a branch moves with everybody's work.
pub(super) fn shape(mut raw: Value) -> Value {
    let on_branch = text(&raw, "branch").is_some();
    let path = text(&raw, "path").map(tree::normal);
    let url = text(&raw, "url").map(|url| remote::without_credential(url).0);
    if let Some(map) = raw.as_object_mut() {
        map.remove(if on_branch { "head_commit_id" } else { "branch" });
        map.extend(path.map(|path| ("path".to_owned(), Value::String(path))));
        map.extend(url.map(|url| ("url".to_owned(), Value::String(url))));
    }
    raw
}

/// Why nobody but git can say what is checked out, if so: a commit is, and no name of it is known.
pub(super) fn nameless(spec: &Value) -> Option<String> {
    let commit = text(spec, "head_commit_id")?;
    let named = text(spec, "branch").is_some() || text(spec, "tag").is_some();
    (!named).then(|| {
        format!(
            "the commit {commit} is checked out, and the workspace tells neither a branch nor a tag of it; \
             write `tag: NAME` beside it in the snapshot, or check out a branch in the source"
        )
    })
}

/// What a person should know of a captured git folder.
pub(super) fn doubt(resource: &Resource) -> Option<Finding> {
    let message = nameless(&resource.spec)?;
    let hint = "without that the folder is not created in a target";
    Some(Finding::warning("detached-head", &resource.address, message).hint(hint))
}

/// Why no change makes a live git folder the wanted one, if so.
pub(super) fn stranger(wanted: &Value, live: &Value) -> Option<String> {
    let lost = "replacing it would lose what is not committed and pushed there";
    for field in ["url", "provider"] {
        let (wanted, live) = (text(wanted, field), text(live, field));
        let same = |wanted: &str, live: &str| {
            wanted == live || field == "provider" && wanted.eq_ignore_ascii_case(live)
        };
        if !wanted.zip(live).is_some_and(|(wanted, live)| same(wanted, live)) {
            let shown = |text: Option<&str>| text.unwrap_or("none").to_owned();
            return Some(format!(
                "its {field} is {} in the target and {} in the snapshot; {lost}",
                shown(live),
                shown(wanted)
            ));
        }
    }
    let sparse = |spec: &Value| spec.get("sparse_checkout").is_some();
    if sparse(wanted) != sparse(live) {
        let how = if sparse(wanted) { "turned on" } else { "turned off" };
        return Some(format!("sparse checkout cannot be {how} later; {lost}"));
    }
    let commit = |spec: &Value| text(spec, "head_commit_id").map(str::to_owned);
    nameless(wanted).filter(|_| commit(wanted) != commit(live))
}

/// Whether a live git folder has something else checked out than is wanted.
pub(super) fn is_elsewhere(wanted: &Value, live: &Value) -> bool {
    match (text(wanted, "branch"), text(wanted, "tag")) {
        (Some(branch), _) => text(live, "branch") != Some(branch),
        (None, Some(_)) => {
            text(live, "branch").is_some()
                || text(wanted, "head_commit_id") != text(live, "head_commit_id")
        }
        (None, None) => false,
    }
}

/// The body that checks out what is wanted; nothing where nothing is named.
pub(super) fn body(wanted: &Value) -> Option<(&'static str, &str)> {
    let branch = text(wanted, "branch").map(|branch| ("branch", branch));
    branch.or_else(|| text(wanted, "tag").map(|tag| ("tag", tag)))
}
