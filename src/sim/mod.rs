//! A simulated Databricks workspace: in memory, over HTTP or in process.
//!
//! It answers to the request contract of the vendor's SDK and to what servers are known to do, and
//! shares no table and no code with the client which it tests.

mod dialects;
mod http;
mod ids;
mod page;
mod registry;
mod state;
