//! Creating an object, once and no more.

use std::time::Duration;

use super::exists::{Found, is_unfinished, stale};
use super::schedule::Journalled;
use super::target::{InDoubt, Target};
use crate::engine::diff::inputs;
use crate::kind::{Created, Error, Table, Wanted, resolve};
use crate::model::{Address, Outcome, Resource, SecretBytes, ServerId, Step};

/// How a step ended, and why.
pub(super) type Ended = (Outcome, String);

/// How long to wait for something that was just created to be seen by everything that needs it.
const NOT_YET_THERE: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// How often a create is sent whose effect never showed.
const CREATES: usize = 6;

pub(super) fn done() -> Ended {
    (Outcome::Done, String::new())
}

pub(super) fn failed(message: impl ToString) -> Ended {
    (Outcome::Failed, message.to_string())
}

fn names(addresses: &[Address]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl<'a> Target<'a> {
    /// Makes what is sent for a resource.
    ///
    /// # Errors
    /// In words, if a reference leads nowhere.
    pub(super) fn wanted_body<'r>(
        &self,
        table: &Table,
        resource: &'r Resource,
        value: Option<SecretBytes>,
    ) -> Result<Wanted<'r>, String> {
        let body = resolve(table, &resource.spec, &self.index()).map_err(|missing| {
            format!("it refers to {}, which the target does not have", names(&missing))
        })?;
        Ok(Wanted { resource, body, value })
    }

    /// The resource as a create sends it: without the references that wait for a later step.
    fn first_form(&self, table: &Table, resource: &Resource, step: &Step) -> Resource {
        let mut first = resource.clone();
        if !step.deferred.is_empty()
            && let Some(spec) = table.kind.hooks.without(&first.spec, &step.deferred)
        {
            first.spec = spec;
        }
        first
    }

    /// Carries out a create.
    pub(super) async fn create(&self, step: &Step, journal: &Journalled<'_>) -> Ended {
        let (Some(table), Some(resource)) = (self.table(&step.address), self.wanted(&step.address))
        else {
            return failed("the snapshot does not hold it");
        };
        let first = self.first_form(table, resource, step);
        let doubt = self.in_doubt.get(&step.id).copied();
        if doubt.is_some() || self.index().id(&step.address).is_some() {
            match self.find_at_last(&first, doubt.unwrap_or(InDoubt { namesakes: None })).await {
                Found::Nothing => {}
                Found::Unknown(why) => {
                    return failed(format!("whether it was created cannot be told: {why}"));
                }
                Found::Several(which) => return failed(several(&which)),
                Found::One(listed, changes) => {
                    let principal = table.kind.hooks.principal(&listed.raw);
                    if doubt.is_none() && changes.is_empty() {
                        self.learn(&step.address, listed.id, principal);
                        return match inputs(table).next() {
                            // What it was given cannot be read, so it may be anything.
                            Some(_) => stale(&changes),
                            None => (Outcome::Already, String::new()),
                        };
                    }
                    if doubt.is_none() || !is_unfinished(table, &changes) {
                        return stale(&changes);
                    }
                    self.learn(&step.address, listed.id.clone(), principal);
                    let finished = self.finish(table, &first, listed.id, !changes.is_empty()).await;
                    return finished.map_or_else(failed, |()| done());
                }
            }
        }
        let value = match self.value_of(table, &first).await {
            Ok(value) => value,
            Err(why) => return (Outcome::Blocked, why),
        };
        if let Err(error) = journal.started(step.id, Some(self.strangers(&step.address))).await {
            return failed(error);
        }
        self.create_once(table, &first, step, value).await
    }

    /// Sends a create, and looks for the object wherever the answer leaves its effect open.
    pub(super) async fn create_once(
        &self,
        table: &Table,
        first: &Resource,
        step: &Step,
        value: Option<SecretBytes>,
    ) -> Ended {
        let before = InDoubt { namesakes: Some(self.strangers(&step.address)) };
        let mut patience = NOT_YET_THERE.into_iter();
        let mut creates = 0;
        loop {
            let wanted = match self.wanted_body(table, first, value.clone()) {
                Ok(wanted) => wanted,
                Err(message) => return failed(message),
            };
            let cx = self.writing(table);
            creates += 1;
            match table.kind.hooks.create(cx, wanted).await {
                Ok(created) => return self.settle_created(table, first, created).await,
                // What it refers to may have been created a moment ago and not be seen everywhere yet.
                Err(error) if error.is_not_found() => match patience.next() {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return failed(error),
                },
                Err(error) if error.leaves_doubt() => {
                    match self.find_at_last(first, before).await {
                        Found::One(listed, changes) => {
                            let exists = error.kind() == Some(crate::client::Kind::AlreadyExists);
                            if exists && !changes.is_empty() || !is_unfinished(table, &changes) {
                                return stale(&changes);
                            }
                            let principal = table.kind.hooks.principal(&listed.raw);
                            self.learn(&step.address, listed.id.clone(), principal);
                            self.one_more_namesake(&step.address);
                            return self
                                .finish(table, first, listed.id, !changes.is_empty())
                                .await
                                .map_or_else(failed, |()| done());
                        }
                        Found::Nothing if creates < CREATES && retriable(&error) => {}
                        Found::Nothing => return failed(error),
                        Found::Several(which) => return failed(several(&which)),
                        Found::Unknown(why) => {
                            return failed(format!(
                                "{error}; whether it was created cannot be told: {why}"
                            ));
                        }
                    }
                }
                Err(error) => return failed(error),
            }
        }
    }

    async fn settle_created(&self, table: &Table, first: &Resource, created: Created) -> Ended {
        self.one_more_namesake(&first.address);
        let Some(id) = created.id else { return done() };
        self.learn(&first.address, id.clone(), created.principal);
        self.finish(table, first, id, false).await.map_or_else(failed, |()| done())
    }

    /// Brings a created object to rest, and sets again what an interrupted create may have left undone.
    async fn finish(
        &self,
        table: &Table,
        first: &Resource,
        id: ServerId,
        differs: bool,
    ) -> Result<(), String> {
        let cx = self.writing(table);
        let wanted = self.wanted_body(table, first, None)?;
        table.kind.hooks.settle(cx, id, wanted).await.map_err(|error| error.to_string())?;
        if differs { self.bring_in_line(first).await } else { Ok(()) }
    }
}

/// Whether nothing speaks against sending a create again whose effect did not show.
fn retriable(error: &Error) -> bool {
    error.kind() != Some(crate::client::Kind::AlreadyExists)
}

fn several(which: &[Address]) -> String {
    format!(
        "several objects of the target could be the one that was created: {}; delete all but one, then resume",
        names(which)
    )
}
