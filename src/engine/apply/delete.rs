//! Deleting an object, only while it is as the plan saw it.

use super::create::{Ended, done, failed};
use super::schedule::Journalled;
use super::target::{SECOND_LOOKS, Target};
use crate::kind::{Live, Table};
use crate::model::{Address, Outcome, Step};

fn already() -> Ended {
    (Outcome::Already, String::new())
}

fn changed(what: &str) -> Ended {
    (Outcome::Stale, format!("{what} changed in the target after the plan was made"))
}

impl Target<'_> {
    /// Carries out a delete. Nothing is deleted along with the object.
    pub(super) async fn delete(&self, step: &Step, journal: &Journalled<'_>) -> Ended {
        let Some(table) = self.table(&step.address) else {
            return failed("this version of brickform does not know the kind");
        };
        let Some(seen) = self.run.plan.observed.get(&step.address) else {
            return failed("the plan does not say what it is");
        };
        let now = match self.now(&step.address).await {
            Ok(Some(now)) if !table.kind.hooks.is_deleted(&now.resource.spec) => now,
            Ok(_) => return already(),
            Err(error) => return failed(error),
        };
        if !self.is_as_observed(&self.as_then(&now.resource), seen) {
            return changed("it was");
        }
        let grants = match self.rights_now(step).await {
            Ok(grants) => grants,
            Err(error) if error.is_not_found() => return already(),
            Err(error) => return failed(format!("its rights cannot be read: {error}")),
        };
        if grants.as_ref().is_some_and(|grants| !self.is_as_seen(step, grants)) {
            return changed("its rights were");
        }
        if let Err(message) = self.begin(step, journal, Some(&now), grants).await {
            return failed(message);
        }
        let Some(id) = self.index().id(&step.address).cloned() else { return already() };
        let cx = self.writing(table);
        let live = Live { id, raw: now.raw, changed: Vec::new() };
        let refusal = table.kind.hooks.delete(cx, live).await.err();
        let gone = match &refusal {
            Some(error) if !error.leaves_doubt() => return failed(error),
            _ => self.is_gone(table, &step.address).await,
        };
        match (gone, refusal) {
            (Ok(true), _) => {
                self.forget(&step.address);
                done()
            }
            (Ok(false), None) => failed("it was deleted, but the target still shows it"),
            (Ok(false), Some(error)) => failed(error),
            (Err(error), _) => failed(format!("whether it is gone cannot be told: {error}")),
        }
    }

    /// Whether an object is gone. Servers may answer from a stale copy, so its presence is not taken for granted.
    async fn is_gone(&self, table: &Table, address: &Address) -> Result<bool, crate::kind::Error> {
        let is_gone = async || {
            let now = self.now(address).await?;
            Ok(now.is_none_or(|now| table.kind.hooks.is_deleted(&now.resource.spec)))
        };
        for wait in SECOND_LOOKS {
            if is_gone().await? {
                return Ok(true);
            }
            tokio::time::sleep(wait).await;
        }
        is_gone().await
    }
}
