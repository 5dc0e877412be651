//! Writing one run: made, filled, and marked as whole at the very end.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use super::artifacts::Files;
use super::batch::Batch;
use super::document::Document;
use super::history;
use super::point::beyond;
use super::search::is_deleted;
use super::series::{Series, Spool};
use super::stored::Stored;
use super::tags::{self, Tags};
use crate::client::{Call, Repeat};
use crate::kind::{Error, Writing};
use crate::model::Digest;

/// How many datasets one call names.
const DATASETS: usize = 100;

/// How many tags, beside our own, go with the call that makes a run.
const TAGS_AT_FIRST: usize = 90;

/// A run of the target that is a copy of a wanted one, or the wanted one itself.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Its identifier.
    pub(super) run: String,
    /// Whether it was deleted; it can be restored for some time.
    pub(super) is_deleted: bool,
    /// What was copied, where that was finished.
    pub(super) digest: Option<Digest>,
    shown: String,
    /// The parent that was not there when it was copied.
    unlinked: Option<String>,
}

impl Found {
    /// Reads what a search shows.
    pub(super) fn of(run: &Value, tags: &Tags) -> Self {
        Self {
            run: run["info"]["run_id"].as_str().unwrap_or_default().to_owned(),
            is_deleted: is_deleted(run),
            digest: tags.get(tags::DIGEST).and_then(|digest| Digest::parse(digest)),
            shown: Document::shown(run),
            unlinked: tags.get(&tags::kept(tags::PARENT)).cloned(),
        }
    }

    /// Whether it is what is wanted. The wanted run itself bears no mark.
    pub(super) fn is(&self, source: &str, digest: &Digest, shown: &str) -> bool {
        let is_original = self.digest.is_none() && self.run == source;
        !self.is_deleted
            && self.shown == shown
            && (is_original || self.digest.as_ref() == Some(digest))
    }

    /// Whether its parent is known now and was not when it was copied.
    pub(super) fn misses_parent(&self, parents: &Value) -> bool {
        self.unlinked.as_ref().is_some_and(|parent| parents.get(parent).is_some())
    }
}

/// Runs on their way into an experiment.
pub(super) struct Copying<'a> {
    /// The workspace, and where the bytes come from.
    pub(super) cx: Writing<'a>,
    /// The experiment's identifier.
    pub(super) experiment: &'a str,
    /// What runs of the source are here, as far as is known.
    pub(super) copies: HashMap<String, String>,
}

/// A run of the target that is being written.
struct Copy {
    /// Its identifier.
    run: String,
    /// Where its files are, as far as the server has told.
    place: Option<String>,
    /// The datasets that it is known to have.
    inputs: Vec<Value>,
}

impl Copy {
    fn of(run: &Value) -> Option<Self> {
        let text = |field: &str| {
            run["info"][field].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let inputs = run["inputs"]["dataset_inputs"].as_array().cloned().unwrap_or_default();
        Some(Self { run: text("run_id")?, place: text("artifact_uri"), inputs })
    }
}

impl Copying<'_> {
    /// Makes sure that a run is there, and answers what it is called here.
    ///
    /// # Errors
    /// As the server or the disk refuses. What is written by then bears no mark, and is completed or
    /// replaced the next time.
    pub(super) async fn write(
        &self,
        source: &str,
        digest: &Digest,
        shown: &str,
        there: Vec<Found>,
    ) -> Result<String, Error> {
        let mut there = there.into_iter();
        let first = there.next();
        for other in there.filter(|other| !other.is_deleted && other.digest.is_none()) {
            self.delete(&other.run).await?;
        }
        let stored = Stored::open(self.cx.contents.open(digest)?)?;
        if let Some(found) = first {
            if found.is_deleted {
                if found.shown == shown && found.digest.as_ref() == Some(digest) {
                    self.send("restore", json!({ "run_id": found.run })).await?;
                    return Ok(found.run);
                }
            } else if let Some(copy) = self.mend(source, digest, &stored, &found).await? {
                if found.digest.as_ref() != Some(digest) {
                    self.fill(&copy, &stored).await?;
                }
                return self.finish(copy, digest, &stored.document).await;
            }
        }
        let copy = self.create(source, &stored.document).await?;
        let tags = self.later_tags(source, &copy.run, &stored.document);
        let params = pairs(&stored.document.params, &Tags::new());
        self.log(&copy.run, Batch::new(&params, &tags, stored.metrics())).await?;
        self.fill(&copy, &stored).await?;
        self.finish(copy, digest, &stored.document).await
    }

