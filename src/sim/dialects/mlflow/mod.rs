//! MLflow: experiments, their runs and what those left behind, and the registry of models.

mod artifacts;
mod experiments;
mod filter;
mod limits;
mod logging;
mod metrics;
mod order;
mod place;
pub(crate) mod registry;
mod rights;
mod routes;
mod runs;
mod search;
mod state;
mod tags;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use rights::SECURABLES;
pub(crate) use routes::ROUTES;
pub(crate) use state::State;
