//! What has to be fetched before a call can be answered. The workspace is not locked meanwhile.

use serde_json::Value;

use super::git;
use super::remote::{Checkout, Fetched, is_near, unknown};
use crate::sim::dialects::git_credentials::{Login, provider};
use crate::sim::http::{Call, Refusal};
use crate::sim::state::State;

/// What is wanted of a remote repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// The branch that it has by default.
    Default,
    /// This branch.
    Branch(String),
    /// This tag.
    Tag(String),
}

/// A visit to a remote repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Errand {
    /// Where it is.
    pub(super) url: String,
    /// What is wanted.
    pub(super) wish: Wish,
    /// Who asks, where the workspace has a credential of the caller.
    pub(super) login: Option<Login>,
}

/// The errand of a call, if it has one that leads out of the simulator.
pub(crate) fn errand(state: &State, call: &Call<'_>) -> Option<Errand> {
    let errand = match call.method.as_str() {
        "POST" => of_create(state, call).ok()?,
        "PATCH" => of_update(state, call, call.param("repo_id").parse().ok()?).ok()?,
        _ => return None,
    };
    is_near(&errand.url).then_some(errand)
}

impl Errand {
    /// Runs it, which takes its time.
    pub(crate) fn run(&self) -> Fetched {
        git::fetch(self)
    }

    /// What comes of it: what was fetched, or what stands in for a repository that is elsewhere.
    pub(super) fn checkout(&self, state: &mut State) -> Result<Checkout, Refusal> {
        let fetched = if is_near(&self.url) {
            state.repos.take(self).ok_or_else(|| {
                Refusal::new(
                    503,
                    "TEMPORARILY_UNAVAILABLE",
                    "The repository is being fetched, please try again",
                )
            })?
        } else {
            match state.repos.remotes.get(&self.url) {
                Some(remote) => remote.checkout(self),
                None => Ok(unknown(self)),
            }
        };
        fetched.map_err(|trouble| trouble.refusal(self))
    }
}

/// What a create wants.
pub(super) fn of_create(state: &State, call: &Call<'_>) -> Result<Errand, Refusal> {
    let url = call.need("url")?;
    let is_url = ["https://", "http://", "file:///"].iter().any(|start| url.starts_with(start));
    if !is_url {
        return Err(Refusal::invalid(format!(
            "Invalid Git URL: {url}; it must begin with https://"
        )));
    }
    let provider = provider(call.need("provider")?)?;
    Ok(Errand { url: url.to_owned(), wish: Wish::Default, login: login(state, call, provider)? })
}

/// What an update wants: the branch or tag that it names, or the newest commit of the same branch.
pub(super) fn of_update(state: &State, call: &Call<'_>, id: i64) -> Result<Errand, Refusal> {
    let folder = state.repos.folders.get(&id).ok_or_else(|| super::routes::missing(call))?;
    let named = |name: &str| call.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let wish = match (named("branch"), named("tag"), &folder.branch) {
        (Some(_), Some(_), _) => {
            return Err(Refusal::invalid("Only one of branch and tag may be set"));
        }
        (Some(branch), None, _) => Wish::Branch(branch),
        (None, Some(tag), _) => Wish::Tag(tag),
        (None, None, Some(branch)) => Wish::Branch(branch.clone()),
        (None, None, None) => {
            return Err(Refusal::state("A detached head has no branch to be updated to"));
        }
    };
    let url = folder.url.clone().ok_or_else(|| Refusal::state("The git folder has no remote"))?;
    Ok(Errand { url, wish, login: login(state, call, &folder.provider)? })
}

/// What the git server is told of the caller: by the credential that the call names, which has to be theirs
/// and for this provider, or by the provider's default.
fn login(state: &State, call: &Call<'_>, provider: &str) -> Result<Option<Login>, Refusal> {
    let id = call.body.get("git_credential_id").and_then(Value::as_i64);
    let all = &state.git_credentials;
    if let Some(id) = id.filter(|id| !all.has(&call.caller.id, provider, *id)) {
        let message = format!("Git credential {id} for {provider} does not exist");
        return Err(Refusal::not_found(message));
    }
    Ok(all.login(&call.caller.id, provider, id))
}