    async fn send(&self, call: &str, body: Value) -> Result<Value, Error> {
        let call = Call::post(format!("/api/2.0/mlflow/runs/{call}")).json(body);
        Ok(self.cx.session.send(&call.repeat(Repeat::Idempotent)).await?)
    }

    async fn delete(&self, run: &str) -> Result<(), Error> {
        self.send("delete", json!({ "run_id": run })).await.map(drop)
    }

    /// Makes a run that says whose copy it is, with as many of its tags as can be told by now.
    async fn create(&self, source: &str, document: &Document) -> Result<Copy, Error> {
        let mut tags = vec![json!({ "key": tags::SOURCE, "value": source })];
        tags.extend(document.user.iter().map(|user| json!({ "key": tags::USER, "value": user })));
        // Most servers make this tag of the name; the others keep what they are sent.
        tags.extend(document.name.iter().map(|name| json!({ "key": tags::NAME, "value": name })));
        tags.extend(self.first_tags(source, document));
        let mut body = json!({
            "experiment_id": self.experiment,
            "start_time": document.start_time.unwrap_or(super::document::NO_TIME),
            // Servers make up a name where there is none.
            "run_name": document.name.as_deref().unwrap_or(source),
            "tags": tags,
        });
        if let Some(user) = &document.user {
            body["user_id"] = json!(user);
        }
        const CREATE: &str = "/api/2.0/mlflow/runs/create";
        let answer = self.cx.session.send(&Call::post(CREATE).json(body)).await?;
        let missing = Error::Answer { call: CREATE, field: "/run/info/run_id" };
        Copy::of(&answer["run"]).ok_or(missing)
    }

    fn outward(&self, source: &str, run: &str, document: &Document) -> Tags {
        let copy_of = |of: &str| self.copies.get(of).cloned();
        let mut tags = tags::outward(&document.tags, run, source, copy_of);
        let absent = document.absent_files.iter().map(|why| (tags::ABSENT.to_owned(), why.clone()));
        tags.extend(absent);
        tags
    }

    /// The tags that go with the call which makes the run: they come in one piece and save a call.
    fn first_tags(&self, source: &str, document: &Document) -> Vec<Value> {
        let (one, other) = ["0", "1"].map(|run| self.outward(source, run, document)).into();
        let same = one.iter().filter(|(key, value)| other.get(*key) == Some(value));
        same.take(TAGS_AT_FIRST).map(pair).collect()
    }

    /// The tags that are left: those with the run's own identifier, and those beyond what one call takes.
    fn later_tags(&self, source: &str, run: &str, document: &Document) -> Vec<Value> {
        let first = self.first_tags(source, document);
        let all = self.outward(source, run, document);
        all.iter().map(pair).filter(|tag| !first.contains(tag)).collect()
    }

    async fn log<R: BufRead>(&self, run: &str, mut batch: Batch<R>) -> Result<(), Error> {
        while let Some(body) = batch.next(run)? {
            // What is logged twice is there twice, but for parameters and tags.
            let repeat = if body.is_once { Repeat::Once } else { Repeat::Idempotent };
            let call = Call::post("/api/2.0/mlflow/runs/log-batch");
            let call = call.bytes(body.text, "application/json").repeat(repeat);
            self.cx.session.send(&call).await?;
        }
        Ok(())
    }

