//! Command execution, API 1.2: programs in Python on a running cluster.
//!
//! Nothing runs here. One program is played, that which reads a secret (`program`); any other ends as a
//! program with a mistake in it does.

mod program;
mod routes;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use routes::ROUTES;
pub(crate) use state::State;
