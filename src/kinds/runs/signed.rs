//! Files in a workspace's own storage, which only lets in whom the workspace has signed an address for.
//!
//! The vendor's REST reference does not have these calls; the `mlflow` package makes them
//! (`DatabricksMlflowArtifactsService` of its protocol). A server that lacks them is asked through DBFS.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::store::{Store, Ticket};
use super::stored::Part;
use crate::client::{Address, Call, Download, Kind, Session};
use crate::kind::Error;

const READ: &str = "/api/2.0/mlflow/artifacts/credentials-for-read";
const WRITE: &str = "/api/2.0/mlflow/artifacts/credentials-for-write";

/// What is missing where no way leads to the storage.
const STORAGE: &str = "storage";

/// How many files are asked for at a time. An address is good for some minutes only.
const AT_ONCE: usize = 50;

/// Which file of which run, and whom to ask.
type File<'a> = (&'a Session, &'a str, &'a str);

/// The tickets that are held for files of one run.
#[derive(Default)]
pub(super) struct Signed {
    ahead: Vec<String>,
    held: HashMap<String, Ticket>,
}

impl Signed {
    /// Says which files will be asked for next, in order.
    pub(super) fn expect(&mut self, paths: Vec<String>) {
        self.ahead = paths;
    }

    /// Downloads a file; `false` where the workspace signs no addresses.
    ///
    /// # Errors
    /// As the workspace, its storage or the disk refuses.
    pub(super) async fn download(
        &mut self,
        file: File<'_>,
        into: &mut dyn Download,
    ) -> Result<bool, Error> {
        for is_last in [false, true] {
            let Some(ticket) = self.ticket(READ, file).await? else { return Ok(false) };
            match reached(file.0, ticket.download(file.0, into).await) {
                Err(error) if is_expired(&error) && !is_last => self.held.clear(),
                done => return done.map(|()| true),
            }
        }
        Ok(true)
    }

    /// Uploads a file, over one that is there; `false` where the workspace signs no addresses.
    ///
    /// # Errors
    /// As the workspace, its storage or the disk refuses.
    pub(super) async fn upload(&mut self, file: File<'_>, bytes: &Part) -> Result<bool, Error> {
        for is_last in [false, true] {
            let Some(ticket) = self.ticket(WRITE, file).await? else { return Ok(false) };
            match reached(file.0, ticket.upload(file.0, bytes).await) {
                Err(error) if is_expired(&error) && !is_last => self.held.clear(),
                done => return done.map(|()| true),
            }
        }
        Ok(true)
    }

    /// What lets a file be had; `None` where the workspace signs no addresses.
    async fn ticket(
        &mut self,
        call: &'static str,
        (session, run, file): File<'_>,
    ) -> Result<Option<Ticket>, Error> {
        if session.lacks(STORAGE) {
            return Err(unreached());
        }
        if let Some(ticket) = self.held.remove(file) {
            return Ok(Some(ticket));
        }
        if session.lacks(call) {
            return Ok(None);
        }
        let start = self.ahead.iter().position(|path| path == file);
        let ahead = start.map_or(&[][..], |start| &self.ahead[start..]);
        let paths: Vec<&str> = match ahead {
            [] => vec![file],
            ahead => ahead.iter().take(AT_ONCE).map(String::as_str).collect(),
        };
        match tickets(session, call, run, &paths).await {
            Err(error) if error.is_no_call() => {
                session.misses(call);
                return Ok(None);
            }
            asked => self.held = asked?,
        }
        let found = self.held.remove(file);
        let field = "an address of every file";
        found.map(Some).ok_or(Error::Answer { call, field })
    }
}

/// Asks for tickets for some files of a run, page by page.
async fn tickets(
    session: &Session,
    call: &'static str,
    run: &str,
    paths: &[&str],
) -> Result<HashMap<String, Ticket>, Error> {
    let (mut told, mut page) = (Vec::new(), None);
    loop {
        let mut body = json!({ "run_id": run, "path": paths });
        if let Some(token) = page {
            body["page_token"] = token;
        }
        // Nothing is changed by being told where to write.
        let mut answer = session.send(&Call::post(call).json(body).reads()).await?;
        let infos = match answer["credential_infos"].take() {
            Value::Array(infos) => infos,
            _ => Vec::new(),
        };
        let next = answer["next_page_token"].as_str().filter(|token| !token.is_empty());
        page = next.filter(|_| !infos.is_empty()).map(|token| json!(token));
        told.extend(infos);
        if page.is_none() {
            return Ok(by_path(paths, &told));
        }
    }
}

