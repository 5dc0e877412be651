//! A simulated Databricks workspace: in memory, over HTTP or in process.
//!
//! It answers to the request contract of the vendor's SDK and to what servers are known to do, and
//! shares no table and no code with the client which it tests.

mod contract;
mod dialects;
mod error;
mod faults;
mod form;
mod fresh;
mod http;
mod ids;
mod limits;
mod oidc;
mod options;
mod page;
mod persist;
mod record;
mod registry;
mod respond;
mod router;
pub mod seed;
mod serve;
mod service;
mod severable;
mod state;
mod storage;
mod template;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod workspace;

pub use error::{Cut, Error};
pub use faults::{Action, Faults, Kill, Rule};
pub use options::{Client, Limits, Options, Versions};
pub use record::Seen;
pub use serve::Serving;
pub use storage::Cloud;
pub use workspace::Workspace;
