//! How a regular kind is listed, read and written: as its table says and no otherwise.

use futures::stream::{self, StreamExt as _};
use http::Method as Verb;
use serde_json::{Map, Value, json};

use super::{
    Call, Created, Details, Error, Hooks, IdAt, Listed, Listing, Live, Method, Paging, Reading,
    Wanted, Writing, at, key_of,
};
use crate::client;
use crate::model::{Finding, ServerId};

/// How many objects are read at a time; the session keeps the limits of each API.
pub const AT_ONCE: usize = 32;

/// A kind that does nothing otherwise than its table says.
pub(super) struct Regular;

impl Hooks for Regular {}

/// Makes the request of a call about one object, or about none.
pub(super) fn request(call: &Call, id: Option<&ServerId>, mut body: Option<Value>) -> client::Call {
    let text = id.map_or("", ServerId::as_str);
    let verb = match call.method {
        Method::Get => Verb::GET,
        Method::Post => Verb::POST,
        Method::Put => Verb::PUT,
        Method::Patch => Verb::PATCH,
        Method::Delete => Verb::DELETE,
    };
    let mut request = client::Call::new(verb, call.path.replace("{id}", &client::segment(text)));
    if !matches!(call.paging, Paging::Body(..)) {
        for (name, value) in call.query {
            request = request.query(*name, *value);
        }
    }
    match (call.id, id) {
        (IdAt::Query(name), Some(id)) => request = request.query(name, id.as_str()),
        (IdAt::Body(name), Some(id)) => {
            let body = body.get_or_insert_with(|| json!({}));
            body[name] = id.to_value();
        }
        _ => {}
    }
    match body {
        Some(body) => request.json(body),
        None => request,
    }
}

/// Lists raw objects by the kind's listing call, with further query parameters.
///
/// # Errors
/// As the server refuses.
pub async fn list_call(cx: Reading<'_>, extra: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
    let call = cx.kind.api.list;
    let mut request = request(&call, None, None);
    for (name, value) in extra {
        request = request.query(*name, *value);
    }
    let paging = match call.paging {
        Paging::None => client::Paging::None,
        Paging::StartIndex(count) => client::Paging::Scim { count },
        Paging::Token(parameter, size) => {
            request = request.query(parameter, size.to_string());
            client::Paging::PAGE_TOKEN
        }
        Paging::Body(parameter, size) => {
            let mut body: Map<String, Value> =
                call.query.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            body.insert(parameter.to_owned(), json!(size));
            request = request.json(Value::Object(body)).reads();
            client::Paging::BODY_PAGE_TOKEN
        }
    };
    Ok(cx.session.list(request.collection(), &format!("/{}", call.items), paging).await?)
}

/// Lists a kind's objects.
///
/// # Errors
/// As the server refuses.
pub async fn list(cx: Reading<'_>) -> Result<Listing, Error> {
    Ok(listing(cx, list_call(cx, &[]).await?))
}

/// Makes a listing of raw objects. One without an identifier is a finding; one without a name is called
/// `unnamed`.
pub fn listing(cx: Reading<'_>, objects: Vec<Value>) -> Listing {
    let mut listing = Listing::default();
    for raw in objects {
        let Some(id) = at(&raw, cx.kind.id).and_then(ServerId::from_value) else {
            let message =
                format!("an object was listed without {}", cx.kind.id.trim_start_matches('/'));
            listing.findings.push(Finding::error("unreadable", cx.kind.name, message));
            continue;
        };
        let key = key_of(cx.kind, &raw)
            .filter(|key| !key.is_empty())
            .unwrap_or_else(|| "unnamed".to_owned());
        let created = ["/created_time", "/start_time", "/created_at_timestamp", "/created_at"]
            .iter()
            .find_map(|pointer| at(&raw, pointer).and_then(Value::as_i64))
            .unwrap_or(0);
        listing.objects.push(Listed { kind: cx.kind, id, key, created, raw });
    }
    listing
}

/// Takes what the listing said for the whole; it is moved, because there may be very many.
pub async fn as_listed(listed: Vec<Listed>) -> Vec<(Listed, Result<Details, Error>)> {
    let whole = |mut one: Listed| {
        let raw = std::mem::take(&mut one.raw);
        (one, Ok(Details { raw, content: None }))
    };
    listed.into_iter().map(whole).collect()
}

/// Reads each listed object by the kind's `get` call, many at a time; takes the listing where it shows them whole.
pub async fn read(cx: Reading<'_>, listed: Vec<Listed>) -> Vec<(Listed, Result<Details, Error>)> {
    let Some(get) = cx.kind.api.get.filter(|_| !cx.kind.api.list.whole) else {
        return as_listed(listed).await;
    };
    stream::iter(listed)
        .map(|one| async move {
            let answer = cx.session.send(&request(&get, Some(&one.id), None)).await;
            let details = answer.map_err(Error::from).map(|raw| Details { raw, content: None });
            (one, details)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

/// Reads one object by the kind's `get` call, or out of a new listing where there is no such call.
///
/// # Errors
/// As the server refuses; [`Error::Gone`] where a new listing does not have it.
pub async fn fresh(cx: Reading<'_>, listed: Listed) -> Result<Details, Error> {
    let Some(get) = cx.kind.api.get else {
        let root = cx.kind.listed_with.unwrap_or(cx.kind);
        let now = root.hooks.list(Reading { kind: root, ..cx }).await?.objects;
        let is_it = |one: &Listed| one.kind == listed.kind && one.id == listed.id;
        let found = now.into_iter().find(is_it).ok_or(Error::Gone)?;
        return Ok(Details { raw: found.raw, content: None });
    };
    let raw = cx.session.send(&request(&get, Some(&listed.id), None)).await?;
    Ok(Details { raw, content: None })
}

/// Creates an object by the kind's `create` call. Its identifier is told by the answer, or was given by us.
///
/// # Errors
/// As the server refuses; [`Error::Answer`] where nothing names an identifier.
pub async fn create(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<Created, Error> {
    let Some(call) = cx.kind.api.create else { return Ok(Created::default()) };
    let given = at(&wanted.body, cx.kind.id).and_then(ServerId::from_value);
    let answer = cx.session.send(&request(&call, None, Some(wanted.body))).await?;
    let id = at(&answer, cx.kind.id)
        .and_then(ServerId::from_value)
        .or(given)
        .ok_or(Error::Answer { call: call.path, field: cx.kind.id })?;
    Ok(Created { id: Some(id), principal: cx.kind.hooks.principal(&answer) })
}

/// Changes an object by the kind's `update` call, which replaces it whole.
///
/// # Errors
/// As the server refuses.
pub async fn update(cx: Writing<'_>, live: Live, wanted: Wanted<'_>) -> Result<(), Error> {
    let Some(call) = cx.kind.api.update else { return Ok(()) };
    let request =
        request(&call, Some(&live.id), Some(wanted.body)).repeat(client::Repeat::Idempotent);
    cx.session.send(&request).await?;
    Ok(())
}

/// Deletes an object by the kind's `delete` call; succeeds if it is gone already.
///
/// # Errors
/// As the server refuses.
pub async fn delete(cx: Writing<'_>, live: Live) -> Result<(), Error> {
    let Some(call) = cx.kind.api.delete else { return Ok(()) };
    let request = request(&call, Some(&live.id), None).repeat(client::Repeat::Idempotent);
    match cx.session.send(&request).await.map_err(Error::from) {
        Err(error) if error.is_not_found() => Ok(()),
        other => other.map(drop),
    }
}
