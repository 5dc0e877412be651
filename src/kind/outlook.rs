//! What the target will hold, for kinds that rely on more than they refer to.

use super::Kind;
use crate::model::{Address, Resource};

/// What the target will hold when a plan is carried out.
pub struct Outlook<'a> {
    /// Who carries it out, if the target shows them.
    pub caller: Option<&'a Address>,
    /// Whether it will hold an object; nothing where it does not tell.
    pub has: &'a dyn Fn(&Address) -> Option<bool>,
    /// The objects of a kind; nothing where the target does not tell.
    pub of_kind: &'a dyn Fn(&'static Kind) -> Option<Vec<&'a Resource>>,
}
