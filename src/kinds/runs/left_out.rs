//! Runs that a listing leaves out: counted, and looked at no further.

use super::super::mlflow_run;
use super::day::Day;
use super::search::{Search, View, before};
use crate::client::Session;
use crate::kind::Error;
use crate::model::Finding;

/// How many runs of some experiments are left out, by reason.
#[derive(Default)]
pub(super) struct LeftOut {
    deleted: usize,
    /// Experiments that are deleted, with all their runs.
    experiments: usize,
    /// Those that began before a day, where that day is the first that is asked for.
    older: Option<(Day, usize)>,
    /// Why there may be more.
    uncounted: Option<String>,
}

impl LeftOut {
    /// Nothing yet but the deleted experiments, of which no run is looked at; what began before a first day is
    /// to be left out.
    pub(super) fn new(experiments: usize, first: Option<Day>) -> Self {
        Self { experiments, older: first.map(|first| (first, 0)), ..Self::default() }
    }

    /// Counts what is left out of some experiments. A server that refuses that stops nothing else.
    pub(super) async fn count(&mut self, session: &Session, experiments: &[&str]) {
        if let Err(error) = self.add(session, experiments).await {
            self.uncounted = Some(error.lasting_words());
        }
    }

    async fn add(&mut self, session: &Session, experiments: &[&str]) -> Result<(), Error> {
        self.deleted += many(Search::new(session, experiments, "", View::Deleted)).await?;
        if let Some((first, older)) = &mut self.older {
            *older +=
                many(Search::new(session, experiments, &before(*first), View::Active)).await?;
        }
        Ok(())
    }

    /// Says how many, a finding for each reason.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let (deleted, experiments) = (self.deleted, self.experiments);
        let mut reasons = vec![
            ("skipped-deleted", format!("{deleted} deleted run(s) left out"), deleted),
            (
                "skipped-deleted",
                format!("all runs of {experiments} deleted experiment(s) left out"),
                experiments,
            ),
        ];
        reasons.extend(self.older.map(|(first, count)| {
            let first = first.words();
            (
                "excluded",
                format!("{count} run(s) that began before {first} left out: excluded"),
                count,
            )
        }));
        let some = reasons.into_iter().filter(|(_, _, count)| *count > 0);
        some.map(|(code, message, count)| {
            Finding::note(code, mlflow_run::KIND.name, message).counts(count)
        })
        .chain(self.uncounted.iter().map(|why| {
            let message = format!("how many runs are left out cannot be told: {why}");
            Finding::warning("not-counted", mlflow_run::KIND.name, message)
        }))
        .collect()
    }
}

/// How many runs a search finds.
async fn many(mut search: Search<'_>) -> Result<usize, Error> {
    let mut count = 0;
    while let Some(page) = search.next().await? {
        count += page.len();
    }
    Ok(count)
}
