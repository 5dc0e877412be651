//! What a person should know of a day's runs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::Finding;

/// How many runs of a day were read in part or not at all, by reason.
#[derive(Default)]
pub(super) struct Notes {
    left_out: BTreeMap<String, usize>,
    unread: BTreeMap<String, usize>,
}

impl Notes {
    /// With what was counted while the day was listed: of how many runs the files are left out, by reason.
    pub(super) fn begun(counted: Value) -> Self {
        let mut notes = Self::default();
        for (why, count) in counted.as_object().into_iter().flatten() {
            notes.left_out(why.clone(), count.as_u64().unwrap_or_default() as usize);
        }
        notes
    }

    pub(super) fn left_out(&mut self, why: String, count: usize) {
        *self.left_out.entry(why).or_default() += count;
    }

    pub(super) fn unread(&mut self, why: String) {
        *self.unread.entry(why).or_default() += 1;
    }

    pub(super) fn written(self) -> Value {
        let left_out = self.left_out.into_iter().map(|(why, count)| {
            Finding::warning("artifacts-left-out", "", format!("files of {count} runs: {why}"))
                .hint("copy them with the cloud's own tools")
        });
        let unread = self.unread.into_iter().map(|(why, count)| {
            Finding::error("unreadable", "", format!("{count} runs cannot be read{why}"))
        });
        json!(left_out.chain(unread).collect::<Vec<_>>())
    }
}
