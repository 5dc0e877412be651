//! Searching for runs, page by page, so that not all of them are in memory.

use serde_json::{Value, json};

use super::day::Day;
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
        let view = match view {
            View::Active => "ACTIVE_ONLY",
            View::Deleted => "DELETED_ONLY",
            View::All => "ALL",
        };
        let mut body =
            json!({ "experiment_ids": experiments, "run_view_type": view, "max_results": PAGE });
        if !filter.is_empty() {
            body["filter"] = json!(filter);
        }
        Self { session, body, is_over: experiments.is_empty() }
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
        self.is_over = next.as_str().is_none_or(str::is_empty);
        if !self.is_over && self.body["page_token"] == next {
            return Err(Error::Answer { call: SEARCH, field: "another next_page_token" });
        }
        self.body["page_token"] = next;
        Ok(Some(match answer["runs"].take() {
            Value::Array(runs) => runs,
            _ => Vec::new(),
        }))
    }
}
