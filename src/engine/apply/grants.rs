//! Setting an object's direct grants, as a whole.

use std::collections::BTreeSet;

use serde_json::Value;

use super::create::{Ended, done, failed};
use super::schedule::Journalled;
use super::target::{SECOND_LOOKS, Target};
use crate::kind::{Acl, Error, grants_body, read_grants, read_rights, set_rights};
use crate::model::{Address, Grant, Outcome, ServerId, Step, digest_value};

/// How often rights are set on something that was just created and is not seen everywhere yet.
const TRIES: usize = 4;

impl Target<'_> {
    /// Carries out a step that sets grants. The answer to the write is the proof of it.
    pub(super) async fn set_grants(&self, step: &Step, journal: &Journalled<'_>) -> Ended {
        let acl = self.table(&step.address).and_then(|table| table.kind.acl);
        let (Some(acl), Some(wanted)) = (acl, step.grants.as_ref()) else {
            return failed("it has no rights to set");
        };
        let Some(id) = self.index().id(&step.address).cloned() else {
            return failed("the target does not show it, so its rights cannot be set");
        };
        let existed = !self.created.contains(&step.address);
        // Where nothing is wanted and creating is not known to grant anything, one look may spare the write.
        let mut before = None;
        if existed || wanted.is_empty() && !acl.creator_gains {
            match self.look_at_rights(&acl, &id).await {
                Ok((now, _)) if now == *wanted => return (Outcome::Already, String::new()),
                Ok((now, _))
                    if existed
                        && !self.is_as_seen(step, &now)
                        && !self.is_half_set(step, &acl, &now, wanted) =>
                {
                    return (
                        Outcome::Stale,
                        "its rights were changed in the target after the plan was made".to_owned(),
                    );
                }
                Ok(now) => before = Some(now),
                Err(error) => return failed(error),
            }
        }
        // What this plan created had no rights of anybody's before.
        let (before, seen) = before.filter(|_| existed).unzip();
        let begun = match before {
            Some(before) => self.begin(step, journal, None, Some(before)).await,
            None => journal.started(step.id, None).await.map_err(|error| error.to_string()),
        };
        if let Err(message) = begun {
            return failed(message);
        }
        self.put(&acl, &id, wanted, seen.as_ref()).await
    }

    /// Whether rights are those that the plan saw.
    pub(super) fn is_as_seen(&self, step: &Step, now: &BTreeSet<Grant>) -> bool {
        let digest = digest_value("brickform.grants.v1", &serde_json::json!(now));
        self.run
            .plan
            .observed
            .get(&step.address)
            .is_none_or(|seen| seen.grants.as_ref().is_none_or(|seen| *seen == digest))
    }

    /// Whether rights are what an earlier run left that was stopped between two of those it set one by one:
    /// each principal has what it had then, or what it is to have.
    fn is_half_set(
        &self,
        step: &Step,
        acl: &Acl,
        now: &BTreeSet<Grant>,
        wanted: &BTreeSet<Grant>,
    ) -> bool {
        let Some(Some(before)) = self.imaged.get(&step.id) else { return false };
        let all = [before, now, wanted].into_iter().flatten();
        let principals: BTreeSet<&Address> = all.map(|grant| &grant.principal).collect();
        acl.entries.is_some()
            && principals.into_iter().all(|principal| {
                let of = |grants: &BTreeSet<Grant>| -> BTreeSet<String> {
                    let held = grants.iter().filter(|grant| grant.principal == *principal);
                    held.map(|grant| grant.level.clone()).collect()
                };
                let now = of(now);
                now == of(before) || now == of(wanted)
            })
    }

    pub(super) async fn look_at_grants(
        &self,
        acl: &Acl,
        id: &ServerId,
    ) -> Result<BTreeSet<Grant>, Error> {
        Ok(self.look_at_rights(acl, id).await?.0)
    }

    /// The rights on an object, and the answer that tells of them.
    async fn look_at_rights(
        &self,
        acl: &Acl,
        id: &ServerId,
    ) -> Result<(BTreeSet<Grant>, Value), Error> {
        let answer = read_rights(self.run.session, acl, id).await?;
        let grants = read_grants(&answer, &self.index());
        Ok((self.grants_as_planned(grants), answer))
    }

    /// Grants under the plan's names, also those of holders that no step is about.
    fn grants_as_planned(&self, grants: BTreeSet<Grant>) -> BTreeSet<Grant> {
        let is_listed = |principal: &Address| self.index().id(principal).is_some();
        let planned = |mut grant: Grant| {
            let mut pairs = self.pairing.live_of.iter();
            if !is_listed(&grant.principal)
                && let Some((wanted, _)) = pairs.find(|(_, live)| **live == grant.principal)
            {
                grant.principal = wanted.clone();
            }
            grant
        };
        grants.into_iter().map(planned).collect()
    }

    /// Sets rights in the place of those that were seen.
    async fn put(
        &self,
        acl: &Acl,
        id: &ServerId,
        wanted: &BTreeSet<Grant>,
        seen: Option<&Value>,
    ) -> Ended {
        let body = match grants_body(wanted, &self.index()) {
            Ok(body) => body,
            Err(missing) => {
                let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
                return failed(format!("the target does not have {}", names.join(", ")));
            }
        };
        let mut tries = 1;
        let answer = loop {
            match set_rights(self.run.session, acl, id, &body, seen).await {
                Ok(answer) => break answer,
                Err(error) if error.is_not_found() && tries < TRIES => {
                    tokio::time::sleep(SECOND_LOOKS[(tries - 1).min(2)]).await;
                    tries += 1;
                }
                Err(error) => return failed(error),
            }
        };
        self.prove(acl, id, wanted, &answer).await
    }

    /// Compares what was wanted with what the write answered, or with a read where it answered nothing.
    async fn prove(
        &self,
        acl: &Acl,
        id: &ServerId,
        wanted: &BTreeSet<Grant>,
        answer: &Value,
    ) -> Ended {
        let now = read_grants(answer, &self.index());
        let mut now = self.grants_as_planned(now);
        if answer.get("access_control_list").is_none() || now != *wanted {
            for wait in SECOND_LOOKS {
                match self.look_at_grants(acl, id).await {
                    Ok(found) if found == *wanted => return done(),
                    Ok(found) => now = found,
                    Err(error) => {
                        return failed(format!("it was set, but cannot be read back: {error}"));
                    }
                }
                tokio::time::sleep(wait).await;
            }
        }
        if now == *wanted {
            return done();
        }
        let words = |grants: BTreeSet<&Grant>| {
            grants
                .into_iter()
                .map(|grant| format!("{} for {}", grant.level, grant.principal))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let missing = words(wanted.difference(&now).collect());
        let extra = words(now.difference(wanted).collect());
        failed(format!(
            "the server keeps other {} rights than were set: missing [{missing}], added [{extra}]",
            acl.object_type
        ))
    }
}
