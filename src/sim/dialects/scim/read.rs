//! Listing and getting principals.

use serde_json::{Value, json};

use super::directory::Sort;
use super::filter::{self, found};
use super::view;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::ids::mix;
use crate::sim::state::State as Workspace;

/// Answers who the caller is; a service principal is shown as a user, too.
pub(super) fn me(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let scim = &state.scim;
    let principal =
        scim.get(&call.caller.id).ok_or_else(|| Refusal::scim(404, "The caller is gone"))?;
    let mut view = view::full(scim, &call.caller.id, principal);
    if principal.sort == Sort::ServicePrincipal {
        view["userName"] = principal.name().into();
        view["schemas"] = view::schemas(Sort::User);
    }
    Ok(Answer::Json(view::project(
        view,
        call.query("attributes"),
        call.query("excludedAttributes"),
    )))
}

/// Answers one principal.
pub(super) fn get(state: &mut Workspace, call: &Call<'_>, sort: Sort) -> Result<Answer, Refusal> {
    let id = call.param("id");
    let principal = state
        .scim
        .get(id)
        .filter(|principal| principal.sort == sort)
        .ok_or_else(|| absent(sort, id))?;
    let view = view::full(&state.scim, id, principal);
    Ok(Answer::Json(view::project(
        view,
        call.query("attributes"),
        call.query("excludedAttributes"),
    )))
}

/// Answers one page of a listing.
///
/// Pages are asked for by `startIndex`, so their order must stay: it follows from the identifiers alone
/// unless `sortBy` is given.
pub(super) fn list(state: &mut Workspace, call: &Call<'_>, sort: Sort) -> Result<Answer, Refusal> {
    let filter = call.query("filter").map(filter::parse).transpose()?;
    let scim = &state.scim;
    let mut ids: Vec<_> =
        scim.of_sort(sort).map(|(id, principal)| (place(id), id, principal)).collect();
    ids.sort_unstable_by_key(|(place, id, _)| (*place, *id));
    let mut views: Vec<(&String, _, Option<Value>)> =
        ids.into_iter().map(|(_, id, principal)| (id, principal, None)).collect();
    if let Some(filter) = filter {
        views.retain_mut(|(id, principal, view)| {
            filter.holds(view.insert(view::full(scim, id, principal)))
        });
    }
    if let Some(attribute) = call.query("sortBy") {
        let key = |view: &Value| {
            found(view, attribute).first().map(|value| match value {
                Value::String(text) => text.to_lowercase(),
                other => other.to_string(),
            })
        };
        views.sort_by_cached_key(|(id, principal, _)| key(&view::full(scim, id, principal)));
        if call.query("sortOrder") == Some("descending") {
            views.reverse();
        }
    }
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
    let start = usize::try_from(number("startIndex").unwrap_or(1).max(1)).unwrap_or(usize::MAX);
    let count = number("count").map_or(call.page_size, |count| usize::try_from(count).unwrap_or(0));
    let total = views.len();
    let page: Vec<Value> = views
        .into_iter()
        .skip(start - 1)
        .take(count.min(call.page_size))
        .map(|(id, principal, view)| view.unwrap_or_else(|| view::full(scim, id, principal)))
        .map(|view| view::project(view, call.query("attributes"), call.query("excludedAttributes")))
        .collect();
    let mut answer = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": page.len(),
    });
    if !page.is_empty() {
        answer["Resources"] = page.into();
    }
    Ok(Answer::Json(answer))
}

/// The refusal of a principal which is not there.
pub(super) fn absent(sort: Sort, id: &str) -> Refusal {
    let what = match sort {
        Sort::User => "User",
        Sort::Group => "Group",
        Sort::ServicePrincipal => "Service principal",
    };
    Refusal::scim(404, format!("{what} with id {id} not found."))
}

fn place(id: &str) -> u64 {
    id.parse().map_or(0, mix)
}
