//! Keeping what an object was before a step changes it, so that the change can be taken back.

use std::collections::BTreeSet;
use std::io;

use super::schedule::Journalled;
use super::target::{Now, Target};
use crate::engine::diff::by_itself;
use crate::engine::former::Former;
use crate::kind::Error;
use crate::model::{Grant, Image, Observed, Record, Resource, Step};

impl Target<'_> {
    /// Puts on disk what an object was and that a step starts, before its first request leaves.
    ///
    /// The two records share one forced write. A step that goes on after an earlier run keeps the image
    /// from there: what it finds now may be its own work.
    ///
    /// # Errors
    /// In words, if it cannot be written.
    pub(super) async fn begin(
        &self,
        step: &Step,
        journal: &Journalled<'_>,
        now: Option<&Now>,
        grants: Option<BTreeSet<Grant>>,
    ) -> Result<(), String> {
        let started = Record::Started { step: step.id, namesakes: None };
        if self.imaged.contains_key(&step.id) {
            return journal.write(started).await.map_err(|error| error.to_string());
        }
        let object =
            now.map(|now| Image { grants: None, ..Image::of(&self.as_then(&now.resource)) });
        if let Some(content) = object.as_ref().and_then(|image| image.content.as_ref())
            && let Some(kept) = self.run.kept
        {
            kept.keep(self.run.blobs, &content.digest).map_err(|error| {
                format!("what it was before cannot be kept in {}: {error}", kept.dir().display())
            })?;
        }
        let before = Record::Before { step: step.id, object, grants };
        // In this order: each is taken up as soon as it is asked for the first time.
        let written = futures::try_join!(journal.write(before), journal.write(started));
        written.map(drop).map_err(|error: io::Error| error.to_string())
    }

    /// Whether an object is as the plan saw it, by itself.
    pub(super) fn is_as_observed(&self, then: &Resource, seen: &Observed) -> bool {
        let alone = self.table(&then.address).map(|table| by_itself(table, then));
        alone.as_ref().unwrap_or(then).digest() == seen.digest
    }

    /// An object as the plan saw it, also where it refers to what has been replaced or deleted by now.
    pub(super) fn as_then(&self, resource: &Resource) -> Resource {
        let mut resource = resource.clone();
        if let Some(table) = self.table(&resource.address) {
            Former::of(self.run.plan).name(table, &mut resource, |address| address);
        }
        resource
    }

    /// Reads an object's rights, where its kind has any, for a step that takes the object away.
    ///
    /// # Errors
    /// As the server refuses.
    pub(super) async fn rights_now(&self, step: &Step) -> Result<Option<BTreeSet<Grant>>, Error> {
        let acl = self.table(&step.address).and_then(|table| table.kind.acl);
        let id = self.index().id(&step.address).cloned();
        match (acl, id) {
            (Some(acl), Some(id)) => match self.look_at_grants(&acl, &id).await {
                Err(error) if error.is_unavailable_kind() => Ok(None),
                other => other.map(Some),
            },
            _ => Ok(None),
        }
    }
}
