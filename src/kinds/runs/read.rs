//! Reading runs whole: every value of each metric, and every file.

use std::collections::HashMap;
use std::io::{self, Seek as _, SeekFrom, Write as _};

use futures::stream::{self, StreamExt as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::artifacts::{Files, beyond_reach};
use super::document::{Artifact, Document, source_of};
use super::history;
use super::list::{self, UNREAD};
use super::notes::Notes;
use super::search::{Search, View};
use super::stored;
use super::tags;
use crate::client::Download;
use crate::kind::{Details, Error, Listed, Reading};
use crate::model::Digest;

/// How many days are read at a time, and how many runs of each.
const DAYS_AT_ONCE: usize = 2;
const RUNS_AT_ONCE: usize = 6;

/// Reads days: those runs of them that have to be read.
pub(in crate::kinds) async fn read(
    cx: Reading<'_>,
    listed: Vec<Listed>,
) -> Vec<(Listed, Result<Details, Error>)> {
    stream::iter(listed)
        .map(|mut one| async move {
            let raw = std::mem::take(&mut one.raw);
            let details = day(cx, &one, raw).await;
            (one, details.map(|raw| Details { raw, content: None }))
        })
        .buffer_unordered(DAYS_AT_ONCE)
        .collect()
        .await
}

/// Reads one day as it is at this moment.
///
/// # Errors
/// As the server refuses; [`Error::Gone`] where no run is left of it.
pub(in crate::kinds) async fn fresh(cx: Reading<'_>, listed: Listed) -> Result<Details, Error> {
    let mut now = list::one(cx, &listed).await?.ok_or(Error::Gone)?;
    let raw = now.raw.take();
    Ok(Details { raw: day(cx, &now, raw).await?, content: None })
}

async fn day(cx: Reading<'_>, listed: &Listed, mut raw: Value) -> Result<Value, Error> {
    let is_unread = |raw: &Value, source: &str| raw["runs"][source] == UNREAD;
    let any = raw["runs"].as_object().is_some_and(|runs| runs.values().any(|run| run == UNREAD));
    let Some((experiment, day)) = list::meant(listed.id.as_str()) else { return Ok(raw) };
    if !cx.depth.is_whole() {
        return Ok(raw);
    }
    let (mut notes, sources) = (Notes::begun(raw["left_out"].take()), sources(&raw));
    if !any {
        raw["notes"] = notes.written();
        return Ok(raw);
    }
    let mut failure = None;
    let mut search = Search::days(cx.session, experiment, (day, day), View::Active);
    while let Some(page) = search.next().await? {
        let wanted = page.into_iter().filter_map(|run| {
            let source = source_of(&run, &tags::of_list(run["data"].get("tags")));
            is_unread(&raw, &source).then_some((source, run))
        });
        let sources = &sources;
        let read: Vec<_> = stream::iter(wanted.collect::<Vec<_>>())
            .map(|(source, run)| async move { (source, one(cx, &run, sources).await) })
            .buffer_unordered(RUNS_AT_ONCE)
            .collect()
            .await;
        for (source, stored) in read {
            match stored {
                Ok((digest, left_out)) => {
                    raw["runs"][&source] = json!(digest);
                    left_out.into_iter().for_each(|why| notes.left_out(why, 1));
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => {
                    notes.unread(word(&error));
                    failure.get_or_insert(error);
                }
            }
        }
    }
    // What is still unread has gone meanwhile, or could not be read.
    if let Some(runs) = raw["runs"].as_object_mut() {
        runs.retain(|_, digest| digest != UNREAD);
        let kept: Vec<String> = runs.keys().cloned().collect();
        if let Some(shown) = raw["shown"].as_object_mut() {
            shown.retain(|source, _| kept.contains(source));
        }
    }
    let is_empty = raw["runs"].as_object().is_none_or(Map::is_empty);
    // A day without runs is none.
    if is_empty && let Some(failure) = failure {
        return Err(failure);
    }
    raw["notes"] = notes.written();
    Ok(raw)
}

/// Which runs here are copies of which runs.
fn sources(raw: &Value) -> HashMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let live = raw["live"].as_object().into_iter().flatten();
    let parents = raw["sources"].as_object().into_iter().flatten();
    let own = live.map(|(source, run)| (text(run), source.clone()));
    own.chain(parents.map(|(run, source)| (run.clone(), text(source)))).collect()
}

/// Reads one run and stores it; answers why files of it are left out, too.
async fn one(
    cx: Reading<'_>,
    run: &Value,
    sources: &HashMap<String, String>,
) -> Result<(Digest, Option<String>), Error> {
    let id = run["info"]["run_id"].as_str().unwrap_or_default();
    let mut document = Document::of(run, |live| sources.get(live).cloned());
    let metrics = history::spool(cx.session, run).await?;
    let place = run["info"]["artifact_uri"].as_str().unwrap_or_default();
    let mut bytes = tempfile::tempfile()?;
    match files(Files::of(cx.session, id, place), place, &mut bytes).await {
        Ok(Ok(artifacts)) => document.artifacts = artifacts,
        Ok(Err(why)) => document.absent_files = Some(why),
        Err(error) if is_refusal(&error) => {
            bytes.set_len(0)?;
            document.absent_files = Some(format!("the server refuses them{}", word(&error)));
        }
        Err(error) => return Err(error),
    }
    if !document.artifacts.is_empty() {
        document.absent_files = None;
    }
    bytes.seek(SeekFrom::Start(0))?;
    Ok((stored::keep(cx.blobs, &document, metrics, bytes)?, document.absent_files))
}

/// Whether another attempt would be refused too.
fn is_refusal(error: &Error) -> bool {
    let is_unreached = matches!(error, Error::Impossible { .. });
    let is_denied = error.kind() == Some(crate::client::Kind::Denied);
    error.is_not_found() || error.is_invalid() || is_denied || is_unreached
}

/// The server's word for a failure; its messages hold identifiers of runs.
fn word(error: &Error) -> String {
    match error {
        Error::Api(_) => error.error_code().map_or_else(String::new, |code| format!(": {code}")),
        other => format!(": {other}"),
    }
}

/// Downloads all files of a run, one after the other, into one file; or says why they cannot be had.
async fn files(
    mut files: Files<'_>,
    place: &str,
    into: &mut std::fs::File,
) -> Result<Result<Vec<Artifact>, String>, Error> {
    let paths = files.list().await?;
    if let Some(why) = beyond_reach(place).filter(|_| !paths.is_empty()) {
        return Ok(Err(why));
    }
    files.expect(paths.clone());
    let mut found = Vec::new();
    for path in paths {
        let start = into.stream_position()?;
        let mut file = Counted { into: &mut *into, start, hasher: Sha256::new(), size: 0 };
        files.download(&path, &mut file).await?;
        let digest = Digest::from_sha256(&file.hasher.finalize());
        found.push(Artifact { path, size: file.size, digest });
    }
    Ok(Ok(found))
}

/// Bytes on their way to the end of a file, counted and digested.
struct Counted<'a> {
    into: &'a mut std::fs::File,
    start: u64,
    hasher: Sha256,
    size: u64,
}

impl Download for Counted<'_> {
    fn restart(&mut self) -> io::Result<()> {
        (self.hasher, self.size) = (Sha256::new(), 0);
        self.into.set_len(self.start)?;
        self.into.seek(SeekFrom::Start(self.start)).map(drop)
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.into.write_all(bytes)?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }
}
