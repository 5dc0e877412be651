//! Git folders: working copies of git repositories in the workspace tree.

mod cone;
mod errand;
mod git;
mod remote;
mod routes;
mod seeds;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use errand::{Errand, errand};
pub(crate) use remote::{Remote, Revision};
pub(crate) use routes::ROUTES;
pub(crate) use seeds::seed_local;
pub(crate) use state::State;
