//! Clusters: what people asked for, what the server made of it, and the states it goes through.

mod answer;
mod cloud;
mod lifecycle;
mod listing;
mod nodes;
mod routes;
mod runtimes;
mod spec;
mod state;
#[cfg(test)]
mod tests;
mod update;

pub(crate) use answer::asked;
pub(crate) use cloud::Cloud;
pub(crate) use lifecycle::Life;
pub(crate) use nodes::node_type;
pub(crate) use routes::{ROUTES, SECURABLES};
pub(crate) use spec::effective;
pub(crate) use state::{State, is_running};
