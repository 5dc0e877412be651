//! Instance pools: idle machines which clusters take from.

mod routes;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use routes::{ROUTES, SECURABLES};
pub(crate) use state::State;
