//! Reading files block by block into the store.

use std::io;

use base64::Engine as _;
use futures::stream::{self, StreamExt as _};
use serde_json::Value;

use super::{BLOCK, path};
use crate::client::Call;
use crate::kind::{Details, Error, Listed, Reading, regular, whole as number};
use crate::model::{Content, ContentFormat};

/// How often a file is read anew that changes meanwhile.
const READS: usize = 3;

/// Reads listed files, many at a time.
pub(super) async fn read(
    cx: Reading<'_>,
    listed: Vec<Listed>,
) -> Vec<(Listed, Result<Details, Error>)> {
    stream::iter(listed)
        .map(|mut one| async move {
            let info = std::mem::take(&mut one.raw);
            let details = whole(cx, &one.key, info).await;
            (one, details)
        })
        .buffer_unordered(regular::AT_ONCE)
        .collect()
        .await
}

/// Reads one file as it is at this moment.
///
/// # Errors
/// As the server refuses.
pub(super) async fn fresh(cx: Reading<'_>, listed: Listed) -> Result<Details, Error> {
    let info = status(cx, &listed.key).await?;
    whole(cx, &listed.key, info).await
}

async fn status(cx: Reading<'_>, key: &str) -> Result<Value, Error> {
    let query = [("path", key.to_owned())];
    Ok(path::spelled(cx.session.get("/api/2.0/dbfs/get-status", &query).await?))
}

/// How large a file is said to be; some servers tell numbers as texts.
fn size_of(info: &Value) -> Option<u64> {
    u64::try_from(number(info.get("file_size")?)?).ok()
}

/// Reads a file of which a listing said this; what the listing said and the bytes belong together.
async fn whole(cx: Reading<'_>, key: &str, mut info: Value) -> Result<Details, Error> {
    for _ in 0..READS {
        let content = blocks(cx, key, size_of(&info)).await?;
        let is_whole = size_of(&info).is_none_or(|size| size == content.size);
        // A file of several blocks may have been written between two of them.
        let now = if content.size > BLOCK as u64 || !is_whole {
            status(cx, key).await?
        } else {
            info.clone()
        };
        if now == info && is_whole {
            return Ok(Details { raw: info, content: Some(content) });
        }
        info = now;
    }
    let folder = path::parent(key);
    Err(Error::Disk(io::Error::other(format!("the file in {folder} changes while it is read"))))
}

/// Reads a file of about `size` bytes to its end, which is where nothing follows if nobody told the size.
async fn blocks(cx: Reading<'_>, key: &str, size: Option<u64>) -> Result<Content, Error> {
    let mut incoming = cx.blobs.incoming()?;
    while size.is_none_or(|size| incoming.size() < size) {
        let call = Call::get("/api/2.0/dbfs/read")
            .query("path", key)
            .query("offset", incoming.size().to_string())
            .query("length", BLOCK.to_string());
        let answer = cx.session.send(&call).await?;
        let block = block(&answer)?;
        if block.is_empty() {
            break;
        }
        incoming.write(&block)?;
    }
    let (digest, size) = incoming.keep()?;
    Ok(Content { format: ContentFormat::Raw, digest, size })
}

fn block(answer: &Value) -> Result<Vec<u8>, Error> {
    let data = answer.get("data").and_then(Value::as_str).unwrap_or_default();
    let unreadable = Error::Answer { call: "/api/2.0/dbfs/read", field: "readable base64" };
    base64::engine::general_purpose::STANDARD.decode(data).map_err(|_| unreadable)
}
