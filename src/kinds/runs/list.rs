//! Listing runs as days: every run is looked at, and little of each is held on to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::super::{mlflow_experiment, mlflow_run};
use super::artifacts::beyond_reach;
use super::day::Day;
use super::document::{Document, source_of, started};
use super::left_out::LeftOut;
use super::search::{Search, View, is_deleted, since, spell};
use super::{stored, tags};
use crate::kind::{Error, Listed, Listing, Reading, Scope, is_within};
use crate::model::{Address, Digest, Finding, ServerId, as_blob};

/// How many experiments one search is about.
const EXPERIMENTS_AT_ONCE: usize = 50;

/// An experiment whose runs are listed.
#[derive(Clone, Debug)]
pub(super) struct Experiment {
    pub(super) id: String,
    pub(super) name: String,
}

/// What is held on to of a run.
struct Row {
    run: String,
    source: String,
    experiment: String,
    day: Day,
    parent: Option<String>,
    shown: String,
    is_running: bool,
    /// Why another attempt would not find its files either, if it left some.
    beyond_reach: Option<String>,
    /// What was copied, if it is a copy; nothing where that was not finished.
    copied: Option<Option<String>>,
}

impl Row {
    fn of(run: &Value) -> Option<Self> {
        let id = run["info"]["run_id"].as_str()?;
        let tags = tags::of_list(run["data"].get("tags"));
        Some(Self {
            run: id.to_owned(),
            source: source_of(run, &tags),
            experiment: run["info"]["experiment_id"].as_str()?.to_owned(),
            day: Day::of(started(run)),
            parent: tags.get(tags::PARENT).cloned(),
            shown: Document::shown(run),
            is_running: run["info"]["status"] == "RUNNING",
            beyond_reach: tags
                .get(tags::ABSENT)
                .cloned()
                .or_else(|| beyond_reach(run["info"]["artifact_uri"].as_str().unwrap_or_default())),
            copied: tags.contains_key(tags::SOURCE).then(|| tags.get(tags::DIGEST).cloned()),
        })
    }

    fn day_id(&self) -> String {
        day_id(&self.experiment, self.day)
    }

    fn is_unfinished(&self) -> bool {
        matches!(self.copied, Some(None))
    }
}

/// The identifier of an experiment's runs of one day.
fn day_id(experiment: &str, day: Day) -> String {
    day.key(experiment)
}

/// The experiment and the day that such an identifier means.
pub(super) fn meant(id: &str) -> Option<(&str, Day)> {
    Day::split(id)
}

/// The experiments in which something is asked for, and how many more of them are deleted.
async fn experiments(cx: Reading<'_>) -> Result<(Vec<Experiment>, usize), Error> {
    let mut listed = mlflow_experiment::all(cx).await?;
    let is_asked = |name: &str| match cx.scope {
        Scope::Everything | Scope::Since(_) => true,
        Scope::Keys(keys) => {
            keys.iter().any(|key| Day::split(key).is_some_and(|(of, _)| of == name))
        }
        Scope::Places { within, .. } => {
            cx.scope.has(name) || within.iter().any(|place| is_within(place, name))
        }
    };
    listed.retain(|(_, name, _)| is_asked(name));
    let all = listed.len();
    let active = listed.into_iter().filter(|(.., is_deleted)| !is_deleted);
    let active: Vec<_> = active.map(|(id, name, _)| Experiment { id, name }).collect();
    let deleted = all - active.len();
    Ok((active, deleted))
}

/// The first and the last day that are asked for of an experiment, if not all are.
fn span(scope: &Scope, experiment: &str) -> Option<(Day, Day)> {
    let Scope::Keys(keys) = scope else { return None };
    let days = || {
        let split = keys.iter().filter_map(|key| Day::split(key));
        split.filter(|(name, _)| *name == experiment).map(|(_, day)| day)
    };
    Some((days().min()?, days().max()?))
}

async fn take(mut search: Search<'_>, rows: &mut Vec<Row>) -> Result<(), Error> {
    while let Some(page) = search.next().await? {
        rows.extend(page.iter().filter_map(Row::of));
    }
    Ok(())
}

