//! Selection: which objects of a snapshot, and which steps of a plan, selectors mean.
//!
//! Each term of a selector is a set of objects; `+` adds to it along what objects need. What a step does is
//! asked of the step and of no object, so one and the same selection serves snapshots and plans.

mod ask;
mod chosen;
mod people;
mod test;
mod universe;

pub use ask::{asks_rights, looks_everywhere, of_kinds};
pub(crate) use ask::{day_scope, excludes, may_select, not_looked_at, rights_tell, tree_scope};
pub(crate) use chosen::answered;
pub use chosen::{Chosen, NOTHING_SELECTED, Pull, choose};
pub(crate) use people::{People, kinds_of_people};
pub use universe::Universe;
