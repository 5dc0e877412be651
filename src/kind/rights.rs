//! Reaching an object's rights, by the permissions API or by an API of the kind's own.

use http::Method;
use serde_json::{Value, json};

use super::acl::{ANYBODY, named};
use super::regular::request;
use super::{Acl, Entries, Error};
use crate::client::{self, Repeat, Session};
use crate::model::ServerId;

/// Reads an object's rights, in the form in which the permissions API answers.
///
/// # Errors
/// As the server refuses.
pub async fn read_rights(session: &Session, acl: &Acl, id: &ServerId) -> Result<Value, Error> {
    match &acl.entries {
        None => Ok(session.get(&acl.path(id.as_str()), &[]).await?),
        Some(entries) => list(session, entries, id).await,
    }
}

/// Sets all direct rights of an object to those of a body that [`super::grants_body`] wrote; answers
/// what they are then, as far as the server tells.
///
/// Where rights are set one by one, those that were `seen` are taken away; what came since stays.
///
/// # Errors
/// As the server refuses; some of several entries may be set by then.
pub async fn set_rights(
    session: &Session,
    acl: &Acl,
    id: &ServerId,
    body: &Value,
    seen: Option<&Value>,
) -> Result<Value, Error> {
    let Some(entries) = &acl.entries else {
        let call = client::Call::new(Method::PUT, acl.path(id.as_str())).json(body.clone());
        return Ok(session.send(&call).await?);
    };
    let wanted: Vec<(&str, &str)> = of(body).filter_map(named).collect();
    let before = match seen {
        Some(seen) => seen.clone(),
        None => list(session, entries, id).await?,
    };
    // One at a time: of writes that meet, the server may lose one.
    for (principal, level) in &wanted {
        if !of(&before).filter_map(named).any(|held| held == (*principal, *level)) {
            put(session, entries, id, principal, level).await?;
        }
    }
    let kept = |principal: &str| {
        wanted.iter().any(|(name, _)| name.to_lowercase() == principal.to_lowercase())
    };
    for (principal, _) in of(&before).filter_map(named).filter(|(name, _)| !kept(name)) {
        delete(session, entries, id, principal).await?;
    }
    list(session, entries, id).await
}

fn of(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.get("access_control_list").and_then(Value::as_array).into_iter().flatten()
}

async fn list(session: &Session, entries: &Entries, id: &ServerId) -> Result<Value, Error> {
    let call = request(&entries.list, Some(id), None);
    let items = format!("/{}", entries.list.items);
    let found = session.list(call, &items, client::Paging::None).await?;
    let entry = |item: &Value| json!({ ANYBODY: item[entries.principal], "permission_level": item[entries.level] });
    Ok(json!({ "access_control_list": found.iter().map(entry).collect::<Vec<_>>() }))
}

async fn put(
    session: &Session,
    entries: &Entries,
    id: &ServerId,
    principal: &str,
    level: &str,
) -> Result<(), Error> {
    let body = json!({ entries.principal: principal, entries.level: level });
    let call = request(&entries.put, Some(id), Some(body)).repeat(Repeat::Idempotent);
    match session.send(&call).await {
        // Servers are said to replace an entry, and are said to refuse a second one.
        Err(error) if error.kind() == client::Kind::AlreadyExists => {
            delete(session, entries, id, principal).await?;
            session.send(&call).await?;
        }
        other => drop(other?),
    }
    Ok(())
}

/// Takes one entry away; succeeds if it is gone already.
async fn delete(
    session: &Session,
    entries: &Entries,
    id: &ServerId,
    principal: &str,
) -> Result<(), Error> {
    let body = json!({ entries.principal: principal });
    let call = request(&entries.delete, Some(id), Some(body)).repeat(Repeat::Idempotent);
    match session.send(&call).await.map_err(Error::from) {
        Err(error) if error.is_not_found() => Ok(()),
        other => other.map(drop),
    }
}
