//! Integration tests: one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at once")]

/// Whole simulated workspaces, and what the laws do with them.
mod world;

/// The main job end to end: a workspace moves, and a second plan is empty.
mod story;

/// The tables and the client's requests agree with calls that nobody here wrote.
mod witness;
