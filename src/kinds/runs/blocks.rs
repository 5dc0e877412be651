//! Files on DBFS, block by block.

use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::client::{Call, Download, Kind, Repeat, Session};
use crate::kind::Error;

/// How many bytes one block of DBFS has.
const BLOCK: usize = 1024 * 1024;

/// Reads a file of DBFS that is said to have so many bytes.
///
/// # Errors
/// As the server or the disk refuses.
pub(super) async fn read(
    session: &Session,
    path: &str,
    size: Option<u64>,
    into: &mut dyn Download,
) -> Result<(), Error> {
    let mut offset = 0;
    loop {
        let query = [
            ("path", path.to_owned()),
            ("offset", offset.to_string()),
            ("length", BLOCK.to_string()),
        ];
        let answer = match session.get("/api/2.0/dbfs/read", &query).await {
            // Not every server lets anybody read at the end.
            Err(error) if error.kind() == Kind::Invalid && size == Some(offset) => break,
            answer => answer?,
        };
        let data = answer["data"].as_str().unwrap_or_default();
        let bytes = STANDARD.decode(data).map_err(io::Error::other)?;
        if bytes.is_empty() {
            break;
        }
        offset += bytes.len() as u64;
        into.take(&bytes)?;
    }
    Ok(())
}

/// Writes a file of DBFS block by block. What is not closed is not there, and the next attempt begins anew.
///
/// # Errors
/// As the server or the disk refuses.
pub(super) async fn write(session: &Session, path: &str, mut from: impl Read) -> Result<(), Error> {
    let send = async |call: &'static str, body: Value| {
        let call = Call::post(call).json(body).repeat(Repeat::Once);
        session.send(&call).await
    };
    let mut block = Vec::with_capacity(BLOCK);
    from.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
    if block.len() < BLOCK {
        let body = json!({ "path": path, "contents": STANDARD.encode(&block), "overwrite": true });
        let call = Call::post("/api/2.0/dbfs/put").json(body).repeat(Repeat::Idempotent);
        session.send(&call).await?;
        return Ok(());
    }
    let made = send("/api/2.0/dbfs/create", json!({ "path": path, "overwrite": true })).await?;
    let handle = made["handle"].clone();
    while !block.is_empty() {
        let body = json!({ "handle": handle, "data": STANDARD.encode(&block) });
        send("/api/2.0/dbfs/add-block", body).await?;
        block.clear();
        from.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
    }
    send("/api/2.0/dbfs/close", json!({ "handle": handle })).await?;
    Ok(())
}
