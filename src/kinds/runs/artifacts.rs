//! A run's files: where they are, what there is, and their bytes.

use std::io::{self, Read};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::stored::Part;
use crate::client::{Call, Download, Paging, Repeat, Session, segment};
use crate::kind::Error;

const LIST: &str = "/api/2.0/mlflow/artifacts/list";
const PROXY: &str = "/api/2.0/mlflow-artifacts/artifacts";

/// How many bytes one block of DBFS has.
const BLOCK: usize = 1024 * 1024;

/// Where a run's files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The server carries them itself, below this path.
    Server(String),
    /// On DBFS, below this path.
    Dbfs(String),
    /// Where only the cloud's own tools reach them.
    Elsewhere(String),
}

impl Place {
    /// Reads a run's `artifact_uri`.
    pub(super) fn of(uri: &str) -> Self {
        let (scheme, rest) = uri.split_once(":/").unwrap_or(("", uri));
        // Behind two slashes stands whom to ask; it is always this server.
        let path = match rest.strip_prefix('/') {
            Some(rest) if !rest.starts_with('/') => {
                rest.split_once('/').map_or("", |(_, path)| path)
            }
            _ => rest,
        };
        let path = path.trim_matches('/').to_owned();
        match scheme {
            "mlflow-artifacts" => Self::Server(path),
            "dbfs" if !path.starts_with("Volumes/") => Self::Dbfs(path),
            _ => Self::Elsewhere(uri.to_owned()),
        }
    }

    fn proxy(path: &str, file: &str) -> String {
        let segments: Vec<String> = path.split('/').chain(file.split('/')).map(segment).collect();
        format!("{PROXY}/{}", segments.join("/"))
    }
}

/// The paths of all files of a run, those in folders too.
///
/// # Errors
/// As the server refuses.
pub(super) async fn list(session: &Session, run: &str) -> Result<Vec<String>, Error> {
    let (mut found, mut open) = (Vec::new(), vec![String::new()]);
    while let Some(folder) = open.pop() {
        let mut call = Call::get(LIST).query("run_id", run);
        if !folder.is_empty() {
            call = call.query("path", folder.clone());
        }
        for file in session.list(call, "/files", Paging::PAGE_TOKEN).await? {
            let Some(path) = file["path"].as_str().filter(|path| *path != folder) else { continue };
            if file["is_dir"] == true {
                open.push(path.to_owned());
            } else {
                found.push(path.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Downloads one file.
///
/// # Errors
/// As the server or the disk refuses.
pub(super) async fn download(
    session: &Session,
    place: &Place,
    file: &str,
    into: &mut dyn Download,
) -> Result<(), Error> {
    match place {
        Place::Server(path) => {
            session.download(&Call::get(Place::proxy(path, file)), into).await?;
        }
        Place::Dbfs(path) => {
            let mut offset = 0;
            loop {
                let query = [
                    ("path", format!("/{path}/{file}")),
                    ("offset", offset.to_string()),
                    ("length", BLOCK.to_string()),
                ];
                let answer = session.get("/api/2.0/dbfs/read", &query).await?;
                let data = answer["data"].as_str().unwrap_or_default();
                let bytes = STANDARD.decode(data).map_err(io::Error::other)?;
                if bytes.is_empty() {
                    break;
                }
                offset += bytes.len();
                into.take(&bytes)?;
            }
        }
        Place::Elsewhere(_) => {}
    }
    Ok(())
}

/// Uploads one file, over one that is there.
///
/// # Errors
/// As the server or the disk refuses; [`Error::Elsewhere`] where only the cloud's own tools write.
pub(super) async fn upload(
    session: &Session,
    place: &Place,
    file: &str,
    from: &Part,
) -> Result<(), Error> {
    match place {
        Place::Server(path) => {
            let call = Call::put(Place::proxy(path, file));
            let bytes = Arc::new(from.clone());
            session.response(&call.upload(bytes, "application/octet-stream")).await?;
        }
        Place::Dbfs(path) => to_dbfs(session, &format!("/{path}/{file}"), from.reader()).await?,
        Place::Elsewhere(uri) => return Err(Error::Elsewhere { place: uri.clone() }),
    }
    Ok(())
}

/// Writes a file of DBFS block by block. What is not closed is not there, and the next attempt begins anew.
async fn to_dbfs(session: &Session, path: &str, mut from: impl Read) -> Result<(), Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_off_its_address() {
        let server = |path: &str| Place::Server(path.to_owned());
        assert_eq!(Place::of("mlflow-artifacts:/1/0a/artifacts"), server("1/0a/artifacts"));
        assert_eq!(Place::of("mlflow-artifacts://host:5000/1/0a"), server("1/0a"));
        assert_eq!(Place::of("mlflow-artifacts:///1/0a/"), server("1/0a"));
        let dbfs = Place::Dbfs("databricks/mlflow-tracking/7/0a/artifacts".to_owned());
        assert_eq!(Place::of("dbfs:/databricks/mlflow-tracking/7/0a/artifacts"), dbfs);
        for uri in ["s3://acme/x", "dbfs:/Volumes/ml/x/y", "/mlruns/0", "abfss://c@a.dfs/x"] {
            assert_eq!(Place::of(uri), Place::Elsewhere(uri.to_owned()));
        }
        assert_eq!(Place::proxy("1/0a", "a b/é.txt"), format!("{PROXY}/1/0a/a%20b/%C3%A9.txt"));
    }
}
