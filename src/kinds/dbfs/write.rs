//! Writing files: small ones in one call, large ones block by block.

use std::io::Read;

use base64::Engine as _;
use serde_json::{Value, json};

use super::{BLOCK, path};
use crate::client::{Call, Repeat};
use crate::kind::{Created, Error, Live, Wanted, Writing};
use crate::model::Content;

/// The largest file that goes in one call: the published megabyte may be meant of the base64.
const IN_ONE_CALL: u64 = 3 * 256 * 1024;

/// How often a file is begun anew whose writing was cut off.
const BEGINNINGS: usize = 3;

/// Creates a file, whole or not at all, over nothing.
///
/// A large one arrives under another name and is moved when it is complete: what is at the path is then never
/// a part of a file, whatever happens.
pub(super) async fn create(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<Created, Error> {
    let (key, content) = (&wanted.resource.address.key, &wanted.resource.content);
    match content {
        Some(content) if content.size > IN_ONE_CALL => {
            let part = path::part(key);
            let moved = json!({ "source_path": part, "destination_path": key });
            let arrived = match stream(cx, &part, content).await {
                Ok(()) => post(cx, "/api/2.0/dbfs/move", moved, Repeat::Once).await.map(drop),
                Err(error) => Err(error),
            };
            if let Err(error) = arrived {
                drop(remove(cx, &part).await);
                return Err(error);
            }
        }
        content => put(cx, key, content.as_ref(), false).await?,
    }
    Ok(Created::default())
}

/// Writes a file's content anew, over the old one.
pub(super) async fn overwrite(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<(), Error> {
    let (key, content) = (&wanted.resource.address.key, &wanted.resource.content);
    match content {
        Some(content) if content.size > IN_ONE_CALL => stream(cx, key, content).await,
        content => put(cx, key, content.as_ref(), true).await,
    }
}

/// Deletes a file; succeeds if it is gone already.
pub(super) async fn delete(cx: Writing<'_>, live: Live) -> Result<(), Error> {
    remove(cx, live.id.as_str()).await
}

async fn remove(cx: Writing<'_>, place: &str) -> Result<(), Error> {
    let body = json!({ "path": place, "recursive": false });
    match post(cx, "/api/2.0/dbfs/delete", body, Repeat::Idempotent).await {
        Err(error) if error.is_not_found() => Ok(()),
        other => other.map(drop),
    }
}

async fn post(
    cx: Writing<'_>,
    call: &'static str,
    body: Value,
    repeat: Repeat,
) -> Result<Value, Error> {
    Ok(cx.session.send(&Call::post(call).json(body).repeat(repeat)).await?)
}

/// Sends a call that makes a file; where the file's folder is missing, makes that and sends it again.
async fn make(
    cx: Writing<'_>,
    call: &'static str,
    body: Value,
    repeat: Repeat,
) -> Result<Value, Error> {
    let error = match post(cx, call, body.clone(), repeat).await {
        Err(error) if error.is_not_found() => error,
        other => return other,
    };
    let Some(place) = body.get("path").and_then(Value::as_str) else { return Err(error) };
    let folder = json!({ "path": path::parent(place) });
    post(cx, "/api/2.0/dbfs/mkdirs", folder, Repeat::Idempotent).await?;
    post(cx, call, body, repeat).await
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

async fn put(
    cx: Writing<'_>,
    place: &str,
    content: Option<&Content>,
    overwrite: bool,
) -> Result<(), Error> {
    let bytes = match content {
        Some(content) => cx.contents.whole(&content.digest)?,
        None => Vec::new(),
    };
    let repeat = if overwrite { Repeat::Idempotent } else { Repeat::Once };
    let body = json!({ "path": place, "contents": base64(&bytes), "overwrite": overwrite });
    make(cx, "/api/2.0/dbfs/put", body, repeat).await.map(drop)
}

/// Writes a file block by block over what is there; begins anew where an answer or the handle is lost.
async fn stream(cx: Writing<'_>, place: &str, content: &Content) -> Result<(), Error> {
    let mut beginnings = 1;
    loop {
        match pour(cx, place, content).await {
            Err(error)
                if (error.leaves_doubt() || error.is_not_found()) && beginnings < BEGINNINGS =>
            {
                tracing::debug!(place, %error, "a file is written anew from its beginning");
                beginnings += 1;
            }
            other => return other,
        }
    }
}

/// One attempt to write a file block by block. A block that may have arrived is never sent twice.
async fn pour(cx: Writing<'_>, place: &str, content: &Content) -> Result<(), Error> {
    let mut source = cx.contents.open(&content.digest)?;
    let body = json!({ "path": place, "overwrite": true });
    let answer = make(cx, "/api/2.0/dbfs/create", body, Repeat::Idempotent).await?;
    let missing = Error::Answer { call: "/api/2.0/dbfs/create", field: "/handle" };
    // It is sent back as it came, a number or a text.
    let handle = answer.get("handle").filter(|handle| !handle.is_null()).ok_or(missing)?;
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        source.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        if block.is_empty() {
            break;
        }
        let body = json!({ "handle": handle, "data": base64(&block) });
        post(cx, "/api/2.0/dbfs/add-block", body, Repeat::Once).await?;
    }
    post(cx, "/api/2.0/dbfs/close", json!({ "handle": handle }), Repeat::Once).await?;
    Ok(())
}
