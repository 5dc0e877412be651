//! The three-way merge: what the target should be, given what the source wants, what the last apply
//! sent and saw, and what somebody edited in the target since.
//!
//! Pure functions. The reasons stand in `docs/design/three-way.md`.

mod deciding;
mod edits;
mod four;
mod grants;
mod overlay;
mod record;
#[cfg(test)]
mod tests;
mod walk;

pub(super) use deciding::Deciding;
pub(super) use edits::edits;
pub(super) use grants::{MergedGrants, merge_grants};
pub(super) use overlay::{awaited, overlay};
pub(super) use record::{record, record_grants};
pub(super) use walk::{Merge, merge};
