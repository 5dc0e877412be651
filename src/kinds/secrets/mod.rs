//! What scopes and secrets share: one listing, and the one request that carries a value.
//!
//! API: <https://docs.databricks.com/api/workspace/secrets>

mod listing;
mod put;
mod value;

pub(super) use listing::{is_vault, keys_of, list};
pub(super) use put::put;
pub(crate) use value::value;
