//! What somebody edited in the target, whatever the source wants by now.

use super::deciding::Deciding;
use super::grants::merge_grants;
use super::walk::merge;
use crate::kind::Table;
use crate::model::{Divergence, OnConflict, OnEdit, Recorded, Resource};

/// Says in which fields and rights a live object is not what the last apply left; under the name it was
/// recorded by.
pub(in crate::engine) fn edits(
    table: &Table,
    recorded: &Recorded,
    live: &Resource,
) -> Vec<Divergence> {
    let deciding = Deciding {
        on_edit: OnEdit::Keep,
        on_conflict: OnConflict::Stop,
        resolve: &|_: &Divergence| None,
    };
    let owner = table.kind.acl.and_then(|acl| acl.owner);
    let sent = recorded.sent.at(live.address.clone());
    let mut edits = merge(table, &sent, recorded, live, &deciding).kept;
    if let (Some(sent), Some(live)) = (&recorded.sent.grants, &live.grants) {
        edits.extend(merge_grants(sent, recorded, live, owner, &deciding).kept);
    }
    edits
}
