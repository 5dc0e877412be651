//! Jobs: their settings, what the server fills in, and what it refuses.

mod checks;
mod defaults;
mod grants;
mod listing;
mod merge;
mod references;
mod routes;
mod shape;
mod state;
mod tasks;
#[cfg(test)]
mod tests;
mod version;

pub(crate) use routes::{ROUTES, SECURABLES};
pub(crate) use state::State;
