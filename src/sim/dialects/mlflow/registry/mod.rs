//! The model registry of a workspace: models, their versions, and who is told of changes.

mod models;
mod routes;
mod search;
mod state;
mod versions;
mod webhooks;

pub(super) use models::SECURABLE;
pub(crate) use routes::ROUTES;
pub(crate) use state::State;
