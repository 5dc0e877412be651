//! brickform: export, plan and apply Databricks workspaces the Terraform way.
//!
//! What travels, floor by floor (a floor imports only floors below it):
//!
//! 6. `cli`: commands, output, exit codes. The only room with a street door.
//! 5. `kinds`: one table per resource kind.
//! 4. `engine`: export, plan and apply across kinds; `sim`: a workspace in memory, over HTTP.
//! 3. `kind`: the words tables are written in, and how one kind is read and written.
//! 2. `client`: requests, auth, retries, limits; `store`: snapshots, plans and journals on disk.
//! 1. `model`: what travels. No IO, no async.

pub mod cli;
pub mod client;
pub mod engine;
pub mod kind;
pub mod kinds;
pub mod model;
pub mod sim;
pub mod store;
