//! Writing a day: which of its runs are missing or unfinished, and in what order they are written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use super::copy::{Copying, Found};
use super::day::Day;
use super::document::source_of;
use super::list;
use super::search::{Search, View};
use super::stored::Stored;
use super::tags;
use crate::client::{Call, Repeat};
use crate::kind::{Created, Error, Live, Wanted, Writing};
use crate::model::{Digest, ServerId};

/// How many runs of a day are written at a time.
const RUNS_AT_ONCE: usize = 8;

/// How often a day is looked at anew where nobody knows what a call did.
const ROUNDS: usize = 3;

/// A run that is to be there.
struct Wish {
    source: String,
    digest: Digest,
    shown: String,
    parent: Option<String>,
}

/// The identifier of the experiment that runs go into.
fn experiment(body: &Value) -> String {
    let id = ServerId::from_value(&body["experiment_id"]);
    id.map(|id| id.as_str().to_owned()).unwrap_or_default()
}

/// Creates a day: copies its runs.
///
/// # Errors
/// As [`write`].
pub(in crate::kinds) async fn create(
    cx: Writing<'_>,
    wanted: Wanted<'_>,
) -> Result<Created, Error> {
    let experiment = experiment(&wanted.body);
    let day = Day::split(&wanted.resource.address.key).map(|(_, day)| day);
    write(cx, wanted).await?;
    let id = day.and_then(|day| ServerId::from_value(&json!(day.key(&experiment))));
    Ok(Created { id, principal: None })
}

