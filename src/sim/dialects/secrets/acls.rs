//! Who may do what with a scope.

use serde_json::{Value, json};

use super::state::{Level, scope};
use crate::sim::dialects::scim::{self, Sort};
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::shuffle;
use crate::sim::state::State;

/// Lists the entries of principals who still exist.
pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let entries: Vec<(String, Level)> = scope(state, call, Level::Manage)?
        .acl
        .iter()
        .map(|(id, level)| (id.clone(), *level))
        .collect();
    let named = entries.into_iter().filter_map(|(id, level)| {
        let (_, name, _) = scim::name_of(state, &id)?;
        Some((name.to_owned(), level))
    });
    let mut named: Vec<(String, Level)> = named.collect();
    named.sort();
    let items: Vec<Value> = shuffle((0..named.len()).collect(), call)
        .into_iter()
        .map(|place: usize| entry(&named[place].0, named[place].1))
        .collect();
    Ok(Answer::Json(if items.is_empty() { json!({}) } else { json!({ "items": items }) }))
}

/// Tells one principal's entry.
pub(super) fn get(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("principal")?;
    let id = principal(state, name).ok_or_else(|| missing(name))?;
    let level = scope(state, call, Level::Manage)?.acl.get(&id).copied();
    Ok(Answer::Json(entry(name, level.ok_or_else(|| missing(name))?)))
}

/// Sets one principal's entry, in place of one that may be there.
pub(super) fn put(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("principal")?;
    let level = match call.need("permission")? {
        "READ" => Level::Read,
        "WRITE" => Level::Write,
        _ => Level::Manage,
    };
    scope(state, call, Level::Manage)?;
    let unknown = || Refusal::invalid(format!("Principal {name} is invalid"));
    let id = principal(state, name).ok_or_else(unknown)?;
    scope(state, call, Level::Manage)?.acl.insert(id, level);
    Ok(Answer::nothing())
}

/// Takes one principal's entry away.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.need("principal")?;
    scope(state, call, Level::Manage)?;
    let id = principal(state, name).ok_or_else(|| missing(name))?;
    scope(state, call, Level::Manage)?.acl.remove(&id).ok_or_else(|| missing(name))?;
    Ok(Answer::nothing())
}

/// The identifier of a principal of whichever kind.
fn principal(state: &State, name: &str) -> Option<String> {
    [Sort::User, Sort::ServicePrincipal, Sort::Group]
        .into_iter()
        .find_map(|sort| scim::find(state, sort, name))
        .map(str::to_owned)
}

fn entry(name: &str, level: Level) -> Value {
    json!({"principal": name, "permission": level})
}

fn missing(name: &str) -> Refusal {
    Refusal::not_found(format!("There is no ACL for principal {name}"))
}
