//! Directories, notebooks and files.

use serde::{Deserialize, Serialize};

use crate::sim::dialects::permissions::Securable;
use crate::sim::http::Route;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[];

/// The types of object of this API which have permissions.
pub(crate) const SECURABLES: &[Securable] = &[];

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {}

/// Makes the home directory of a user, if it is not there.
pub(crate) fn make_home(
    _state: &mut crate::sim::state::State,
    _user_name: &str,
    _user_scim_id: &str,
) {
}
