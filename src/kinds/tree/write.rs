//! Writing the tree: folders, notebooks and files.

use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use super::super::{directory, workspace_file};
use crate::client::{Call, Repeat, segment};
use crate::kind::{Created, Error, Live, Wanted, Writing};
use crate::model::ContentFormat;

/// The largest body `import` takes, base64 included.
const IMPORT_LIMIT: usize = 10_000_000;

/// Creates a folder, notebook or file. Nothing is overwritten.
pub(super) async fn create(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<Created, Error> {
    if cx.kind == &directory::KIND {
        let call = Call::post("/api/2.0/workspace/mkdirs")
            .json(json!({ "path": wanted.resource.address.key }));
        cx.session.send(&call.repeat(Repeat::Idempotent)).await?;
    } else {
        import(cx, wanted, false).await?;
    }
    Ok(Created::default())
}

/// Sends an object's content anew; its identifier, rights and the jobs that run it stay.
pub(super) async fn overwrite(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<(), Error> {
    if cx.kind == &directory::KIND { Ok(()) } else { import(cx, wanted, true).await }
}

async fn import(cx: Writing<'_>, wanted: Wanted<'_>, overwrite: bool) -> Result<(), Error> {
    let path = &wanted.resource.address.key;
    let (format, bytes) = match &wanted.resource.content {
        Some(content) => (content.format, cx.contents.whole(&content.digest)?),
        None => (ContentFormat::Raw, Vec::new()),
    };
    let repeat = if overwrite { Repeat::Idempotent } else { Repeat::Once };
    if cx.kind == &workspace_file::KIND && bytes.len() / 3 * 4 > IMPORT_LIMIT {
        let call = Call::post(format!(
            "/api/2.0/workspace-files/import-file/{}",
            segment(path.trim_start_matches('/'))
        ))
        .query("overwrite", overwrite.to_string())
        .bytes(bytes, "application/octet-stream");
        cx.session.send(&call.repeat(repeat)).await?;
        return Ok(());
    }
    let mut body = json!({
        "path": path,
        "content": base64::engine::general_purpose::STANDARD.encode(&bytes),
        "overwrite": overwrite,
        "format": match format {
            ContentFormat::Source => "SOURCE",
            ContentFormat::Jupyter => "JUPYTER",
            ContentFormat::Raw => "RAW",
        },
    });
    if let (ContentFormat::Source, Some(language)) =
        (format, wanted.body.get("language").and_then(Value::as_str))
    {
        body["language"] = json!(language);
    }
    cx.session.send(&Call::post("/api/2.0/workspace/import").json(body).repeat(repeat)).await?;
    Ok(())
}

/// How long to wait for what was just deleted from a folder to be seen as gone.
const NOT_YET_EMPTY: [Duration; 3] =
    [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(3)];

/// Deletes an object; succeeds if it is gone already. A folder that is not empty is refused.
pub(super) async fn delete(cx: Writing<'_>, live: Live) -> Result<(), Error> {
    let path = live.raw.get("path").and_then(Value::as_str).unwrap_or_default();
    let call =
        Call::post("/api/2.0/workspace/delete").json(json!({ "path": path, "recursive": false }));
    let call = call.repeat(Repeat::Idempotent);
    let mut patience = NOT_YET_EMPTY.into_iter();
    loop {
        let error = match cx.session.send(&call).await.map_err(Error::from) {
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) if error.error_code() == Some("DIRECTORY_NOT_EMPTY") => error,
            other => return other.map(drop),
        };
        let holds = contents(cx, path).await?;
        match patience.next() {
            _ if !holds.is_empty() => return Err(Error::NotEmpty { holds }),
            Some(wait) => tokio::time::sleep(wait).await,
            None => return Err(error),
        }
    }
}

/// The paths of what is directly in a folder.
async fn contents(cx: Writing<'_>, folder: &str) -> Result<Vec<String>, Error> {
    let answer = cx.session.get("/api/2.0/workspace/list", &[("path", folder.to_owned())]).await?;
    let objects = answer.get("objects").and_then(Value::as_array).into_iter().flatten();
    Ok(objects.filter_map(|object| object.get("path")?.as_str().map(str::to_owned)).collect())
}
