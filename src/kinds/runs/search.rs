//! Searching for runs, page by page, so that not all of them are in memory.

use serde_json::{Value, json};

use super::day::Day;
use super::tags;
use crate::client::{Call, Session};
use crate::kind::Error;

const SEARCH: &str = "/api/2.0/mlflow/runs/search";

/// How many runs one page has at most.
const PAGE: u32 = 1000;

/// Which runs a search shows.
#[derive(Clone, Copy)]
pub(super) enum View {
    /// Those that are not deleted.
    Active,
    /// Those that are deleted.
    Deleted,
    /// Deleted ones too.
    All,
}

/// A search that goes on page by page.
pub(super) struct Search<'a> {
    session: &'a Session,
    body: Value,
    view: View,
    is_over: bool,
}

/// The filter for runs that began on a day or later.
pub(super) fn since(first: Day) -> String {
    format!("attributes.start_time >= {}", first.bounds().0)
}

/// The filter for runs that began before a day.
pub(super) fn before(first: Day) -> String {
    format!("attributes.start_time < {}", first.bounds().0)
}

impl<'a> Search<'a> {
    /// Begins a search in some experiments, for the runs that a filter lets through.
    pub(super) fn new(
        session: &'a Session,
        experiments: &[&str],
        filter: &str,
        view: View,
    ) -> Self {
        let name = match view {
            View::Active => "ACTIVE_ONLY",
            View::Deleted => "DELETED_ONLY",
            View::All => "ALL",
        };
        let mut body =
            json!({ "experiment_ids": experiments, "run_view_type": name, "max_results": PAGE });
        if !filter.is_empty() {
            body["filter"] = json!(filter);
        }
        Self { session, body, view, is_over: experiments.is_empty() }
    }

    /// Begins a search for an experiment's runs of some days, the first and the last of which are given.
    pub(super) fn days(
        session: &'a Session,
        experiment: &str,
        (first, last): (Day, Day),
        view: View,
    ) -> Self {
        let (from, until) = (first.bounds().0, last.bounds().1);
        let filter = format!("attributes.start_time >= {from} AND attributes.start_time < {until}");
        Self::new(session, &[experiment], &filter, view)
    }

    /// The next page; nothing after the last one.
    ///
    /// # Errors
    /// As the server refuses; [`Error::Answer`] where it gives the same page again.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Value>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let call = Call::post(SEARCH).json(self.body.clone()).reads();
        let mut answer = self.session.send(&call).await?;
        let next = answer["next_page_token"].take();
        self.is_over = !next.is_number() && next.as_str().is_none_or(str::is_empty);
        if !self.is_over && self.body["page_token"] == next {
            return Err(Error::Answer { call: SEARCH, field: "another next_page_token" });
        }
        self.body["page_token"] = next;
        let mut runs = match answer["runs"].take() {
            Value::Array(runs) => runs,
            _ => Vec::new(),
        };
        // Some servers show more than they were asked for.
        runs.retain(|run| match self.view {
            View::Active => !is_deleted(run),
            View::Deleted => is_deleted(run),
            View::All => true,
        });
        runs.iter_mut().for_each(spell);
        Ok(Some(runs))
    }
}

/// The run of an experiment that is a copy of another, if there is one. A server that knows no filters shows
/// other runs too.
///
/// # Errors
/// As the server refuses.
pub(in crate::kinds) async fn copy_of(
    session: &Session,
    experiment: &str,
    source: &str,
) -> Result<Option<Value>, Error> {
    let filter = format!("tags.`{}` = '{source}'", tags::SOURCE);
    let mut search = Search::new(session, &[experiment], &filter, View::Active);
    while let Some(page) = search.next().await? {
        let is_it = |run: &Value| {
            let tags = tags::of_list(run["data"].get("tags"));
            tags.get(tags::SOURCE).is_some_and(|of| of == source)
        };
        if let Some(run) = page.into_iter().find(is_it) {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// Whether a run is deleted.
pub(super) fn is_deleted(run: &Value) -> bool {
    run["info"]["lifecycle_stage"] == "deleted"
}

/// Makes texts of a run's identifiers, which some servers tell as numbers.
pub(super) fn spell(run: &mut Value) {
    for field in ["/info/run_id", "/info/experiment_id"] {
        if let Some(id) = run.pointer_mut(field).filter(|id| id.is_number()) {
            *id = json!(id.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_texts_however_they_are_told() {
        for (told, spelled) in [
            (
                json!({"run_id": "a", "experiment_id": 7}),
                json!({"run_id": "a", "experiment_id": "7"}),
            ),
            (json!({"run_id": 12}), json!({"run_id": "12"})),
            (json!({"experiment_id": null}), json!({"experiment_id": null})),
        ] {
            let mut run = json!({ "info": told });
            spell(&mut run);
            assert_eq!(run["info"], spelled);
        }
    }
}
