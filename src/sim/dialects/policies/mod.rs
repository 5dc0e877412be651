//! Cluster policies: rules which limit what clusters people may create, and the families they inherit from.

mod definition;
mod family;
mod routes;
mod rules;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use routes::{ROUTES, SECURABLES};
pub(crate) use rules::{Clusters, enforce};
pub(crate) use state::{State, provision};