    /// Brings what is logged in a run into line; answers nothing where it had to be deleted, because what
    /// is logged cannot be taken back.
    async fn mend(
        &self,
        source: &str,
        digest: &Digest,
        stored: &Stored,
        found: &Found,
    ) -> Result<Option<Copy>, Error> {
        let document = &stored.document;
        let query = [("run_id", found.run.clone())];
        let answer = self.cx.session.get("/api/2.0/mlflow/runs/get", &query).await?;
        let run = &answer["run"];
        // Names of tags as they are here, which is what they are compared with.
        let raw_tags = tags::of_list(run["data"].get("tags"));
        let live = Document { tags: raw_tags, ..Document::of(run, |_| None) };
        let is_fixed = live.start_time != document.start_time
            || live.params.iter().any(|(key, value)| document.params.get(key) != Some(value));
        let missing = if is_fixed { None } else { self.missing(run, stored).await? };
        let (Some(missing), Some(copy)) = (missing, Copy::of(run)) else {
            if found.run == source {
                return Err(Error::Fixed);
            }
            self.delete(&found.run).await?;
            return Ok(None);
        };
        if found.digest.as_ref().is_some_and(|old| old != digest) {
            self.unmark(&copy.run).await?;
        }
        let wanted = self.outward(source, &copy.run, document);
        for key in live.tags.keys().filter(|key| !wanted.contains_key(*key) && !tags::is_own(key)) {
            self.send("delete-tag", json!({ "run_id": copy.run, "key": key })).await?;
        }
        let metrics = missing.finish()?.map(|values| Series::new(BufReader::new(values)));
        let (params, tags) = (pairs(&document.params, &live.params), pairs(&wanted, &live.tags));
        self.log(&copy.run, Batch::new(&params, &tags, metrics)).await?;
        Ok(Some(copy))
    }

    /// The values that a run lacks; nothing where it has some that it must not have.
    async fn missing(&self, run: &Value, stored: &Stored) -> Result<Option<Spool>, Error> {
        let id = run["info"]["run_id"].as_str().unwrap_or_default();
        let (mut live, mut missing) = (history::keys(run), Spool::new());
        if let Some(mut series) = stored.metrics() {
            while let Some(key) = series.key()? {
                let wanted = series.points()?;
                let known = match live.remove(&key) {
                    true => history::of(self.cx.session, id, &key).await?,
                    false => Vec::new(),
                };
                if !beyond(&known, &wanted).is_empty() {
                    return Ok(None);
                }
                missing.add(&key, beyond(&wanted, &known))?;
            }
        }
        Ok(live.is_empty().then_some(missing))
    }

    /// Takes away the mark of a run that is about to become another.
    async fn unmark(&self, run: &str) -> Result<(), Error> {
        let body = json!({ "run_id": run, "key": tags::DIGEST });
        match self.send("delete-tag", body).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }

    /// Writes datasets and files.
    async fn fill(&self, copy: &Copy, stored: &Stored) -> Result<(), Error> {
        let Copy { run, place, inputs } = copy;
        // Not every server knows a dataset again that it was told of before.
        let missing: Vec<&Value> =
            stored.document.inputs.iter().filter(|input| !inputs.contains(input)).collect();
        for datasets in missing.chunks(DATASETS) {
            self.send("log-inputs", json!({ "run_id": run, "datasets": datasets })).await?;
        }
        if stored.document.artifacts.is_empty() {
            return Ok(());
        }
        let place = match place {
            Some(uri) => uri.clone(),
            None => {
                let query = [("run_id", run.clone())];
                let answer = self.cx.session.get("/api/2.0/mlflow/runs/get", &query).await?;
                answer["run"]["info"]["artifact_uri"].as_str().unwrap_or_default().to_owned()
            }
        };
        let mut files = Files::of(self.cx.session, run, &place);
        files.expect(stored.document.artifacts.iter().map(|one| one.path.clone()).collect());
        for (artifact, bytes) in stored.files() {
            files.upload(&artifact.path, &bytes).await?;
        }
        files.check(&stored.document.artifacts).await
    }

    /// Writes how the run ended, then that it is whole.
    async fn finish(
        &self,
        copy: Copy,
        digest: &Digest,
        document: &Document,
    ) -> Result<String, Error> {
        let mut end = json!({ "run_id": copy.run, "status": document.status });
        if let Some(time) = document.end_time {
            end["end_time"] = json!(time);
        }
        if let Some(name) = &document.name {
            end["run_name"] = json!(name);
        }
        self.send("update", end).await?;
        let mark = json!({ "run_id": copy.run, "key": tags::DIGEST, "value": digest });
        self.send("set-tag", mark).await?;
        Ok(copy.run)
    }
}

/// A key and its value, as calls take them.
fn pair((key, value): (&String, &String)) -> Value {
    json!({ "key": key, "value": value })
}

/// The wanted pairs that are not known to be there.
fn pairs(wanted: &Tags, known: &Tags) -> Vec<Value> {
    wanted.iter().filter(|(key, value)| known.get(*key) != Some(value)).map(pair).collect()
}
