//! Reading contents: whole folders as archives where that is faithful, single objects otherwise.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use serde_json::Value;

use super::super::{directory, git_folder, workspace_file};
use super::{archive, content, path};
use crate::client::Call;
use crate::kind::{Details, Error, Listed, Reading, Scope, regular};
use crate::model::{Content, ContentFormat};

type Read = Vec<(Listed, Result<Details, Error>)>;

const EXPORT: &str = "/api/2.0/workspace/export";

/// How many archives are held at a time; each may have ten megabytes.
const ARCHIVES_AT_ONCE: usize = 4;

/// A folder with fewer contents than this is not worth an archive.
const WORTH_AN_ARCHIVE: usize = 3;

fn is_file(listed: &Listed) -> bool {
    listed.kind == &workspace_file::KIND
}

fn keep(
    cx: Reading<'_>,
    mut listed: Listed,
    format: ContentFormat,
    bytes: Vec<u8>,
) -> (Listed, Result<Details, Error>) {
    let bytes = content::canonical(format, bytes);
    let size = bytes.len() as u64;
    let kept = cx.blobs.put(&bytes).map_err(Error::from);
    let details = kept.map(|digest| Details {
        raw: std::mem::take(&mut listed.raw),
        content: Some(Content { format, digest, size }),
    });
    (listed, details)
}

/// Exports one object's bytes. Servers that ignore `direct_download` answer with base64 in JSON.
async fn export(cx: Reading<'_>, key: &str, format: &str) -> Result<Vec<u8>, Error> {
    let call = Call::get(EXPORT)
        .query("path", key)
        .query("format", format)
        .query("direct_download", "true");
    let answer = cx.session.bytes(&call).await?;
    if let Ok(Value::Object(map)) = serde_json::from_slice::<Value>(&answer)
        && let Some(text) = map.get("content").and_then(Value::as_str)
        && map.keys().all(|name| name == "content" || name == "file_type")
        && let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(text.replace('\n', ""))
    {
        return Ok(bytes);
    }
    Ok(answer.to_vec())
}

/// Reads one object: a file raw, a notebook in the form it is stored in.
async fn single(cx: Reading<'_>, listed: Listed) -> (Listed, Result<Details, Error>) {
    let bytes = if is_file(&listed) {
        match export(cx, &listed.key, "RAW").await {
            Err(error) if error.is_invalid() => export(cx, &listed.key, "AUTO").await,
            other => other,
        }
    } else {
        match export(cx, &listed.key, "AUTO").await {
            Err(error) if error.is_invalid() => export(cx, &listed.key, "SOURCE").await,
            other => other,
        }
    };
    match bytes {
        Ok(bytes) if is_file(&listed) => keep(cx, listed, ContentFormat::Raw, bytes),
        Ok(bytes) if content::is_jupyter(&bytes) => keep(cx, listed, ContentFormat::Jupyter, bytes),
        Ok(bytes) => keep(cx, listed, ContentFormat::Source, bytes),
        Err(error) => (listed, Err(error)),
    }
}

async fn singles(cx: Reading<'_>, listed: Vec<Listed>) -> Read {
    stream::iter(listed)
        .map(|one| single(cx, one))
        .buffer_unordered(regular::AT_ONCE)
        .collect()
        .await
}

/// The contents below a folder: those directly in it, and those of each folder in it.
fn split(folder: &str, listed: Vec<Listed>) -> (Vec<Listed>, BTreeMap<String, Vec<Listed>>) {
    let mut direct = Vec::new();
    let mut below: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
    let prefix = if folder == "/" { "/".to_owned() } else { format!("{folder}/") };
    for one in listed {
        match one.key.strip_prefix(&prefix).and_then(|rest| rest.split_once('/')) {
            Some((child, _)) => below.entry(format!("{prefix}{child}")).or_default().push(one),
            None => direct.push(one),
        }
    }
    (direct, below)
}

