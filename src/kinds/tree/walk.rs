//! Listing the tree: one call per folder, many folders at a time.

use std::collections::BTreeSet;

use futures::stream::{FuturesUnordered, StreamExt as _};
use serde_json::Value;

use super::super::git_folder;
use super::path;
use crate::client::Call;
use crate::kind::{Error, Keep, Listed, Listing, Omission, Reading, Scope, regular, select_mut};
use crate::model::{Finding, ServerId};

async fn list_folder(cx: Reading<'_>, folder: String) -> (String, Result<Vec<Value>, Error>) {
    let call = Call::get(cx.kind.api.list.path).query("path", folder.clone());
    // There is always a root.
    let call = if folder == "/" { call.collection() } else { call };
    let answer = cx.session.send(&call).await;
    let objects = answer.map_err(Error::from).map(|mut answer| {
        match answer.get_mut("objects").map(Value::take) {
            Some(Value::Array(objects)) => objects,
            _ => Vec::new(),
        }
    });
    (folder, objects)
}

/// Which folders a scope asks for.
fn first_folders(scope: &Scope) -> BTreeSet<String> {
    match scope {
        Scope::Everything | Scope::Since(_) => BTreeSet::from(["/".to_owned()]),
        Scope::Keys(places) | Scope::Places { within: places, .. } => {
            places.iter().map(|place| path::parent(place).to_owned()).collect()
        }
    }
}

fn listed(mut raw: Value) -> Option<Listed> {
    let kind = path::kind_of(&raw)?;
    let id = ServerId::from_value(raw.get("object_id")?)?;
    let key = path::normal(raw.get("path")?.as_str()?);
    let created = raw.get("created_at").and_then(Value::as_i64).unwrap_or(0);
    select_mut(&mut raw, "/path", &mut |found| {
        *found = Value::String(key.clone());
        Keep::Yes
    });
    Some(Listed { kind, id, key, created, raw })
}

/// What is to be said of an object that has no kind here.
fn unsupported(raw: &Value) -> Finding {
    let place = path::normal(raw.get("path").and_then(Value::as_str).unwrap_or("?"));
    let what = raw.get("object_type").and_then(Value::as_str).unwrap_or("an object without a type");
    Finding::warning(
        "unsupported",
        format!("directory:{place}"),
        format!("{what} objects are not captured"),
    )
}

/// Lists the tree, or the parts of it that hold what is in scope.
///
/// A folder that vanishes meanwhile is no error; one that may not be listed makes the listing incomplete.
///
/// # Errors
/// If the root cannot be listed.
pub(super) async fn list(cx: Reading<'_>) -> Result<Listing, Error> {
    let whole = matches!(cx.scope, Scope::Everything);
    let mut waiting: Vec<String> = first_folders(cx.scope).into_iter().collect();
    let mut running = FuturesUnordered::new();
    let mut listing = Listing::default();
    let mut seen = BTreeSet::new();
    loop {
        while running.len() < regular::AT_ONCE
            && let Some(folder) = waiting.pop()
        {
            running.push(list_folder(cx, folder));
        }
        let Some((folder, objects)) = running.next().await else { break };
        let objects = match objects {
            Ok(objects) => objects,
            Err(error) if error.is_not_found() && folder != "/" => continue,
            Err(error) if whole && folder == "/" => return Err(error),
            Err(error) => {
                let about = format!("directory:{folder}");
                listing.findings.push(
                    Finding::error(
                        "unreadable",
                        about,
                        format!("the folder cannot be listed: {}", error.lasting_words()),
                    )
                    .hint("read it as an admin; what is in it is missing here"),
                );
                continue;
            }
        };
        for raw in objects {
            let place = path::normal(raw.get("path").and_then(Value::as_str).unwrap_or(""));
            // Listing a file answers with the file itself.
            if place == folder || !seen.insert(place.clone()) {
                continue;
            }
            match listed(raw.clone()) {
                Some(object) => {
                    let omitted = path::omission(&object.raw);
                    let is_folder = object.kind == cx.kind;
                    let enter = match &omitted {
                        None => true,
                        // Homes and roots are not captured themselves; what is in them is.
                        Some(omission) => path::is_passage(&place, omission),
                    };
                    let inside = match cx.scope {
                        Scope::Keys(_) => false,
                        scope => scope.has(&place),
                    };
                    if is_folder && inside && enter {
                        waiting.push(place);
                    } else if is_folder && inside && omitted == Some(Omission::TOOL_MADE) {
                        tracing::debug!(path = %place, "left out with everything in it");
                    }
                    listing.objects.push(object);
                }
                None => listing.findings.push(unsupported(&raw)),
            }
        }
    }
    git_folder::look_into(cx, &mut listing).await;
    Ok(listing)
}
