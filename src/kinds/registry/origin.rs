//! Where a version comes from: a run, by the identifier that it has at its source.
//!
//! A run has another identifier in every workspace. A copied one bears the first of them in a tag, and
//! that is what a version is known to come from, wherever it is.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::super::runs;
use super::text;
use crate::client::Call;
use crate::kind::{Error, Reading, Writing, at, whole};
use crate::model::ServerId;

/// The tag of a copied run that holds the identifier of its original.
const SOURCE_RUN: &str = "brickform.source_run_id";

const GET_RUN: &str = "/api/2.0/mlflow/runs/get";

/// What is read of the runs that versions come from.
pub(in crate::kinds) struct Origins<'a> {
    cx: Reading<'a>,
    /// Names of experiments, by identifier.
    experiments: Mutex<BTreeMap<String, String>>,
}

impl<'a> Origins<'a> {
    /// Nothing read yet.
    pub(in crate::kinds) fn new(cx: Reading<'a>) -> Self {
        Self { cx, experiments: Mutex::default() }
    }

    /// Says beside a version where it comes from, if its run is there: experiment, day, run, and the
    /// path within the run's files.
    ///
    /// # Errors
    /// As the server refuses.
    pub(in crate::kinds) async fn tell(&self, version: &mut Value) -> Result<(), Error> {
        let Some(id) = text(version, "/run_id").map(str::to_owned) else { return Ok(()) };
        let answer = self.cx.session.send(&Call::get(GET_RUN).query("run_id", &id)).await;
        let mut answer = match answer.map_err(Error::from) {
            Err(error) if error.is_not_found() => return Ok(()),
            other => other?,
        };
        let run = answer["run"].take();
        let info = &run["info"];
        let Some(experiment) = at(info, "/experiment_id").and_then(ServerId::from_value) else {
            return Ok(());
        };
        if text(info, "/lifecycle_stage") == Some("deleted") {
            return Ok(());
        }
        let Some(experiment) = self.experiment(experiment.as_str()).await? else { return Ok(()) };
        let started = at(info, "/start_time").and_then(whole).unwrap_or_default();
        version["run"] = json!({
            "experiment": experiment,
            "day": day_of(started),
            "run_id": source_of(&run).unwrap_or(&id),
        });
        let source = text(version, "/source").unwrap_or_default();
        let uri = text(info, "/artifact_uri").unwrap_or_default();
        let places = [uri.to_owned(), format!("runs:/{id}")];
        if let Some(path) = places.iter().find_map(|place| below(source, place)) {
            version["run"]["path"] = json!(path);
        }
        Ok(())
    }

    async fn experiment(&self, id: &str) -> Result<Option<String>, Error> {
        let known = || self.experiments.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known().get(id) {
            return Ok(Some(name.clone()));
        }
        let call = Call::get("/api/2.0/mlflow/experiments/get").query("experiment_id", id);
        let answer = match self.cx.session.send(&call).await.map_err(Error::from) {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other?,
        };
        let name = text(&answer, "/experiment/name").map(str::to_owned);
        if let Some(name) = &name {
            known().insert(id.to_owned(), name.clone());
        }
        Ok(name)
    }
}

/// The day a moment is on, in UTC.
fn day_of(millis: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

fn source_of(run: &Value) -> Option<&str> {
    let tags = run.get("data")?.get("tags")?.as_array()?;
    tags.iter().find(|tag| tag["key"] == SOURCE_RUN)?.get("value")?.as_str()
}

/// The path of `source` within `place`; empty for the place itself.
fn below<'a>(source: &'a str, place: &str) -> Option<&'a str> {
    let rest = source.strip_prefix(place).filter(|_| !place.is_empty())?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A run that a version is made from, in the workspace where it is made.
pub(in crate::kinds) struct RunOf {
    /// Its identifier there.
    pub(in crate::kinds) id: String,
    /// Where its files are there.
    artifact_uri: String,
}

impl RunOf {
    /// Finds the run that a version is said to come from.
    ///
    /// # Errors
    /// As the server refuses; [`Error::Impossible`] if the run is not there.
    pub(in crate::kinds) async fn find(cx: Writing<'_>, run: &Value) -> Result<Self, Error> {
        let (experiment, source) = (
            text(run, "/experiment").unwrap_or_default(),
            text(run, "/run_id").unwrap_or_default(),
        );
        let lost = || Error::Impossible {
            why: format!(
                "the run it was made from, {source} of the experiment {experiment}, is not in this workspace; \
                 bring the experiment's runs along, or leave this version out"
            ),
        };
        let call = Call::get("/api/2.0/mlflow/experiments/get-by-name")
            .query("experiment_name", experiment);
        let found = match cx.session.send(&call).await.map_err(Error::from) {
            Err(error) if error.is_not_found() => return Err(lost()),
            other => other?,
        };
        let id = at(&found, "/experiment/experiment_id").and_then(ServerId::from_value);
        let id = id.ok_or_else(lost)?;
        if source.contains('\'') {
            return Err(lost());
        }
        if let Some(copy) = runs::copy_of(cx.session, id.as_str(), source).await? {
            return Self::of(&copy["info"]).ok_or_else(lost);
        }
        let call = Call::get(GET_RUN).query("run_id", source);
        let original = match cx.session.send(&call).await.map_err(Error::from) {
            Err(error) if error.is_not_found() || error.is_invalid() => return Err(lost()),
            other => other?,
        };
        let info = at(&original, "/run/info");
        let of = |info: &Value| at(info, "/experiment_id").and_then(ServerId::from_value);
        info.filter(|info| of(info).is_some_and(|of| of.as_str() == id.as_str()))
            .and_then(Self::of)
            .ok_or_else(lost)
    }

    fn of(info: &Value) -> Option<Self> {
        let part = |pointer| text(info, pointer).map(str::to_owned);
        Some(Self { id: part("/run_id")?, artifact_uri: part("/artifact_uri")? })
    }

    /// The address of a path within its files.
    pub(in crate::kinds) fn place(&self, path: &str) -> String {
        let root = self.artifact_uri.trim_end_matches('/');
        if path.is_empty() { root.to_owned() } else { format!("{root}/{path}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_lies_in_a_run_or_elsewhere() {
        let place = "dbfs:/databricks/mlflow-tracking/1/2/artifacts";
        assert_eq!(below(&format!("{place}/model"), place), Some("model"));
        assert_eq!(below(place, place), Some(""));
        assert_eq!(below(&format!("{place}2/model"), place), None);
        assert_eq!(below("s3://bucket/model", place), None);
        assert_eq!(below("s3://bucket/model", ""), None);
    }

    #[test]
    fn a_day_is_one_of_utc() {
        assert_eq!(day_of(1_747_440_000_000), "2025-05-17");
        assert_eq!(day_of(-1), "1969-12-31");
    }
}
