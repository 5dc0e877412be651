//! MLflow runs: one resource for the runs of an experiment that began on one day.
//!
//! API: <https://docs.databricks.com/api/workspace/experiments>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use super::{mlflow_experiment, runs};
use crate::kind::rule;
use crate::kind::{
    Api, Call, Created, Details, Error, Hooks, Kind, Listed, Listing, Live, Paging, Reading, Ref,
    Wanted, Writing,
};
use crate::model::{Address, Finding, Resource, as_ref};

pub(crate) static KIND: Kind = Kind {
    name: "mlflow_run",
    about: "MLflow runs with all their metrics, datasets and files, by experiment and day.",
    docs: "https://docs.databricks.com/api/workspace/experiments",
    api: Api {
        list: Call::post("/api/2.0/mlflow/runs/search")
            .items("runs")
            .paged(Paging::Body("max_results", 1000)),
        get: Some(Call::get("/api/2.0/mlflow/runs/get").query_id("run_id")),
        create: Some(Call::post("/api/2.0/mlflow/runs/create")),
        update: Some(Call::post("/api/2.0/mlflow/runs/update").body_id("run_id")),
        delete: Some(Call::post("/api/2.0/mlflow/runs/delete").body_id("run_id")),
    },
    id: "/id",
    key: "/key",
    refs: &[
        Ref::id("/experiment_id", &[&mlflow_experiment::KIND]),
        Ref::id("/parents/*", &[&KIND]),
    ],
    rules: &[
        rule::output_only("/id", "made of the experiment's identifier"),
        rule::output_only("/key", "made of the experiment's name"),
        rule::free_path("/key", "begins with the experiment's name"),
        rule::immutable("/experiment_id", "a run stays where it was made"),
        rule::blob("/runs/*", "a run may be large"),
        rule::server_filled("/runs", "the target may have runs of its own"),
        rule::server_filled("/runs/*", "the target may have runs of its own"),
        rule::server_filled("/shown", "the target may have runs of its own"),
        rule::server_filled("/shown/*", "the target may have runs of its own"),
        rule::server_filled("/parents", "the target may have runs of its own"),
        rule::server_filled("/parents/*", "the target may have runs of its own"),
    ],
    by_day: true,
    hooks: &Runs,
    ..Kind::REGULAR
}
.checked();

struct Runs;

/// What a day is compared by; the rest is of use while it is read and written.
const FIELDS: [&str; 5] = ["experiment_id", "runs", "shown", "parents", "notes"];

impl Hooks for Runs {
    fn shape(&self, mut raw: Value) -> Value {
        if let Some(map) = raw.as_object_mut() {
            map.retain(|field, _| FIELDS.contains(&field.as_str()));
        }
        raw
    }

    /// What reading had to leave out was noted with the day.
    fn inspect(&self, resource: &mut Resource) -> Vec<Finding> {
        let notes = resource.spec.as_object_mut().and_then(|spec| spec.remove("notes"));
        let mut findings: Vec<Finding> =
            notes.and_then(|notes| serde_json::from_value(notes).ok()).unwrap_or_default();
        for finding in &mut findings {
            finding.about = resource.address.to_string();
        }
        findings
    }

    /// What was logged cannot be taken back.
    fn is_history(&self) -> bool {
        true
    }

    fn holds_data(&self) -> bool {
        true
    }

    /// A run that is copied anew is not shown before it is whole.
    fn detours(&self) -> &'static [&'static str] {
        &["/shown", "/parents"]
    }

    /// Parents that come later are linked later.
    fn without(&self, spec: &Value, deferred: &[Address]) -> Option<Value> {
        let mut first = spec.clone();
        let parents = first.get_mut("parents")?.as_object_mut()?;
        parents.retain(|_, day| as_ref(day).is_none_or(|address| !deferred.contains(&address)));
        if parents.is_empty()
            && let Some(spec) = first.as_object_mut()
        {
            spec.remove("parents");
        }
        Some(first)
    }

    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        runs::list(cx).boxed()
    }

    fn read<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        runs::read(cx, listed).boxed()
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        runs::fresh(cx, listed).boxed()
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        runs::create(cx, wanted).boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        _: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        runs::write(cx, wanted).boxed()
    }

    fn delete<'a>(&'a self, cx: Writing<'a>, live: Live) -> BoxFuture<'a, Result<(), Error>> {
        runs::delete(cx, live).boxed()
    }
}
