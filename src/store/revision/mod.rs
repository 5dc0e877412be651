//! Snapshots and plans as they stood at a revision of a git repository: `git:REV[:PATH]`.
//!
//! The program `git` is asked, and nothing is written into a repository or a worktree: what has to be a
//! file for a moment stands in a temporary directory.

mod checkout;
mod error;
mod files;
mod git;
mod history;
mod locate;
mod name;
mod objects;
mod open;
mod repository;
mod tree;

pub use error::RevisionError;
pub use history::{History, State, Version};
pub use name::RevisionName;
pub use open::{Opened, beside, open, problems, read, read_with, worktree_directory};
pub use repository::Commit;