/// Whether archives are of use here; two that are not what they should be end the attempts.
#[derive(Default)]
struct Archives {
    doubted: AtomicBool,
    refused: AtomicBool,
}

impl Archives {
    fn doubt(&self) {
        if self.doubted.swap(true, Ordering::Relaxed) {
            self.refused.store(true, Ordering::Relaxed);
        }
    }

    async fn read(
        &self,
        cx: Reading<'_>,
        folder: &str,
        listed: &[Listed],
    ) -> Option<archive::Found> {
        if listed.len() < WORTH_AN_ARCHIVE || self.refused.load(Ordering::Relaxed) {
            return None;
        }
        let known: u64 =
            listed.iter().filter_map(|one| one.raw.get("size").and_then(Value::as_u64)).sum();
        if known > 10_000_000 {
            return None;
        }
        match export(cx, folder, "AUTO").await {
            Ok(bytes) => {
                let found = archive::read(folder, &bytes, listed, is_file);
                if found.is_none() && !bytes.starts_with(b"PK") {
                    self.doubt();
                }
                found
            }
            Err(error) => {
                if error.error_code() != Some("MAX_NOTEBOOK_SIZE_EXCEEDED") {
                    self.doubt();
                }
                None
            }
        }
    }

    fn subtree<'a>(
        &'a self,
        cx: Reading<'a>,
        folder: String,
        mut listed: Vec<Listed>,
    ) -> BoxFuture<'a, Read> {
        Box::pin(async move {
            let is_root = path::ROOTS.contains(&folder.as_str());
            let found = if is_root { None } else { self.read(cx, &folder, &listed).await };
            if let Some(mut found) = found {
                return listed
                    .drain(..)
                    .filter_map(|one| {
                        let (format, bytes) = found.remove(&one.key)?;
                        Some(keep(cx, one, format, bytes))
                    })
                    .collect();
            }
            let (direct, below) = split(&folder, listed);
            let mut read: Read = stream::iter(below)
                .map(|(child, listed)| self.subtree(cx, child, listed))
                .buffer_unordered(ARCHIVES_AT_ONCE)
                .collect::<Vec<_>>()
                .await
                .into_iter()
                .flatten()
                .collect();
            read.extend(singles(cx, direct).await);
            read
        })
    }
}

/// Reads listed objects of the tree: folders as they were listed, contents by archive or one by one, and of git
/// folders what is known of them.
pub(super) async fn read(cx: Reading<'_>, listed: Vec<Listed>) -> Read {
    let (folders, contents): (Vec<_>, Vec<_>) =
        listed.into_iter().partition(|one| one.kind == &directory::KIND);
    let (clones, contents): (Vec<_>, Vec<_>) =
        contents.into_iter().partition(|one| one.kind == &git_folder::KIND);
    let mut read = regular::as_listed(folders).await;
    read.extend(git_folder::read(cx, clones).await);
    read.extend(match cx.scope {
        Scope::Everything | Scope::Since(_) | Scope::Places { .. } => {
            Archives::default().subtree(cx, "/".to_owned(), contents).await
        }
        // An archive of a folder brings everything in it, so it pays only where most of it is asked for.
        Scope::Keys(keys) if keys.len() < WORTH_AN_ARCHIVE => singles(cx, contents).await,
        Scope::Keys(_) => Archives::default().subtree(cx, "/".to_owned(), contents).await,
    });
    read
}

/// Reads one object of the tree as it is at this moment.
///
/// # Errors
/// As the server refuses; not found where another type of object stands at the path.
pub(super) async fn fresh(cx: Reading<'_>, mut listed: Listed) -> Result<Details, Error> {
    let query = [("path", listed.key.clone())];
    let mut raw = cx.session.get("/api/2.0/workspace/get-status", &query).await?;
    if let Some(map) = raw.as_object_mut() {
        map.insert("path".into(), Value::String(listed.key.clone()));
    }
    listed.raw = raw;
    if listed.kind == &directory::KIND {
        return Ok(Details { raw: listed.raw, content: None });
    }
    single(cx, listed).await.1
}
