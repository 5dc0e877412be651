//! Writing one run: made, filled, and marked as whole at the very end.

use std::collections::HashMap;
use std::io::{BufReader, Read};

use serde_json::{Value, json};

use super::artifacts::{self, Place};
use super::batch::Batch;
use super::document::Document;
use super::point::beyond;
use super::read::history;
use super::tags::{self, Tags};
use crate::client::{Call, Repeat};
use crate::kind::{Error, Writing};
use crate::model::Digest;

/// How many datasets one call names.
const DATASETS: usize = 100;

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
            is_deleted: run["info"]["lifecycle_stage"] == "deleted",
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

type Stored = BufReader<Box<dyn Read + Send>>;

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
        let (document, stored) = Document::open(self.cx.contents.open(digest)?)?;
        if let Some(copy) = first {
            if copy.is_deleted {
                if copy.shown == shown && copy.digest.as_ref() == Some(digest) {
                    self.send("restore", json!({ "run_id": copy.run })).await?;
                    return Ok(copy.run);
                }
            } else if self.mend(source, digest, &document, &copy).await? {
                let is_filled = copy.digest.as_ref() == Some(digest);
                let stored = (!is_filled).then_some(stored);
                return self.finish(&copy.run, digest, &document, stored).await;
            }
        }
        let run = self.create(source, &document).await?;
        let batch = self.batch(source, &run, &document, None);
        self.log(&run, batch).await?;
        self.finish(&run, digest, &document, Some(stored)).await
    }

    async fn send(&self, call: &str, body: Value) -> Result<Value, Error> {
        let call = Call::post(format!("/api/2.0/mlflow/runs/{call}")).json(body);
        Ok(self.cx.session.send(&call.repeat(Repeat::Idempotent)).await?)
    }

    async fn delete(&self, run: &str) -> Result<(), Error> {
        self.send("delete", json!({ "run_id": run })).await.map(drop)
    }

    /// Makes a run that says whose copy it is, and holds nothing yet.
    async fn create(&self, source: &str, document: &Document) -> Result<String, Error> {
        let mut tags = vec![json!({ "key": tags::SOURCE, "value": source })];
        tags.extend(document.user.iter().map(|user| json!({ "key": tags::USER, "value": user })));
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
        let run = answer["run"]["info"]["run_id"].as_str();
        Ok(run.ok_or(Error::Answer { call: CREATE, field: "/run/info/run_id" })?.to_owned())
    }

    fn outward(&self, source: &str, run: &str, document: &Document) -> Tags {
        let copy_of = |of: &str| self.copies.get(of).cloned();
        tags::outward(&document.tags, run, source, copy_of)
    }

    /// What is still to be logged, given what a run holds already.
    fn batch(
        &self,
        source: &str,
        run: &str,
        document: &Document,
        live: Option<&Document>,
    ) -> Batch {
        let none = Tags::new();
        let (params, tags) = live.map_or((&none, &none), |live| (&live.params, &live.tags));
        let list = |wanted: &Tags, known: &Tags| -> Vec<Value> {
            let new = wanted.iter().filter(|(key, value)| known.get(*key) != Some(value));
            new.map(|(key, value)| json!({ "key": key, "value": value })).collect()
        };
        let metrics = document.metrics.iter().flat_map(|(key, points)| {
            let known = live.and_then(|live| live.metrics.get(key)).map_or(&[][..], Vec::as_slice);
            beyond(points, known).into_iter().map(|point| point.written(key))
        });
        Batch {
            params: list(&document.params, params),
            tags: list(&self.outward(source, run, document), tags),
            metrics: metrics.collect(),
        }
    }

    async fn log(&self, run: &str, batch: Batch) -> Result<(), Error> {
        for body in batch.bodies(run) {
            // What is logged twice is there twice, but for parameters and tags.
            let once = body.get("metrics").is_some();
            let repeat = if once { Repeat::Once } else { Repeat::Idempotent };
            let call = Call::post("/api/2.0/mlflow/runs/log-batch").json(body).repeat(repeat);
            self.cx.session.send(&call).await?;
        }
        Ok(())
    }

    /// Brings what is logged in a run into line; answers no where it had to be deleted, because what is
    /// logged cannot be taken back.
    async fn mend(
        &self,
        source: &str,
        digest: &Digest,
        document: &Document,
        copy: &Found,
    ) -> Result<bool, Error> {
        let query = [("run_id", copy.run.clone())];
        let answer = self.cx.session.get("/api/2.0/mlflow/runs/get", &query).await?;
        let run = &answer["run"];
        // Names of tags as they are here, which is what they are compared with.
        let raw_tags = tags::of_list(run["data"].get("tags"));
        let mut live = Document { tags: raw_tags, ..Document::of(run, |_| None) };
        let shown = run["data"]["metrics"].as_array().into_iter().flatten();
        let keys = shown.filter_map(|metric| Some(metric["key"].as_str()?.to_owned())).collect();
        live.metrics = history(self.cx.session, &copy.run, keys).await?;
        let is_surplus = |(key, points): (&String, &Vec<_>)| {
            let wanted = document.metrics.get(key).map_or(&[][..], Vec::as_slice);
            !beyond(points, wanted).is_empty()
        };
        let is_fixed = live.start_time != document.start_time
            || live.params.iter().any(|(key, value)| document.params.get(key) != Some(value))
            || live.metrics.iter().any(is_surplus);
        if is_fixed {
            if copy.run == source {
                return Err(Error::Fixed);
            }
            self.delete(&copy.run).await?;
            return Ok(false);
        }
        if copy.digest.as_ref().is_some_and(|old| old != digest) {
            self.unmark(&copy.run).await?;
        }
        let wanted = self.outward(source, &copy.run, document);
        for key in live.tags.keys().filter(|key| !wanted.contains_key(*key) && !tags::is_own(key)) {
            self.send("delete-tag", json!({ "run_id": copy.run, "key": key })).await?;
        }
        let batch = self.batch(source, &copy.run, document, Some(&live));
        self.log(&copy.run, batch).await?;
        Ok(true)
    }

    /// Takes away the mark of a run that is about to become another.
    async fn unmark(&self, run: &str) -> Result<(), Error> {
        let body = json!({ "run_id": run, "key": tags::DIGEST });
        match self.send("delete-tag", body).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }

    /// Writes datasets and files, then how the run ended, then that it is whole.
    async fn finish(
        &self,
        run: &str,
        digest: &Digest,
        document: &Document,
        stored: Option<Stored>,
    ) -> Result<String, Error> {
        if let Some(stored) = stored {
            for datasets in document.inputs.chunks(DATASETS) {
                self.send("log-inputs", json!({ "run_id": run, "datasets": datasets })).await?;
            }
            self.upload(run, document, stored).await?;
        }
        let mut end = json!({ "run_id": run, "status": document.status });
        if let Some(time) = document.end_time {
            end["end_time"] = json!(time);
        }
        if let Some(name) = &document.name {
            end["run_name"] = json!(name);
        }
        self.send("update", end).await?;
        let mark = json!({ "run_id": run, "key": tags::DIGEST, "value": digest });
        self.send("set-tag", mark).await?;
        Ok(run.to_owned())
    }

    async fn upload(
        &self,
        run: &str,
        document: &Document,
        mut stored: Stored,
    ) -> Result<(), Error> {
        if document.artifacts.is_empty() {
            return Ok(());
        }
        let query = [("run_id", run.to_owned())];
        let answer = self.cx.session.get("/api/2.0/mlflow/runs/get", &query).await?;
        let uri = answer["run"]["info"]["artifact_uri"].as_str().unwrap_or_default();
        let place = Place::of(uri);
        for artifact in &document.artifacts {
            let mut bytes = (&mut stored).take(artifact.size);
            artifacts::upload(self.cx.session, &place, &artifact.path, &mut bytes).await?;
        }
        Ok(())
    }
}
