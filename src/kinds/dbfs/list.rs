//! Listing files: named ones one by one or by their folder, and all below chosen folders.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, FuturesUnordered, StreamExt as _};
use serde_json::Value;

use super::path;
use crate::client::Call;
use crate::kind::{Error, Listed, Listing, Reading, Scope, regular};
use crate::model::{Address, Finding, ServerId};

/// From so many named files on, a folder is listed instead of asking for each.
const WORTH_A_LISTING: usize = 4;

/// Lists the files in scope.
///
/// # Errors
/// If nothing at all can be listed.
pub(super) async fn list(cx: Reading<'_>) -> Result<Listing, Error> {
    match cx.scope {
        Scope::Everything | Scope::Since(_) => below(cx, &BTreeSet::from(["/".to_owned()])).await,
        Scope::Places { within, .. } => below(cx, within).await,
        Scope::Keys(keys) => named(cx, keys).await,
    }
}

fn is_folder(info: &Value) -> bool {
    info.get("is_dir").and_then(Value::as_bool) == Some(true)
}

fn place_of(info: &Value) -> &str {
    info.get("path").and_then(Value::as_str).unwrap_or_default()
}

fn listed(cx: Reading<'_>, raw: Value) -> Option<Listed> {
    let id = ServerId::from_value(raw.get("path")?)?;
    let key = place_of(&raw).to_owned();
    Some(Listed { kind: cx.kind, id, key, created: 0, raw })
}

fn address(cx: Reading<'_>, place: &str) -> Address {
    Address::new(cx.kind.name, place)
}

async fn infos(cx: Reading<'_>, folder: &str) -> Result<Vec<Value>, Error> {
    let call = Call::get(cx.kind.api.list.path).query("path", folder);
    // There is always a root.
    let call = if folder == "/" { call.collection() } else { call };
    let mut answer = cx.session.send(&call).await?;
    Ok(match answer.get_mut("files").map(Value::take) {
        Some(Value::Array(infos)) => infos.into_iter().map(path::spelled).collect(),
        _ => Vec::new(),
    })
}

async fn status(cx: Reading<'_>, place: &str) -> Result<Option<Value>, Error> {
    let query = [("path", place.to_owned())];
    match cx.session.get("/api/2.0/dbfs/get-status", &query).await.map_err(Error::from) {
        Err(error) if error.is_not_found() => Ok(None),
        other => other.map(path::spelled).map(Some),
    }
}

/// What was asked for, by key: its information, nothing where it is not there, or why that is not known.
type Answers = Vec<(String, Result<Option<Value>, Error>)>;

/// Asks for some files of one folder.
async fn ask(cx: Reading<'_>, folder: String, keys: Vec<String>) -> Answers {
    if keys.len() >= WORTH_A_LISTING {
        let found = match infos(cx, &folder).await {
            Ok(infos) => Some(infos),
            Err(error) if error.is_not_found() => Some(Vec::new()),
            // A folder with too many files is not listed in time.
            Err(_) => None,
        };
        if let Some(infos) = found {
            let mut infos: BTreeMap<String, Value> =
                infos.into_iter().map(|info| (place_of(&info).to_owned(), info)).collect();
            let answer = |key: String| (key.clone(), Ok(infos.remove(&key)));
            return keys.into_iter().map(answer).collect();
        }
    }
    stream::iter(keys)
        .map(|key| async move {
            let answer = status(cx, &key).await;
            (key, answer)
        })
        .buffer_unordered(regular::AT_ONCE)
        .collect()
        .await
}

/// Looks for single files. Where every one is refused, that is said once.
async fn named(cx: Reading<'_>, keys: &BTreeSet<String>) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in keys {
        match path::omission(key) {
            Some(left_out) => {
                let message = format!("it is named, and left out: {}", left_out.reason);
                let about = address(cx, key);
                listing.findings.push(Finding::note(left_out.code, about, message));
            }
            None => folders.entry(path::parent(key).to_owned()).or_default().push(key.clone()),
        }
    }
    let answers: Vec<Answers> = stream::iter(folders)
        .map(|(folder, keys)| ask(cx, folder, keys))
        .buffer_unordered(regular::AT_ONCE)
        .collect()
        .await;
    let mut refused = Vec::new();
    let mut nothing_answered = true;
    for (key, answer) in answers.into_iter().flatten() {
        nothing_answered &= answer.is_err();
        match answer {
            Ok(Some(info)) if is_folder(&info) => {
                let message = "it is named and is a folder; only single files are captured so";
                listing.findings.push(
                    Finding::warning("unsupported", address(cx, &key), message)
                        .hint(format!("take all files below it: --dbfs {key}")),
                );
            }
            Ok(info) => listing.objects.extend(info.and_then(|info| listed(cx, info))),
            Err(error) => refused.push((key, error)),
        }
    }
    // Where the root is told of, a refusal without a code is meant of the file, and not of the call.
    let is_bare = |(_, error): &(String, Error)| error.is_unavailable_kind();
    if refused.iter().any(is_bare) && matches!(status(cx, "/").await, Ok(Some(_))) {
        refused.retain(|one| !is_bare(one));
    }
    if nothing_answered && let Some((_, error)) = refused.pop() {
        return Err(error);
    }
    listing.findings.extend(refused.iter().map(|(key, error)| unread(cx, key, error)));
    Ok(listing)
}

fn unread(cx: Reading<'_>, place: &str, error: &Error) -> Finding {
    let message = format!("it cannot be looked at: {}", error.lasting_words());
    Finding::error("unreadable", address(cx, place), message)
}

/// Walks folders. One that cannot be listed makes the listing incomplete.
async fn below(cx: Reading<'_>, places: &BTreeSet<String>) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    let mut waiting = Vec::new();
    for place in places {
        match path::omission(place) {
            Some(left_out) => {
                let about = address(cx, place);
                listing.findings.push(Finding::note(left_out.code, about, left_out.reason));
            }
            None => waiting.push(place.clone()),
        }
    }
    let (chosen, mut running) = (waiting.len(), FuturesUnordered::new());
    let mut refused = Vec::new();
    loop {
        while running.len() < regular::AT_ONCE
            && let Some(folder) = waiting.pop()
        {
            running.push(async move {
                let infos = infos(cx, &folder).await;
                (folder, infos)
            });
        }
        let Some((folder, infos)) = running.next().await else { break };
        match infos {
            Ok(infos) => {
                for info in infos {
                    match path::omission(place_of(&info)) {
                        None if is_folder(&info) => waiting.push(place_of(&info).to_owned()),
                        _ => listing.objects.extend(listed(cx, info)),
                    }
                }
            }
            // It vanished meanwhile, unless somebody asked for it.
            Err(error) if error.is_not_found() && !places.contains(&folder) => {}
            Err(error) => refused.push((folder, error)),
        }
    }
    let is_all = refused.len() == chosen && refused.iter().all(|(_, error)| !error.is_not_found());
    if is_all && let Some((_, error)) = refused.pop() {
        return Err(error);
    }
    let hint = "is it spelled right? One of more than 10,000 files is not listed in time";
    let findings = refused.iter().map(|(folder, error)| unread(cx, folder, error).hint(hint));
    listing.findings.extend(findings);
    Ok(listing)
}
