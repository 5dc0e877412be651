//! What scopes and secrets share: one listing, and the one request that carries a value.
//!
//! API: <https://docs.databricks.com/api/workspace/secrets>

mod cluster;
mod listing;
mod put;
mod value;

pub(crate) use cluster::Cluster;
pub(super) use listing::{is_vault, keys_of, list};
pub(super) use put::{discreet, put};
pub(crate) use value::value;

/// The name of the kind of secrets.
pub(crate) const KIND_NAME: &str = super::secret::KIND.name;

/// Where the spec of a secret tells of its value.
pub(crate) const VALUE: &str = "/value";
