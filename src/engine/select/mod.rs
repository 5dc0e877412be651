//! Selection: which objects of a snapshot, and which steps of a plan, selectors mean.
//!
//! Each term of a selector is a set of objects; `+` adds to it along what objects need. What a step does is
//! asked of the step and of no object, so one and the same selection serves snapshots and plans.

mod ask;
mod chosen;
mod test;
mod universe;

pub(crate) use ask::tree_places;
pub use ask::{asks_rights, looks_everywhere, may_select, of_kinds};
pub use chosen::{Chosen, NOTHING_SELECTED, Pull, choose};
pub use universe::Universe;
