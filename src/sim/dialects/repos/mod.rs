//! Git folders: working copies of git repositories in the workspace tree.

mod cone;
mod errand;
mod git;
mod remote;
mod routes;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use errand::{Errand, errand};
pub(crate) use remote::{Remote, Revision};
pub(crate) use routes::ROUTES;
pub(crate) use state::State;
