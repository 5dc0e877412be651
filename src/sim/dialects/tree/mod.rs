//! The workspace tree: folders, notebooks, files, and what else lies between them.

mod archive;
mod export;
mod folders;
mod home;
mod import;
mod jupyter;
mod language;
mod listing;
mod path;
mod rights;
mod routes;
mod source;
mod state;
#[cfg(test)]
mod tests;
mod working_copy;

pub(crate) use home::make_home;
pub(crate) use path::TreePath;
pub(crate) use rights::SECURABLES;
pub(crate) use routes::ROUTES;
pub(crate) use state::{Object, State};
pub(crate) use working_copy::{forget, is_changed_since, lay_out, make_repo};
