//! A run's files: where they are, what there is, and their bytes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::blocks;
use super::document::Artifact;
use super::signed::Signed;
use super::stored::Part;
use crate::client::{Call, Download, Paging, Session, segment};
use crate::kind::{Error, whole};

const LIST: &str = "/api/2.0/mlflow/artifacts/list";
const PROXY: &str = "/api/2.0/mlflow-artifacts/artifacts";

/// Below this folder of DBFS a workspace keeps the files of runs whose experiment says nothing else. The rights of
/// the experiment hold there, so DBFS shows nothing of it.
const OWN_FOLDER: &str = "databricks/mlflow-tracking/";

/// How long to wait before each further look at files that were written.
const SECOND_LOOKS: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// Where a run's files are.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// The server carries them itself, below this path.
    Server(String),
    /// In the workspace's own storage, which signs an address for each; below this path of DBFS.
    Own(String),
    /// On DBFS, below this path.
    Dbfs(String),
    /// Where only the cloud's own tools reach them.
    Elsewhere(String),
}

impl Place {
    /// Reads a run's `artifact_uri`.
    fn of(uri: &str) -> Self {
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
            "dbfs" if path.starts_with(OWN_FOLDER) => Self::Own(path),
            "dbfs" if !path.starts_with("Volumes/") => Self::Dbfs(path),
            _ => Self::Elsewhere(uri.to_owned()),
        }
    }

    fn proxy(path: &str, file: &str) -> String {
        let segments: Vec<String> = path.split('/').chain(file.split('/')).map(segment).collect();
        format!("{PROXY}/{}", segments.join("/"))
    }
}

/// Why the files of a run cannot be had that is said to have them at `uri`, if only the cloud's own tools reach them.
pub(super) fn beyond_reach(uri: &str) -> Option<String> {
    let Place::Elsewhere(uri) = Place::of(uri) else { return None };
    let store = uri.split('/').take(3).collect::<Vec<_>>().join("/");
    Some(format!("they lie in {store}, which only the cloud's own tools copy"))
}

/// The files of one run.
pub(super) struct Files<'a> {
    session: &'a Session,
    run: &'a str,
    place: Place,
    signed: Signed,
    /// How large files are, as far as a listing has told.
    sizes: HashMap<String, u64>,
}

impl<'a> Files<'a> {
    /// Those of a run that is said to have them at `uri`, its `artifact_uri`; nothing is sent.
    pub(super) fn of(session: &'a Session, run: &'a str, uri: &str) -> Self {
        let (place, signed) = (Place::of(uri), Signed::default());
        Self { session, run, place, signed, sizes: HashMap::new() }
    }

    /// The paths of all of them, those in folders too.
    ///
    /// # Errors
    /// As the server refuses.
    pub(super) async fn list(&mut self) -> Result<Vec<String>, Error> {
        self.sizes.clear();
        let (mut found, mut open) = (Vec::new(), vec![String::new()]);
        while let Some(folder) = open.pop() {
            let mut call = Call::get(LIST).query("run_id", self.run);
            if !folder.is_empty() {
                call = call.query("path", folder.clone());
            }
            for file in self.session.list(call, "/files", Paging::PAGE_TOKEN).await? {
                let path = file["path"].as_str().filter(|path| *path != folder);
                let Some(path) = path else { continue };
                if file["is_dir"] == true {
                    open.push(path.to_owned());
                } else {
                    let size = whole(&file["file_size"]).and_then(|size| u64::try_from(size).ok());
                    self.sizes.extend(size.map(|size| (path.to_owned(), size)));
                    found.push(path.to_owned());
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Sees that these files are there with as many bytes, as far as a listing tells. A server may answer from a
    /// stale copy, so one look is not enough to miss something.
    ///
    /// # Errors
    /// As the server refuses; [`Error::Impossible`] for a file that is not there, or with another number of bytes.
    pub(super) async fn check(&mut self, wanted: &[Artifact]) -> Result<(), Error> {
        let mut looks = SECOND_LOOKS.into_iter();
        loop {
            let there = match self.list().await {
                // A server that lists nothing has nothing to say against it.
                Err(error) if error.is_no_call() => return Ok(()),
                listed => listed?,
            };
            let Some(why) = wanted.iter().find_map(|file| self.wrong(file, &there)) else {
                return Ok(());
            };
            match looks.next() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(Error::Impossible { why }),
            }
        }
    }

    /// What is wrong with a file that was written, by what a listing says.
    fn wrong(&self, file: &Artifact, there: &[String]) -> Option<String> {
        if there.binary_search(&file.path).is_err() {
            return Some(format!("{} was written, and is not there", file.path));
        }
        let size = *self.sizes.get(&file.path)?;
        (size != file.size)
            .then(|| format!("{} has {size} bytes where {} were written", file.path, file.size))
    }

    /// Says which files will be asked for next, in order, so that several can be asked for at a time.
    pub(super) fn expect(&mut self, paths: Vec<String>) {
        self.signed.expect(paths);
    }

    /// Downloads one file.
    ///
    /// # Errors
    /// As the server or the disk refuses.
    pub(super) async fn download(
        &mut self,
        file: &str,
        into: &mut dyn Download,
    ) -> Result<(), Error> {
        match &self.place {
            Place::Server(path) => {
                self.session.download(&Call::get(Place::proxy(path, file)), into).await?;
            }
            Place::Own(path) => {
                let from = (self.session, self.run, file);
                if !self.signed.download(from, into).await? {
                    self.place = Place::Dbfs(path.clone());
                    return Box::pin(self.download(file, into)).await;
                }
            }
            Place::Dbfs(path) => {
                let size = self.sizes.get(file).copied();
                blocks::read(self.session, &format!("/{path}/{file}"), size, into).await?;
            }
            Place::Elsewhere(_) => {}
        }
        Ok(())
    }

    /// Uploads one file, over one that is there.
    ///
    /// # Errors
    /// As the server or the disk refuses; [`Error::Elsewhere`] where only the cloud's own tools write.
    pub(super) async fn upload(&mut self, file: &str, bytes: &Part) -> Result<(), Error> {
        match &self.place {
            Place::Server(path) => {
                let call = Call::put(Place::proxy(path, file));
                let call = call.upload(Arc::new(bytes.clone()), "application/octet-stream");
                self.session.response(&call).await?;
            }
            Place::Own(path) => {
                let to = (self.session, self.run, file);
                if !self.signed.upload(to, bytes).await? {
                    self.place = Place::Dbfs(path.clone());
                    return Box::pin(self.upload(file, bytes)).await;
                }
            }
            Place::Dbfs(path) => {
                blocks::write(self.session, &format!("/{path}/{file}"), bytes.reader()).await?;
            }
            Place::Elsewhere(uri) => return Err(Error::Elsewhere { place: uri.clone() }),
        }
        Ok(())
    }
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
        let own = Place::Own("databricks/mlflow-tracking/7/0a/artifacts".to_owned());
        assert_eq!(Place::of("dbfs:/databricks/mlflow-tracking/7/0a/artifacts"), own);
        let dbfs = Place::Dbfs("ml/0a/artifacts".to_owned());
        assert_eq!(Place::of("dbfs:/ml/0a/artifacts"), dbfs);
        for uri in ["s3://acme/x", "dbfs:/Volumes/ml/x/y", "/mlruns/0", "abfss://c@a.dfs/x"] {
            assert_eq!(Place::of(uri), Place::Elsewhere(uri.to_owned()));
        }
        assert_eq!(Place::proxy("1/0a", "a b/é.txt"), format!("{PROXY}/1/0a/a%20b/%C3%A9.txt"));
    }
}
