//! Users, service principals and groups.

use serde::{Deserialize, Serialize};

use crate::sim::http::Route;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[];

/// The part of the workspace which this API keeps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {}
