//! What a workspace begins with: nothing, a believable organisation, or much of everything.
//!
//! Seeds are planted through the workspace's own API, so that every rule holds for them too. Only
//! what no API can make (account groups, git folders, libraries, clusters of job runs) is put into
//! the state directly. The same seed in the same workspace always gives the same content.

mod acme;
mod error;
mod plant;
mod scale;
mod site;
mod spec;
mod stand_in;
#[cfg(test)]
mod tests;

pub use error::SeedError;
pub use plant::plant;
pub use spec::{ScaleSpec, Seed, SeedSyntax};
pub use stand_in::stand_in;
