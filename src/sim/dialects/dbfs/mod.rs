//! DBFS: files by path, written whole or block by block.

mod blocks;
mod files;
mod folders;
mod path;
mod routes;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use routes::ROUTES;
pub(crate) use state::State;
