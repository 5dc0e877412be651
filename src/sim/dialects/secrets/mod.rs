//! Secrets: scopes, the values in them, and who may do what with a scope.

mod acls;
mod routes;
mod scopes;
mod state;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use routes::ROUTES;
pub(crate) use state::{Scope, State};
pub(crate) use values::read;
