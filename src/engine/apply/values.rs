//! Values that a target takes and never shows: where they come from, and what can be told of them.

use futures::future::BoxFuture;

use super::target::Target;
use crate::engine::diff::inputs;
use crate::kind::Table;
use crate::model::{FieldChange, Resource, SecretBytes, Step};

/// Where values come from that a target takes and never shows.
pub trait Values: Send + Sync {
    /// The value of a wanted object; `Err` says in words why there is none, and what would give one.
    fn value<'a>(&'a self, wanted: &'a Resource) -> BoxFuture<'a, Result<SecretBytes, String>>;
}

/// No values at all: what needs one is left out.
pub struct NoValues;

impl Values for NoValues {
    fn value<'a>(&'a self, _: &'a Resource) -> BoxFuture<'a, Result<SecretBytes, String>> {
        Box::pin(async { Err("no value is at hand for it".to_owned()) })
    }
}

impl Target<'_> {
    /// The value of a wanted object, where its kind has one that is never shown.
    ///
    /// # Errors
    /// In words, if there is none.
    pub(super) async fn value_of(
        &self,
        table: &Table,
        wanted: &Resource,
    ) -> Result<Option<SecretBytes>, String> {
        if inputs(table).all(|(place, _)| wanted.spec.pointer(place).is_none()) {
            return Ok(None);
        }
        self.run.values.value(wanted).await.map(Some)
    }
}

/// The changes of a step that put a value, by what the target tells of the one it has.
pub(super) fn puts(table: &Table, step: &Step, live: &Resource) -> Vec<FieldChange> {
    let is_put = |field: &&FieldChange| {
        inputs(table).any(|(place, version)| field.path == format!("{place}/{version}"))
    };
    let as_it_is = |field: &FieldChange| FieldChange {
        before: live.spec.pointer(&field.path).cloned(),
        ..field.clone()
    };
    step.fields.iter().filter(is_put).map(as_it_is).collect()
}
