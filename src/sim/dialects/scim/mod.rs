//! Users, service principals and groups, in SCIM 2.0.

mod attributes;
mod directory;
mod filter;
mod patch;
mod read;
mod routes;
mod seeds;
#[cfg(test)]
mod tests;
mod view;
mod write;

pub(crate) use directory::{Sort, State, caller, find, groups_of, name_of, user_exists};
pub(crate) use routes::ROUTES;
pub(crate) use seeds::{seed_account_group, seed_built_in, seed_service_principal, seed_user};
