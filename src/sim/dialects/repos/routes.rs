//! The calls of git folders.

use serde_json::{Map, Value, json};

use super::cone;
use super::errand::{of_create, of_update};
use super::remote::Checkout;
use super::state::Folder;
use crate::sim::dialects::git_credentials::provider;
use crate::sim::dialects::tree::{self, TreePath};
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::page;
use crate::sim::state::State;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/repos", handler: list },
    Route { method: "POST", path: "/api/2.0/repos", handler: create },
    Route { method: "GET", path: "/api/2.0/repos/{repo_id}", handler: get },
    Route { method: "PATCH", path: "/api/2.0/repos/{repo_id}", handler: update },
    Route { method: "DELETE", path: "/api/2.0/repos/{repo_id}", handler: delete },
];

/// The size of a page, which no call can change.
const PAGE: usize = 20;

/// The fields that a create gives a meaning to.
const KNOWN: [&str; 5] = ["url", "provider", "path", "sparse_checkout", "git_credential_id"];

/// Lists those below `/Repos`, or below another prefix; never those in which git runs from the command line.
fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let prefix = match call.query("path_prefix").map(TreePath::parse) {
        None => TreePath::root(),
        Some(parsed) => {
            parsed.ok_or_else(|| Refusal::invalid("path_prefix must begin with '/'"))?
        }
    };
    let effective = if prefix.names().is_empty() { TreePath::root().join("Repos") } else { prefix };
    let is_listed = |id: &i64, folder: &Folder| {
        state.tree.is_repo(*id)
            && !folder.git_cli
            && state.tree.path(*id).to_string().starts_with(&effective.to_string())
    };
    let folders = &state.repos.folders;
    let ids: Vec<i64> =
        folders.iter().filter(|(id, one)| is_listed(id, one)).map(|(id, _)| *id).collect();
    let (ids, next) = page(ids, call, PAGE, PAGE, "next_page_token")?;
    let listed: Vec<Value> =
        ids.iter().map(|id| folders[id].answer(*id, &state.tree.path(*id))).collect();
    let mut answer = Map::new();
    if !listed.is_empty() {
        answer.insert("repos".into(), json!(listed));
    }
    answer.extend(next.map(|next| ("next_page_token".to_owned(), json!(next))));
    Ok(Answer::Json(Value::Object(answer)))
}

fn get(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = existing(state, call)?;
    let folder = &state.repos.folders[&id];
    let mut answer = folder.answer(id, &state.tree.path(id));
    if folder.git_cli {
        answer["git_cli_enabled"] = json!(true);
    }
    Ok(Answer::Json(answer))
}

fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let errand = of_create(state, call)?;
    let path = match call.text("path") {
        Some(written) => TreePath::parse(written)
            .ok_or_else(|| Refusal::invalid(format!("Invalid path: {written}")))?,
        None => TreePath::root()
            .join("Repos")
            .join(&call.caller.user_name)
            .join(repository_name(call.need("url")?)),
    };
    let patterns = patterns(call);
    let checkout = errand.checkout(state)?;
    let id = tree::make_repo(state, &path, call)?;
    let sent = call.body.as_object().into_iter().flatten();
    let folder = Folder {
        url: call.text("url").map(str::to_owned),
        provider: provider(call.need("provider")?)?.to_owned(),
        patterns,
        more: sent
            .filter(|(name, _)| !KNOWN.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        ..Folder::default()
    };
    state.repos.folders.insert(id, folder);
    lay_out(state, id, checkout, call);
    Ok(Answer::Json(state.repos.folders[&id].answer(id, &state.tree.path(id))))
}

/// Checks out a branch, a tag, or the newest commit of the same branch. Uncommitted work is lost only where
/// that is said.
fn update(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = existing(state, call)?;
    let errand = of_update(state, call, id)?;
    let patterns = patterns(call);
    let folder = &state.repos.folders[&id];
    if patterns.is_some() && folder.patterns.is_none() {
        return Err(Refusal::invalid(
            "Sparse checkout cannot be enabled after the repo is created",
        ));
    }
    let discards = call.body.get("dangerously_force_discard_all").and_then(Value::as_bool);
    if !discards.unwrap_or_default() && tree::is_changed_since(&state.tree, id, folder.at) {
        let message = "The git folder has uncommitted changes, which the checkout would lose";
        return Err(Refusal::new(409, "GIT_CONFLICT", message));
    }
    let checkout = errand.checkout(state)?;
    if let Some(folder) = state.repos.folders.get_mut(&id)
        && patterns.is_some()
    {
        folder.patterns = patterns;
    }
    lay_out(state, id, checkout, call);
    Ok(Answer::nothing())
}

fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = existing(state, call)?;
    state.repos.folders.remove(&id);
    tree::forget(state, id);
    Ok(Answer::nothing())
}

/// Puts a checkout into the tree.
fn lay_out(state: &mut State, id: i64, checkout: Checkout, call: &Call<'_>) {
    let Checkout { branch, commit, mut files } = checkout;
    let Some(folder) = state.repos.folders.get_mut(&id) else { return };
    (folder.branch, folder.commit, folder.at) = (branch, commit, call.now);
    if let Some(patterns) = &folder.patterns {
        files.retain(|file, _| cone::takes(patterns, file));
    }
    tree::lay_out(state, id, &files, call);
}

fn patterns(call: &Call<'_>) -> Option<Vec<String>> {
    let patterns = call.body.get("sparse_checkout")?.get("patterns").and_then(Value::as_array);
    let texts = patterns.into_iter().flatten().filter_map(Value::as_str);
    Some(texts.map(str::to_owned).collect())
}

/// The name of a repository, as its clones are called.
fn repository_name(url: &str) -> &str {
    let name = url.trim_end_matches('/').rsplit('/').next().unwrap_or(url);
    name.strip_suffix(".git").unwrap_or(name)
}

/// The git folder which a call names.
fn existing(state: &State, call: &Call<'_>) -> Result<i64, Refusal> {
    let is_there = |id: &i64| state.tree.is_repo(*id) && state.repos.folders.contains_key(id);
    call.param("repo_id").parse().ok().filter(is_there).ok_or_else(|| missing(call))
}

/// The refusal of a call that names no git folder.
pub(super) fn missing(call: &Call<'_>) -> Refusal {
    Refusal::not_found(format!("Repo with id {} does not exist", call.param("repo_id")))
}
