//! Integration tests: one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at once")]

/// What the program prints, besides the result: colours, widths, logs, silence.
mod cli_output;

/// The program as people run it, and simulated workspaces as processes.
mod cli_shell;

/// Whether and how a person is let in: profiles, the environment, tokens, addresses.
mod cli_sign_in;

/// Command lines that cannot be understood, and help on those that can.
mod cli_usage;

/// The crash law: killed at any request, an apply resumes to the same end.
mod crash;

/// What holds for every kind, tried on every sample.
mod laws;

/// The patience law: trouble on the way changes nothing at the end.
mod patience;

/// Everything that goes between a client and a workspace, kept.
mod recorder;

/// Told to stop after any step, an apply ends cleanly and goes on to the same end.
mod stop;

/// The main job end to end: a workspace moves, and a second plan is empty.
mod story;

/// The house stays as it was built: floors, lists, sizes, words.
mod tidy;

/// The engine with a kind that was made up for it.
mod toy;

/// The tables and the client's requests agree with calls that nobody here wrote.
mod witness;

/// Whole simulated workspaces, and what the laws do with them.
mod world;
