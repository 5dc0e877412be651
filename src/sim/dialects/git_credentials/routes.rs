//! The calls of git credentials. Everybody sees their own and nobody else's.

use serde_json::{Value, json};

use super::provider::{CODE_COMMIT, SIGNED_IN, provider_of_credential};
use super::state::Credential;
use crate::sim::dialects::scim::{self, Sort};
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::shuffle;
use crate::sim::state::State;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/git-credentials", handler: list },
    Route { method: "POST", path: "/api/2.0/git-credentials", handler: create },
    Route { method: "GET", path: "/api/2.0/git-credentials/{credential_id}", handler: get },
    Route { method: "PATCH", path: "/api/2.0/git-credentials/{credential_id}", handler: update },
    Route { method: "DELETE", path: "/api/2.0/git-credentials/{credential_id}", handler: delete },
];

/// The fields of a body that are no settings of their own.
const APART: [&str; 5] = [
    "git_provider",
    "is_default_for_provider",
    "personal_access_token",
    "principal_id",
    "credential_id",
];

fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let owner = owner(state, call)?;
    let all = &state.git_credentials.credentials;
    let own: Vec<i64> =
        all.iter().filter(|(_, one)| one.owner == owner).map(|(id, _)| *id).collect();
    let listed: Vec<Value> = shuffle(own, call).iter().map(|id| all[id].answer(*id)).collect();
    Ok(Answer::Json(if listed.is_empty() { json!({}) } else { json!({ "credentials": listed }) }))
}

fn get(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = own(state, call)?;
    Ok(Answer::Json(state.git_credentials.credentials[&id].answer(id)))
}

fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let owner = owner(state, call)?;
    let provider = provider_of_credential(call.need("git_provider")?)?;
    let mut credential =
        Credential { owner, provider: provider.to_owned(), ..Credential::default() };
    take_in(&mut credential, call);
    refuse_incomplete(&credential)?;
    refuse_second(state, None, &credential)?;
    let id = state.ids.object();
    let all = &mut state.git_credentials.credentials;
    let first = !all
        .values()
        .any(|one| (&one.owner, &one.provider) == (&credential.owner, &credential.provider));
    all.insert(id, credential);
    if first || wants_default(call) {
        state.git_credentials.make_default(id);
    }
    Ok(Answer::Json(state.git_credentials.credentials[&id].answer(id)))
}

/// Changes what is sent and leaves the rest.
fn update(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = own(state, call)?;
    let provider = provider_of_credential(call.need("git_provider")?)?;
    let mut credential = state.git_credentials.credentials[&id].clone();
    if credential.provider != provider {
        return Err(Refusal::invalid(format!(
            "The provider of this credential is {}, and cannot be changed",
            credential.provider
        )));
    }
    take_in(&mut credential, call);
    refuse_nameless(&credential)?;
    refuse_second(state, Some(id), &credential)?;
    state.git_credentials.credentials.insert(id, credential);
    match call.body.get("is_default_for_provider").and_then(Value::as_bool) {
        Some(true) => state.git_credentials.make_default(id),
        Some(false) => {
            if let Some(one) = state.git_credentials.credentials.get_mut(&id) {
                one.is_default = false;
            }
        }
        None => {}
    }
    Ok(Answer::nothing())
}

fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = own(state, call)?;
    state.git_credentials.credentials.remove(&id);
    Ok(Answer::nothing())
}

fn take_in(credential: &mut Credential, call: &Call<'_>) {
    let sent = call.body.as_object().into_iter().flatten();
    for (name, value) in sent.filter(|(name, _)| !APART.contains(&name.as_str())) {
        if value.as_str() == Some("") {
            credential.settings.remove(name);
        } else {
            credential.settings.insert(name.clone(), value.clone());
        }
    }
    if let Some(token) = call.text("personal_access_token").filter(|token| !token.is_empty()) {
        credential.token = Some(token.to_owned());
    }
}

fn wants_default(call: &Call<'_>) -> bool {
    call.body.get("is_default_for_provider").and_then(Value::as_bool).unwrap_or_default()
}

/// A credential without a token is none, but where the provider goes by who is signed in here.
fn refuse_incomplete(new: &Credential) -> Result<(), Refusal> {
    if new.provider != SIGNED_IN {
        if new.token.is_none() {
            return Err(Refusal::invalid("A personal access token is required"));
        }
        return refuse_nameless(new);
    }
    if new.token.is_some() || new.settings.contains_key("git_username") {
        return Err(Refusal::invalid(format!(
            "Please do not specify personal_access_token or git_username when git_provider is set to {SIGNED_IN}."
        )));
    }
    Ok(())
}

/// Most providers know people by an e-mail or a name.
fn refuse_nameless(new: &Credential) -> Result<(), Refusal> {
    let has = |name: &str| new.settings.contains_key(name);
    let is_named = match new.provider.as_str() {
        SIGNED_IN => true,
        CODE_COMMIT => has("git_username"),
        _ => has("git_username") || has("git_email"),
    };
    if is_named {
        return Ok(());
    }
    Err(Refusal::invalid("git_email or git_username is required for this provider"))
}

/// Service principals have one credential for each provider; people have one of each name.
fn refuse_second(state: &State, own: Option<i64>, new: &Credential) -> Result<(), Refusal> {
    let is_person =
        scim::name_of(state, &new.owner).is_some_and(|(sort, _, _)| matches!(sort, Sort::User));
    let name = new.settings.get("name");
    let others = state.git_credentials.credentials.iter().filter(|(id, _)| Some(**id) != own);
    let second = others.map(|(_, one)| one).any(|one| {
        (&one.owner, &one.provider) == (&new.owner, &new.provider)
            && (!is_person || one.settings.get("name") == name)
    });
    if second {
        let why = if is_person {
            ""
        } else {
            ". Only one credential per provider is allowed for service principals."
        };
        return Err(Refusal::exists(format!(
            "A Git credential already exists for provider {}{why}",
            new.provider
        )));
    }
    Ok(())
}

/// Whose credentials a call is about: the caller's, or those of a service principal which the caller manages.
fn owner(state: &State, call: &Call<'_>) -> Result<String, Refusal> {
    let named = call.body.get("principal_id").is_some() || call.query("principal_id").is_some();
    if !named {
        return Ok(call.caller.id.clone());
    }
    let id = call.need_int("principal_id")?.to_string();
    let found = scim::name_of(state, &id);
    if !found.is_some_and(|(sort, _, _)| matches!(sort, Sort::ServicePrincipal)) {
        return Err(Refusal::not_found(format!("Service principal {id} does not exist")));
    }
    if !call.caller.is_admin {
        return Err(Refusal::denied("Only managers of the service principal can do this"));
    }
    Ok(id)
}

/// The credential which a call names, if it is the owner's.
fn own(state: &State, call: &Call<'_>) -> Result<i64, Refusal> {
    let owner = owner(state, call)?;
    let written = call.param("credential_id");
    let all = &state.git_credentials.credentials;
    let found = written.parse().ok().filter(|id| all.get(id).is_some_and(|one| one.owner == owner));
    found.ok_or_else(|| Refusal::not_found(format!("Git credential {written} does not exist")))
}