/// Copies what a day lacks. Runs that are there already are left alone.
///
/// # Errors
/// [`Error::Parts`] where some runs could not be written; as the server refuses where none could.
pub(in crate::kinds) async fn write(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<(), Error> {
    let body = &wanted.body;
    let experiment = &experiment(body);
    let Some((_, day)) = Day::split(&wanted.resource.address.key) else { return Ok(()) };
    let mut round = 1;
    loop {
        let mut found = look(cx, experiment, day).await?;
        let wishes = missing(cx, body, &found)?;
        let parents = parents(cx, body, &wishes, &found).await?;
        let mut copying = Copying { cx, experiment, copies: parents };
        let outcome = all(&mut copying, wishes, &mut found).await;
        match outcome {
            Err(error) if error.leaves_doubt() && round < ROUNDS => round += 1,
            other => return other,
        }
    }
}

/// What there is of a day, by the run that it is a copy of.
async fn look(
    cx: Writing<'_>,
    experiment: &str,
    day: Day,
) -> Result<HashMap<String, Vec<Found>>, Error> {
    let mut found: HashMap<String, Vec<Found>> = HashMap::new();
    let mut search = Search::days(cx.session, experiment, (day, day), View::All);
    while let Some(page) = search.next().await? {
        for run in &page {
            let tags = tags::of_list(run["data"].get("tags"));
            let source = source_of(run, &tags);
            found.entry(source).or_default().push(Found::of(run, &tags));
        }
    }
    // The best one first.
    for copies in found.values_mut() {
        copies.sort_by_key(|copy| (copy.is_deleted, copy.digest.is_none()));
    }
    Ok(found)
}

/// The wanted runs that are not there as they should be.
fn missing(
    cx: Writing<'_>,
    body: &Value,
    found: &HashMap<String, Vec<Found>>,
) -> Result<Vec<Wish>, Error> {
    let mut wishes = Vec::new();
    for (source, digest) in body["runs"].as_object().into_iter().flatten() {
        let Some(digest) = digest.as_str().and_then(Digest::parse) else { continue };
        let shown = body["shown"][source].as_str().unwrap_or_default().to_owned();
        let there = found.get(source).and_then(|copies| copies.first());
        let is_there = there.is_some_and(|copy| copy.is(source, &digest, &shown));
        let misses_parent = there.is_some_and(|copy| copy.misses_parent(&body["parents"]));
        if is_there && !misses_parent {
            continue;
        }
        let stored = Stored::open(cx.contents.open(&digest)?)?;
        let parent = stored.document.tags.get(tags::PARENT).cloned();
        wishes.push(Wish { source: source.clone(), digest, shown, parent });
    }
    Ok(wishes)
}

/// Which runs of the target are the parents, as far as these exist.
async fn parents(
    cx: Writing<'_>,
    body: &Value,
    wishes: &[Wish],
    found: &HashMap<String, Vec<Found>>,
) -> Result<HashMap<String, String>, Error> {
    let mut copies = HashMap::new();
    let wanted: BTreeSet<&str> = wishes.iter().filter_map(|wish| wish.parent.as_deref()).collect();
    for parent in wanted {
        let here = found.get(parent).and_then(|copies| copies.first());
        if let Some(copy) = here.filter(|copy| !copy.is_deleted) {
            copies.insert(parent.to_owned(), copy.run.clone());
        } else if let Some(place) = body["parents"][parent].as_str()
            && let Some((experiment, day)) = list::meant(place)
        {
            let mut search = Search::days(cx.session, experiment, (day, day), View::Active);
            while let Some(page) = search.next().await? {
                let is_it = |run: &&Value| {
                    source_of(run, &tags::of_list(run["data"].get("tags"))) == parent
                };
                if let Some(run) = page.iter().find(is_it)
                    && let Some(run) = run["info"]["run_id"].as_str()
                {
                    copies.insert(parent.to_owned(), run.to_owned());
                    break;
                }
            }
        }
    }
    Ok(copies)
}

/// Writes runs, parents before children. One that fails stops only those that belong to it.
async fn all(
    copying: &mut Copying<'_>,
    wishes: Vec<Wish>,
    found: &mut HashMap<String, Vec<Found>>,
) -> Result<(), Error> {
    let count = wishes.len();
    let mut waiting: BTreeMap<String, Wish> =
        wishes.into_iter().map(|wish| (wish.source.clone(), wish)).collect();
    let mut failed: Vec<Error> = Vec::new();
    let mut absent: BTreeSet<String> = BTreeSet::new();
    while !waiting.is_empty() {
        let waits = |wish: &Wish| {
            wish.parent
                .as_ref()
                .is_some_and(|parent| *parent != wish.source && waiting.contains_key(parent))
        };
        let mut next: Vec<String> =
            waiting.values().filter(|wish| !waits(wish)).map(|wish| wish.source.clone()).collect();
        if next.is_empty() {
            // Runs that are each other's parents come without their links.
            next = waiting.keys().cloned().collect();
        }
        let next: Vec<(Wish, Vec<Found>)> = next
            .into_iter()
            .filter_map(|source| {
                let wish = waiting.remove(&source)?;
                // Without its parent it would be another run.
                if wish.parent.as_ref().is_some_and(|parent| absent.contains(parent)) {
                    absent.insert(source);
                    return None;
                }
                Some((wish, found.remove(&source).unwrap_or_default()))
            })
            .collect();
        let written: Vec<_> = {
            let copying = &*copying;
            let written = next.into_iter().map(|(wish, there)| async move {
                let run = copying.write(&wish.source, &wish.digest, &wish.shown, there).await;
                (wish.source, run)
            });
            stream::iter(written).buffer_unordered(RUNS_AT_ONCE).collect().await
        };
        for (source, run) in written {
            match run {
                Ok(run) => drop(copying.copies.insert(source, run)),
                Err(error) => {
                    absent.insert(source);
                    failed.push(error);
                }
            }
        }
    }
    // An error that leaves doubt is told first, because it asks for another look.
    failed.sort_by_key(|error| !error.leaves_doubt());
    match failed.into_iter().next() {
        None => Ok(()),
        Some(first) => {
            Err(Error::Parts { failed: absent.len(), all: count, first: Box::new(first) })
        }
    }
}

/// Deletes the runs of a day; they can be restored for some time.
///
/// # Errors
/// As the server refuses.
pub(in crate::kinds) async fn delete(cx: Writing<'_>, live: Live) -> Result<(), Error> {
    let runs: Vec<String> = match &live.raw["live"] {
        Value::Object(runs) => runs.values().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let gone: Vec<Result<(), Error>> = stream::iter(runs)
        .map(|run| delete_one(cx, run))
        .buffer_unordered(RUNS_AT_ONCE)
        .collect()
        .await;
    gone.into_iter().collect()
}

async fn delete_one(cx: Writing<'_>, run: String) -> Result<(), Error> {
    let call = Call::post("/api/2.0/mlflow/runs/delete").json(json!({ "run_id": run }));
    match cx.session.send(&call.repeat(Repeat::Idempotent)).await.map_err(Error::from) {
        Err(error) if error.is_not_found() => Ok(()),
        // Some servers refuse to delete what is deleted.
        Err(error) if error.is_invalid() => {
            let query = [("run_id", run)];
            let now = cx.session.get("/api/2.0/mlflow/runs/get", &query).await?;
            let is_deleted = now["run"]["info"]["lifecycle_stage"] == "deleted";
            if is_deleted { Ok(()) } else { Err(error) }
        }
        other => other.map(drop),
    }
}