/// Whose each ticket is: by the path that it names, or by its place among the others, which is what the vendor's
/// client goes by.
fn by_path(paths: &[&str], told: &[Value]) -> HashMap<String, Ticket> {
    let name = |info: &Value| info["path"].as_str().map(str::to_owned);
    let are_named = told.iter().all(|info| name(info).is_some_and(|path| paths.contains(&&*path)));
    let in_order = paths.iter().map(|path| Some((*path).to_owned()));
    let names: Vec<Option<String>> = match are_named {
        true => told.iter().map(name).collect(),
        false if told.len() == paths.len() => in_order.collect(),
        false => Vec::new(),
    };
    let pairs = names.into_iter().zip(told);
    pairs.filter_map(|(path, info)| Some((path?, ticket(info)?))).collect()
}

fn ticket(info: &Value) -> Option<Ticket> {
    let address = Address::parse(info["signed_uri"].as_str()?)?;
    let store = Store::of(info["type"].as_str())?;
    let mut headers = HeaderMap::new();
    for header in info["headers"].as_array().into_iter().flatten() {
        let name = HeaderName::try_from(header["name"].as_str()?).ok()?;
        let mut value = HeaderValue::try_from(header["value"].as_str()?).ok()?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Some(Ticket { address, headers, store })
}

/// Remembers that no way leads to the storage, so that not every run has to find out.
fn reached(session: &Session, outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(error) if error.kind() == Some(Kind::Connect) && !session.reaches_others() => {
            session.misses(STORAGE);
            Err(unreached())
        }
        other => other,
    }
}

fn unreached() -> Error {
    let why = "the workspace's storage cannot be reached from here; open the way to it";
    Error::Impossible { why: why.to_owned() }
}

/// Whether an address may have been good, and no longer is.
fn is_expired(error: &Error) -> bool {
    matches!(error.kind(), Some(Kind::Denied | Kind::Unauthenticated))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::client::{
        Request, SessionOptions, TransportError, TransportErrorKind as Trouble, from_fn,
    };

    struct Nowhere;

    impl Download for Nowhere {
        fn restart(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn take(&mut self, _: &[u8]) -> io::Result<()> {
            Ok(())
        }
    }

    /// A workspace that answers with these tickets, and whose storage nobody reaches.
    fn session(answer: Value) -> (Session, Arc<AtomicUsize>) {
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = sent.clone();
        let transport = from_fn(move |request: Request| {
            counted.fetch_add(1, Ordering::SeqCst);
            let is_storage = request.uri().authority().is_some();
            let answer = answer.to_string();
            async move {
                match is_storage {
                    true => Err(TransportError::new(Trouble::Connect, "no route")),
                    false => Ok(http::Response::new(answer.into())),
                }
            }
        });
        (Session::new(Arc::new(transport), SessionOptions::default()), sent)
    }

    fn info(path: &str, uri: &str, word: &str) -> Value {
        json!({ "path": path, "signed_uri": uri, "type": word })
    }

    #[tokio::test(start_paused = true)]
    async fn a_storage_that_nobody_reaches_is_not_asked_for_every_run() {
        let info = info("a", "https://acme.example/a?sig=1", "AWS_PRESIGNED_URL");
        let (session, sent) = session(json!({ "credential_infos": [info] }));
        let mut before = None;
        for run in ["1", "2", "3"] {
            let file = (&session, run, "a");
            let error = Signed::default().download(file, &mut Nowhere).await.unwrap_err();
            assert!(error.to_string().contains("cannot be reached from here"), "{error}");
            let sent = sent.load(Ordering::SeqCst);
            assert_eq!(*before.get_or_insert(sent), sent);
        }
    }

    #[test]
    fn a_ticket_is_for_the_file_that_it_names_or_for_the_one_in_its_place() {
        let info = |path: Option<&str>, uri: &str| {
            let mut info = info("", uri, "AWS_PRESIGNED_URL");
            info["path"] = json!(path);
            info
        };
        let (a, b) = ("https://acme.example/a?sig=1", "https://acme.example/b?sig=1");
        let for_b = |told: &[Value]| {
            let mut tickets = by_path(&["a", "b"], told);
            let ticket = tickets.remove("b")?;
            Some(ticket.address == Address::parse(b).unwrap())
        };
        assert_eq!(for_b(&[info(Some("b"), b), info(Some("a"), a)]), Some(true));
        assert_eq!(for_b(&[info(None, a), info(None, b)]), Some(true));
        let absolute = ["7/0a/artifacts/a", "7/0a/artifacts/b"];
        assert_eq!(for_b(&[info(Some(absolute[0]), a), info(Some(absolute[1]), b)]), Some(true));
        assert_eq!(for_b(&[info(None, b)]), None, "whose it is cannot be told");
    }

    #[tokio::test(start_paused = true)]
    async fn a_ticket_that_nobody_understands_is_told() {
        for (uri, word) in [("https://acme.example/a", "FLOPPY_DISK"), ("/a", "GCP_SIGNED_URL")] {
            let (session, _) = session(json!({ "credential_infos": [info("a", uri, word)] }));
            let file = (&session, "1", "a");
            let error = Signed::default().download(file, &mut Nowhere).await.unwrap_err();
            assert!(error.to_string().contains("an address of every file"), "{error}");
        }
    }
}
