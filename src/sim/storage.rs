//! The storage of the workspace's cloud: it lets in whoever has an address that the workspace signed, and nobody else.
//!
//! It speaks as the clouds' storages do of which the workspace was told to have one. What a token of the workspace
//! is worth, it does not know: who shows one is refused.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::dialects::content;
use super::http::{Answer, Refusal, Shape};
use super::template::{pairs, segments};

/// What all its addresses begin with.
pub(super) const ROOT: &str = "/storage/";

/// How long an address is good, in milliseconds.
const GOOD_FOR: i64 = 15 * 60 * 1_000;

/// Whose storage it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// S3 of AWS.
    #[default]
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    AzureBlob,
    /// Azure Data Lake Storage.
    AzureLake,
}

impl Cloud {
    /// The word by which the workspace says what an address belongs to.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::S3 => "AWS_PRESIGNED_URL",
            Self::Gcs => "GCP_SIGNED_URL",
            Self::AzureBlob => "AZURE_SAS_URI",
            Self::AzureLake => "AZURE_ADLS_GEN2_SAS_URI",
        }
    }
}

/// What an address is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// Reading.
    Read,
    /// Writing.
    Write,
}

/// What the storage keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Whose storage it is.
    pub(crate) cloud: Cloud,
    /// What addresses are signed with.
    pub(crate) key: String,
    files: BTreeMap<String, File>,
    /// What has arrived of files and is no file yet: by path, then by block or position.
    #[serde(skip)]
    parts: BTreeMap<String, BTreeMap<String, Bytes>>,
}

/// A file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct File {
    #[serde(with = "content")]
    bytes: Bytes,
}

impl State {
    /// The address of a file, good from now on for some minutes.
    pub(crate) fn signed(&self, origin: &str, path: &str, right: Right, now: i64) -> String {
        let until = now + GOOD_FOR;
        let encoded: Vec<String> = path.split('/').map(encode).collect();
        let signature = signature(&self.key, path, right, until);
        format!("{origin}{ROOT}{}?until={until}&sig={signature}", encoded.join("/"))
    }

    /// The files below a folder: path within it, and size.
    pub(crate) fn below(&self, folder: &str) -> impl Iterator<Item = (&str, usize)> {
        let start = format!("{folder}/");
        let all = self.files.range(start.clone()..);
        all.map_while(move |(path, file)| Some((path.strip_prefix(&start)?, file.bytes.len())))
    }

    fn put(&mut self, path: String, bytes: Bytes) {
        self.files.insert(path, File { bytes });
    }
}

fn encode(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(one).collect()
}

fn signature(key: &str, path: &str, right: Right, until: i64) -> String {
    let digest = Sha256::digest(format!("{key}\n{right:?}\n{path}\n{until}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Answers a request.
///
/// # Errors
/// As the clouds' storages refuse.
pub(super) fn answer(
    state: &mut State,
    request: &Request<Bytes>,
    now: i64,
) -> Result<Answer, Refusal> {
    let query = request.uri().query().map(pairs).unwrap_or_default();
    let path = segments(request.uri().path())[1..].join("/");
    let right = if request.method() == Method::GET { Right::Read } else { Right::Write };
    allowed(request.headers(), &query, &state.key, &path, right, now)?;
    let word = |name: &str| query.get(name).map(String::as_str);
    match (request.method().as_str(), state.cloud) {
        ("GET", _) => {
            let file = state.files.get(&path).ok_or_else(|| refused(404, "NoSuchKey"))?;
            let (content_type, bytes) = ("application/octet-stream", file.bytes.clone());
            return Ok(Answer::Bytes { content_type, bytes });
        }
        ("PUT", Cloud::S3 | Cloud::Gcs) => state.put(path, request.body().clone()),
        ("PUT", Cloud::AzureBlob) => match word("comp") {
            None if !is_block_blob(request.headers()) => {
                return Err(refused(400, "MissingRequiredHeader"));
            }
            None => state.put(path, request.body().clone()),
            Some("block") => {
                let id = word("blockid").filter(|id| !id.is_empty());
                let id = id.ok_or_else(|| refused(400, "InvalidQueryParameterValue"))?;
                state.parts.entry(path).or_default().insert(id.to_owned(), request.body().clone());
            }
            // Other servers take such a request for the file itself.
            Some("blocklist") if is_block_blob(request.headers()) => {
                return Err(refused(400, "InvalidHeaderValue"));
            }
            Some("blocklist") => {
                let parts = state.parts.remove(&path).unwrap_or_default();
                state.put(path, listed(request.body(), &parts)?);
            }
            Some(_) => return Err(refused(400, "InvalidQueryParameterValue")),
        },
        ("PUT", Cloud::AzureLake) if word("resource") == Some("file") => {
            state.parts.insert(path.clone(), BTreeMap::new());
            state.put(path, Bytes::new());
        }
        ("PATCH", Cloud::AzureLake) => {
            let position = word("position").and_then(|text| text.parse::<usize>().ok());
            let position = position.ok_or_else(|| refused(400, "MissingRequiredQueryParameter"))?;
            let parts = state.parts.get_mut(&path).ok_or_else(|| refused(404, "PathNotFound"))?;
            let mut end = position;
            if word("action") == Some("append") {
                parts.insert(format!("{position:020}"), request.body().clone());
                end += request.body().len();
            }
            if word("action") == Some("flush") || word("flush") == Some("true") {
                let whole: Bytes = parts.values().flatten().copied().collect();
                if whole.len() != end {
                    return Err(refused(400, "InvalidFlushPosition"));
                }
                state.put(path, whole);
            }
        }
        _ => return Err(refused(405, "MethodNotAllowed")),
    }
    Ok(Answer::Empty)
}

/// Refuses who has no good address, and what a storage does not take.
fn allowed(
    headers: &HeaderMap,
    query: &BTreeMap<String, String>,
    key: &str,
    path: &str,
    right: Right,
    now: i64,
) -> Result<(), Refusal> {
    if headers.contains_key(header::AUTHORIZATION) {
        // As S3 does: only one way to sign in is allowed.
        return Err(refused(400, "InvalidArgument"));
    }
    if headers.contains_key(header::TRANSFER_ENCODING) {
        // As S3 does: the length has to be told beforehand.
        return Err(refused(501, "NotImplemented"));
    }
    let until = query.get("until").and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
    let is_good = query.get("sig").is_some_and(|sig| *sig == signature(key, path, right, until));
    if is_good && now < until { Ok(()) } else { Err(refused(403, "AccessDenied")) }
}

fn is_block_blob(headers: &HeaderMap) -> bool {
    headers.get("x-ms-blob-type").is_some_and(|word| word == "BlockBlob")
}

/// The blocks of a list, one after the other.
fn listed(list: &Bytes, parts: &BTreeMap<String, Bytes>) -> Result<Bytes, Refusal> {
    let text = String::from_utf8_lossy(list);
    let ids = text.split("<Uncommitted>").skip(1);
    let ids = ids.map(|rest| rest.split('<').next().unwrap_or_default().trim());
    let blocks = ids.map(|id| parts.get(id).ok_or_else(|| refused(400, "InvalidBlockList")));
    Ok(blocks.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().copied().collect())
}

fn refused(status: u16, code: &'static str) -> Refusal {
    Refusal::new(status, code, "The request was refused").shaped(Shape::Xml)
}

#[cfg(test)]
mod tests;
