//! Changing and replacing an object, only while it is as the plan saw it.

use super::create::{Ended, done, failed};
use super::schedule::Journalled;
use super::target::{Now, SECOND_LOOKS, Target};
use super::values::puts;
use crate::engine::diff::{diff, rotated};
use crate::engine::merge::awaited;
use crate::kind::{Live, Table};
use crate::model::{FieldChange, Outcome, Resource, SecretBytes, Step};

/// What may happen to a live object.
enum Verdict {
    /// It is as wanted.
    AsWanted,
    /// It is as the plan saw it, or as this plan's own work left it.
    Go(Box<Now>, Vec<FieldChange>),
    /// It is something else.
    Changed(String),
}

impl Target<'_> {
    /// Carries out an update.
    pub(super) async fn update(&self, step: &Step, journal: &Journalled<'_>) -> Ended {
        let (Some(table), Some(resource)) = (self.table(&step.address), self.wanted(&step.address))
        else {
            return failed("the snapshot does not hold it");
        };
        match self.verdict(table, resource, step).await {
            Ok(Verdict::AsWanted) => (Outcome::Already, String::new()),
            Ok(Verdict::Changed(why)) => (Outcome::Stale, why),
            Err(message) => failed(message),
            Ok(Verdict::Go(now, changes)) => {
                let value = match puts(table, step, &now.resource).is_empty() {
                    true => None,
                    false => match self.value_of(table, resource).await {
                        Ok(value) => value,
                        Err(why) => return (Outcome::Blocked, why),
                    },
                };
                if let Err(message) = self.begin(step, journal, Some(&now), None).await {
                    return failed(message);
                }
                let written = self.write(table, resource, *now, &changes, value).await;
                written.map_or_else(failed, |()| done())
            }
        }
    }

    /// Carries out a replacement: deletes the object and creates it again under the same name.
    pub(super) async fn replace(&self, step: &Step, journal: &Journalled<'_>) -> Ended {
        let (Some(table), Some(resource)) = (self.table(&step.address), self.wanted(&step.address))
        else {
            return failed("the snapshot does not hold it");
        };
        let gone_before = self.in_doubt.contains_key(&step.id)
            && matches!(self.now(&step.address).await, Ok(None));
        if !gone_before {
            match self.verdict(table, resource, step).await {
                Ok(Verdict::AsWanted) => return (Outcome::Already, String::new()),
                Ok(Verdict::Changed(why)) => return (Outcome::Stale, why),
                Err(message) => return failed(message),
                Ok(Verdict::Go(now, changes)) => {
                    let grants = match self.rights_now(step).await {
                        Ok(grants) => grants,
                        Err(error) => {
                            return failed(format!("its rights cannot be read: {error}"));
                        }
                    };
                    if grants.as_ref().is_some_and(|grants| !self.is_as_seen(step, grants)) {
                        let why = "its rights were changed in the target after the plan was made";
                        return (Outcome::Stale, why.to_owned());
                    }
                    if let Err(message) = self.begin(step, journal, Some(&now), grants).await {
                        return failed(message);
                    }
                    let Some(id) = self.index().id(&step.address).cloned() else {
                        return failed("it is gone");
                    };
                    let changed = changes.iter().map(|change| change.path.clone()).collect();
                    let cx = self.writing(table);
                    if let Err(error) =
                        table.kind.hooks.delete(cx, Live { id, raw: now.raw, changed }).await
                    {
                        return failed(error);
                    }
                }
            }
        }
        self.forget(&step.address);
        self.create_once(table, resource, step, None).await
    }

    async fn verdict(
        &self,
        table: &Table,
        resource: &Resource,
        step: &Step,
    ) -> Result<Verdict, String> {
        let now = self.now(&step.address).await.map_err(|error| error.to_string())?;
        let Some(now) = now else {
            return Ok(Verdict::Changed(
                "it was deleted in the target after the plan was made".to_owned(),
            ));
        };
        let mut changes = self.differences(table, resource, &now.resource);
        changes.extend(puts(table, step, &now.resource));
        if changes.is_empty() {
            return Ok(Verdict::AsWanted);
        }
        let seen = self.run.plan.observed.get(&step.address);
        let then = self.as_then(&now.resource);
        let as_seen = seen.is_none_or(|seen| self.is_as_observed(&then, seen));
        if as_seen || self.is_own_work(step, &self.differences(table, resource, &then)) {
            return Ok(Verdict::Go(Box::new(now), changes));
        }
        let planned = |change: &&FieldChange| {
            !step
                .fields
                .iter()
                .any(|field| field.path == change.path && field.before == change.before)
        };
        let paths: Vec<&str> =
            changes.iter().filter(planned).map(|change| change.path.as_str()).take(3).collect();
        let where_ =
            if paths.is_empty() { String::new() } else { format!(" ({})", paths.join(", ")) };
        Ok(Verdict::Changed(format!(
            "it was changed in the target after the plan was made{where_}"
        )))
    }

    /// Whether what differs is only what this plan itself has left half done: an earlier run was cut
    /// off within the step, or the step goes on after its own create; or whether it is only what the plan
    /// knew to differ, beside references to what an earlier step has replaced.
    fn is_own_work(&self, step: &Step, changes: &[FieldChange]) -> bool {
        if self.created.contains(&step.address)
            && !self.run.plan.observed.contains_key(&step.address)
        {
            return true;
        }
        let replaced = |field: &FieldChange| field.cause.ends_with(" is replaced");
        let in_doubt = self.in_doubt.contains_key(&step.id);
        if !in_doubt && !step.fields.iter().any(replaced) {
            return false;
        }
        let table = self.table(&step.address);
        let detours =
            table.filter(|_| in_doubt).map_or(&[][..], |table| table.kind.hooks.detours());
        changes.iter().all(|change| {
            let is_at = |place: &str| {
                let below = change.path.strip_prefix(place);
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let is_meant = step
                .fields
                .iter()
                .any(|field| is_at(&field.path) && (in_doubt || field.before == change.before));
            is_meant || detours.iter().any(|place| is_at(place))
        })
    }

    /// The fields in which a live object differs from what is wanted, without those of which the plan knows
    /// that the target does not take them.
    pub(super) fn differences(
        &self,
        table: &Table,
        wanted: &Resource,
        live: &Resource,
    ) -> Vec<FieldChange> {
        let mut known = self.run.plan.not_convergent.iter();
        match known.find(|object| object.address == wanted.address) {
            Some(object) => diff(table, &awaited(table, wanted, &object.fields), live),
            None => diff(table, wanted, live),
        }
    }

    async fn write(
        &self,
        table: &Table,
        resource: &Resource,
        now: Now,
        changes: &[FieldChange],
        value: Option<SecretBytes>,
    ) -> Result<(), String> {
        let id =
            self.index().id(&resource.address).cloned().ok_or("the target does not show it")?;
        let (puts, before) = (value.is_some(), now.resource.spec.clone());
        let wanted = self.wanted_body(table, resource, value)?;
        let changed = changes.iter().map(|change| change.path.clone()).collect();
        let principal = table.kind.hooks.principal(&wanted.body);
        let cx = self.writing(table);
        let error =
            match table.kind.hooks.update(cx, Live { id, raw: now.raw, changed }, wanted).await {
                Ok(()) => {
                    self.learn_name(&resource.address, principal);
                    return Ok(());
                }
                Err(error) => error,
            };
        if error.leaves_doubt() {
            for wait in SECOND_LOOKS {
                if let Ok(Some(now)) = self.now(&resource.address).await
                    && self.differences(table, resource, &now.resource).is_empty()
                    && (!puts || !rotated(table, &now.resource.spec, &before).is_empty())
                {
                    self.learn_name(&resource.address, principal);
                    return Ok(());
                }
                tokio::time::sleep(wait).await;
            }
        }
        Err(error.to_string())
    }

    /// Sets an object anew that an interrupted create of ours has left different from what is wanted.
    pub(super) async fn bring_in_line(&self, resource: &Resource) -> Result<(), String> {
        let Some(table) = self.table(&resource.address) else { return Ok(()) };
        let now = self.now(&resource.address).await.map_err(|error| error.to_string())?;
        let Some(now) = now else { return Err("it is gone again".to_owned()) };
        let changes = self.differences(table, resource, &now.resource);
        if changes.is_empty() {
            Ok(())
        } else {
            self.write(table, resource, now, &changes, None).await
        }
    }
}
