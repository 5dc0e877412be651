//! The tables and the client's requests agree with calls that nobody here wrote.

/// What the witness says: calls, types, and ways to walk them.
mod facts;
/// Tables with one mistake each, all of which are noticed.
mod mistakes;
/// Fields that are right although the witness does not say so.
mod pardon;
/// Whether calls and answers that are spelled out by hand are known to the witness.
mod sources;
/// Whether a kind's table agrees with the witness.
mod table;
/// Whether what is sent agrees with the witness.
mod traffic;
