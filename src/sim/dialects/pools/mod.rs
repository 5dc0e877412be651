//! Instance pools: idle machines which clusters take from.

mod routes;
mod state;

pub(crate) use routes::{ROUTES, SECURABLES};
pub(crate) use state::State;
