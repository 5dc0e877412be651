//! Writing the tree: folders, notebooks and files.

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
    let bytes = wanted.bytes.unwrap_or_default();
    let repeat = if overwrite { Repeat::Idempotent } else { Repeat::Once };
    let format =
        wanted.resource.content.as_ref().map_or(ContentFormat::Raw, |content| content.format);
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

/// Deletes an object; succeeds if it is gone already. A folder that is not empty is refused.
pub(super) async fn delete(cx: Writing<'_>, live: Live) -> Result<(), Error> {
    let path = live.raw.get("path").cloned().unwrap_or_default();
    let call =
        Call::post("/api/2.0/workspace/delete").json(json!({ "path": path, "recursive": false }));
    match cx.session.send(&call.repeat(Repeat::Idempotent)).await.map_err(Error::from) {
        Err(error) if error.is_not_found() => Ok(()),
        other => other.map(drop),
    }
}
