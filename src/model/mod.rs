//! What travels between the floors: plain data, no IO, no async.

mod address;
mod base;
mod blob;
mod change;
mod digest;
mod finding;
mod journal;
mod plan;
mod policy;
mod reference;
mod resource;
mod secret;
mod selector;
mod server;
mod server_id;
mod snapshot;

pub use address::{Address, AddressError};
pub use base::{BASE_FORMAT, Base, Image, Recorded, Side};
pub use blob::{as_blob, to_blob, visit_blobs};
pub use change::{Change, FieldChange, RIGHTS};
pub use digest::{Digest, canonical, digest_bytes, digest_value};
pub use finding::{Finding, Severity};
pub use journal::{JOURNAL_FORMAT, Outcome, Record};
pub use plan::{
    Blocked, Diverged, Divergence, Merged, Observed, Options, PLAN_FORMAT, Plan, Step, StepId,
    Summary, Target,
};
pub use policy::{Deletes, OnConflict, OnEdit, Resolution, Take};
#[cfg(test)]
pub(crate) use reference::tests::any_json;
pub use reference::{as_ref, escape, unescape, visit_refs, visit_refs_mut};
pub use resource::{Content, ContentFormat, Grant, Resource};
pub use secret::SecretBytes;
pub use selector::{Glob, Piece, Selector, SelectorError, Selectors, Term, Test};
pub use server::Server;
pub use server_id::ServerId;
pub use snapshot::{KindMark, Layout, SNAPSHOT_FORMAT, Snapshot, Source};
