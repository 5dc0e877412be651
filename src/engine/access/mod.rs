//! Who gains and who loses which right: groups opened, folders' rights passed down.
//!
//! A pure function of who held what before and who holds what after. Administrators of a workspace
//! hold every right in any case, and are not counted.

mod compare;
mod members;
mod rights;

pub use compare::{Access, AccessChange, Effect, access};
pub use rights::Rights;
pub(crate) use rights::{going, members};
