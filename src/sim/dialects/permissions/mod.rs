//! Who may do what with which object.

mod grants;
mod read;
mod routes;
mod securable;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use grants::{State, forget, grant_creator};
pub(crate) use routes::ROUTES;
pub(crate) use securable::Securable;
