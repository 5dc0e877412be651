//! Git credentials: who a user is to the git providers.

mod provider;
mod routes;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use provider::provider;
pub(crate) use routes::ROUTES;
pub(crate) use state::{Login, State};
