//! What the tree does and refuses, call by call.

mod archives;
mod exports;
mod folders;
mod imports;
mod listings;
mod permissions;
mod service;
