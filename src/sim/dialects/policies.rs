//! Cluster policies.

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
