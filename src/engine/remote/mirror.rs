//! A map of files, kept so that a reader finds the old one or the new one, and never a mix.
//!
//! Contents are stored under their digests, and a manifest says which of them belong to which name. The
//! manifest is written last, so a writer that dies leaves the old one whole. There may be one writer at a
//! time, which is what the [lease](crate::engine::lease) is for.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};

use super::error::RemoteError;
use super::file::{delete, list, read, write};
use crate::client::Session;
use crate::model::{Digest, digest_bytes};

/// The manifest format this program writes, and the newest it reads.
const FORMAT: u32 = 1;

/// How many files travel at a time.
const AT_ONCE: usize = 8;

/// How often a reader begins again because a writer came between.
const READS: u32 = 4;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    files: BTreeMap<String, Digest>,
}

fn manifest_of(folder: &str) -> String {
    format!("{folder}/manifest.json")
}

fn parts_of(folder: &str) -> String {
    format!("{folder}/parts")
}

fn damaged(folder: &str, parts: Vec<String>) -> RemoteError {
    RemoteError::Damaged { folder: folder.to_owned(), parts }
}

async fn read_manifest(session: &Session, folder: &str) -> Result<Option<Manifest>, RemoteError> {
    let Some(bytes) = read(session, &manifest_of(folder)).await? else { return Ok(None) };
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| damaged(folder, vec![format!("manifest.json ({error})")]))?;
    if manifest.format > FORMAT {
        let newer = format!("manifest.json (format {}, of a newer brickform)", manifest.format);
        return Err(damaged(folder, vec![newer]));
    }
    Ok(Some(manifest))
}

/// Makes a folder below brickform's hold exactly these files; what is there already is not sent again.
///
/// Names are free text. Each file may have five megabytes.
///
/// # Errors
///
/// As the workspace refuses; the folder then holds the old files or the new ones.
pub async fn mirror(
    session: &Session,
    folder: &str,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<(), RemoteError> {
    let wanted = Manifest {
        format: FORMAT,
        files: files.iter().map(|(name, bytes)| (name.clone(), digest_bytes(bytes))).collect(),
    };
    let parts = parts_of(folder);
    // A manifest that cannot be read is replaced.
    let before = match read_manifest(session, folder).await {
        Err(RemoteError::Damaged { .. }) => None,
        other => other?,
    };
    let held: BTreeSet<String> = list(session, &parts).await?.into_iter().collect();
    // What no manifest names is left over, and a listing may still show it after it was removed.
    let kept: BTreeSet<&str> = before
        .iter()
        .flat_map(|manifest| manifest.files.values().map(Digest::hex))
        .filter(|part| held.contains(*part))
        .collect();
    let contents: BTreeMap<&str, &[u8]> = wanted
        .files
        .iter()
        .filter_map(|(name, digest)| Some((digest.hex(), files.get(name)?.as_slice())))
        .collect();
    stream::iter(contents.iter().filter(|(part, _)| !kept.contains(**part)))
        .map(|(part, bytes)| {
            let name = format!("{parts}/{part}");
            async move { write(session, &name, bytes, true).await.map(drop) }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    let text = serde_json::to_vec(&wanted)
        .map_err(|error| damaged(folder, vec![format!("manifest.json ({error})")]))?;
    write(session, &manifest_of(folder), &text, true).await?;
    let unnamed = held.iter().filter(|part| !contents.contains_key(part.as_str()));
    remove(session, unnamed.map(|part| format!("{parts}/{part}")).collect()).await
}

/// Reads the files that [`mirror`] left in a folder; `None` where there are none.
///
/// # Errors
///
/// [`RemoteError::Damaged`] names each file that is missing or is not what was written; otherwise as the
/// workspace refuses.
pub async fn fetch(
    session: &Session,
    folder: &str,
) -> Result<Option<BTreeMap<String, Vec<u8>>>, RemoteError> {
    let mut bad = Vec::new();
    let mut seen = None;
    for _ in 0..READS {
        let Some(manifest) = read_manifest(session, folder).await? else { return Ok(None) };
        if seen.as_ref() == Some(&manifest) {
            break;
        }
        let parts = parts_of(folder);
        let read: Vec<(String, Option<Vec<u8>>)> = stream::iter(&manifest.files)
            .map(|(name, digest)| {
                let part = format!("{parts}/{}", digest.hex());
                async move {
                    let bytes = read(session, &part).await?;
                    let bytes = bytes.filter(|bytes| digest_bytes(bytes) == *digest);
                    Ok::<_, RemoteError>((name.clone(), bytes))
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let (good, lost): (Vec<_>, Vec<_>) = read.into_iter().partition(|(_, b)| b.is_some());
        if lost.is_empty() {
            let files = good.into_iter().filter_map(|(name, bytes)| Some((name, bytes?)));
            return Ok(Some(files.collect()));
        }
        bad = lost.into_iter().map(|(name, _)| name).collect();
        bad.sort();
        // A writer that came between has written another manifest, and removed what it does not name.
        seen = Some(manifest);
    }
    Err(damaged(folder, bad))
}

/// Removes what [`mirror`] left in a folder; the way out where it is damaged.
///
/// # Errors
///
/// As the workspace refuses.
pub async fn forget(session: &Session, folder: &str) -> Result<(), RemoteError> {
    delete(session, &manifest_of(folder)).await?;
    let parts = parts_of(folder);
    let held = list(session, &parts).await?;
    remove(session, held.iter().map(|part| format!("{parts}/{part}")).collect()).await
}

async fn remove(session: &Session, names: Vec<String>) -> Result<(), RemoteError> {
    stream::iter(names)
        .map(|name| async move { delete(session, &name).await })
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await
}