/// Adds the parents that began on days which were not looked at.
async fn add_parents(cx: Reading<'_>, rows: &mut Vec<Row>) -> Result<(), Error> {
    let known: HashSet<&str> = rows.iter().map(|row| row.run.as_str()).collect();
    let parents = rows.iter().filter_map(|row| row.parent.as_deref());
    let missing: BTreeSet<String> =
        parents.filter(|parent| !known.contains(parent)).map(str::to_owned).collect();
    for parent in missing {
        let query = [("run_id", parent)];
        let run = cx.session.get("/api/2.0/mlflow/runs/get", &query).await.map_err(Error::from);
        match run {
            Ok(mut run) if !is_deleted(&run["run"]) => {
                spell(&mut run["run"]);
                rows.extend(Row::of(&run["run"]));
            }
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Lists the days of every experiment in scope.
///
/// # Errors
/// As the server refuses.
pub(in crate::kinds) async fn list(cx: Reading<'_>) -> Result<Listing, Error> {
    let (experiments, deleted) = experiments(cx).await?;
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    if matches!(cx.scope, Scope::Keys(_)) {
        for experiment in &experiments {
            if let Some(days) = span(cx.scope, &experiment.name) {
                let search = Search::days(cx.session, &experiment.id, days, View::Active);
                take(search, &mut rows).await?;
            }
        }
        add_parents(cx, &mut rows).await?;
    } else {
        let first = match cx.scope {
            Scope::Since(date) => Some(Day::new(*date)),
            _ => None,
        };
        let mut left_out = LeftOut::new(deleted, first);
        for some in experiments.chunks(EXPERIMENTS_AT_ONCE) {
            let ids: Vec<&str> = some.iter().map(|experiment| experiment.id.as_str()).collect();
            let filter = first.map(since).unwrap_or_default();
            take(Search::new(cx.session, &ids, &filter, View::Active), &mut rows).await?;
            if cx.depth.is_whole() {
                left_out.count(cx.session, &ids).await;
            }
        }
        if first.is_some() {
            add_parents(cx, &mut rows).await?;
        }
        findings = left_out.findings();
    }
    let names: HashMap<&str, &str> =
        experiments.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let name = |id: &str| names.get(id).map(|name| (*name).to_owned());
    let mut listing = gather(cx, &rows, name);
    listing.objects.retain(|one| cx.scope.has(&one.key));
    listing.findings.append(&mut findings);
    Ok(listing)
}

/// The runs of one experiment that began on one day; nothing where there are none.
///
/// # Errors
/// As the server refuses.
pub(super) async fn one(cx: Reading<'_>, listed: &Listed) -> Result<Option<Listed>, Error> {
    let Some((experiment, day)) = meant(listed.id.as_str()) else { return Ok(None) };
    let mut rows = Vec::new();
    take(Search::days(cx.session, experiment, (day, day), View::Active), &mut rows).await?;
    add_parents(cx, &mut rows).await?;
    let name = Day::split(&listed.key).map(|(name, _)| name.to_owned());
    let listing = gather(cx, &rows, |id| name.clone().filter(|_| id == experiment));
    Ok(listing.objects.into_iter().find(|one| one.id == listed.id))
}

/// Makes days of runs.
fn gather(cx: Reading<'_>, rows: &[Row], name: impl Fn(&str) -> Option<String>) -> Listing {
    let by_run: HashMap<&str, &Row> = rows.iter().map(|row| (row.run.as_str(), row)).collect();
    let mut days: BTreeMap<(&str, Day), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        days.entry((&row.experiment, row.day)).or_default().push(row);
    }
    let (mut listing, mut unfinished) = (Listing::default(), 0);
    for ((experiment, day), rows) in days {
        let Some(name) = name(experiment) else { continue };
        let key = day.key(&name);
        let mut made = Made::new(cx, &key);
        for row in rows {
            made.add(row, &by_run);
        }
        unfinished += made.unfinished;
        let id = day_id(experiment, day);
        let created = day.bounds().0;
        let mut raw = made.raw;
        raw.insert("id".to_owned(), json!(id));
        raw.insert("key".to_owned(), json!(key));
        raw.insert("experiment_id".to_owned(), json!(experiment));
        let Some(id) = ServerId::from_value(&json!(id)) else { continue };
        let raw = Value::Object(raw);
        listing.objects.push(Listed { kind: &mlflow_run::KIND, id, key, created, raw });
    }
    if unfinished > 0 && cx.depth.is_whole() {
        let message = format!("{unfinished} copies of runs are not finished, or there twice");
        let finding = Finding::warning("unfinished-copy", mlflow_run::KIND.name, message);
        listing
            .findings
            .push(finding.hint("they are left out; apply the plan that made them again"));
    }
    listing
}

/// A day in the making.
struct Made<'a> {
    cx: Reading<'a>,
    before: Option<&'a Value>,
    raw: Map<String, Value>,
    /// Runs that are copies of others and not whole, or not the only ones.
    unfinished: usize,
}

impl<'a> Made<'a> {
    fn new(cx: Reading<'a>, key: &str) -> Self {
        let address = Address::new(mlflow_run::KIND.name, key);
        let before = cx.depth.snapshot().and_then(|snapshot| snapshot.resources.get(&address));
        let raw = Map::from_iter([("runs".to_owned(), json!({})), ("shown".to_owned(), json!({}))]);
        Self { cx, before: before.map(|resource| &resource.spec), raw, unfinished: 0 }
    }

    fn put(&mut self, field: &str, key: &str, value: Value) {
        let map = self.raw.entry(field).or_insert_with(|| json!({}));
        map[key] = value;
    }

    /// The digest of a run that an earlier or a wanted snapshot has, if it is the same run.
    fn known(&self, row: &Row) -> Option<String> {
        let before = self.before?;
        let is_same = before.get("shown")?.get(&row.source)?.as_str() == Some(&row.shown);
        let digest = as_blob(before.get("runs")?.get(&row.source)?)?.to_string();
        is_same.then_some(digest)
    }

    /// Whether reading a run anew would bring no more of it than the earlier snapshot has; what that lacks is counted.
    fn is_as_whole_as_can_be(&mut self, row: &Row, known: &str) -> bool {
        let lacks = |digest: &Digest| stored::is_without_files(self.cx.blobs, digest);
        if !self.cx.depth.is_whole() || !Digest::parse(known).as_ref().is_some_and(lacks) {
            return true;
        }
        let Some(why) = &row.beyond_reach else { return false };
        let left_out = self.raw.entry("left_out").or_insert_with(|| json!({}));
        left_out[why] = json!(left_out[why].as_u64().unwrap_or_default() + 1);
        true
    }

    fn add(&mut self, row: &Row, by_run: &HashMap<&str, &Row>) {
        let is_second = self.raw["runs"].get(&row.source).is_some();
        if is_second || row.is_unfinished() {
            self.unfinished += 1;
            return;
        }
        let known = self.known(row);
        let known = known.filter(|known| self.is_as_whole_as_can_be(row, known));
        let digest = match &row.copied {
            Some(copied) if !self.cx.depth.is_whole() => copied.clone(),
            Some(copied) => known.filter(|known| Some(known) == copied.as_ref()),
            // A run that still runs may leave files of which a search shows nothing.
            None => known.filter(|_| !(self.cx.depth.is_whole() && row.is_running)),
        };
        self.put("runs", &row.source, json!(digest.unwrap_or_else(|| UNREAD.to_owned())));
        self.put("shown", &row.source, json!(row.shown));
        self.put("live", &row.source, json!(row.run));
        let Some(parent) = row.parent.as_deref().and_then(|parent| by_run.get(parent)) else {
            return;
        };
        if parent.source != parent.run {
            self.put("sources", &parent.run, json!(parent.source));
        }
        let elsewhere = (&parent.experiment, parent.day) != (&row.experiment, row.day);
        // A parent of a day that is not looked at is linked where the target has it, and orders nothing.
        let looked_at = !matches!(self.cx.scope, Scope::Since(day) if parent.day < Day::new(*day));
        if elsewhere && looked_at && !parent.is_unfinished() {
            self.put("parents", &parent.source, json!(parent.day_id()));
        }
    }
}

/// What stands for a run of the workspace's own that was not read.
pub(super) const UNREAD: &str = "not read";
