//! Rewrites: account ids, e-mails and names that differ between two workspaces.
//!
//! There is no search and replace. Tables say which fields hold an e-mail, an ARN, a path or a
//! reference, and rules apply to those alone.

mod carry_out;
mod folder;
mod rules;

pub use carry_out::{Provenance, Rewritten, rewrite};
pub use rules::{Rewrites, RewritesError};
