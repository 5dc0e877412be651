//! What holds for every kind, tried on every sample.

/// Killed at any request that is about an object, an apply goes on to the same end.
mod crash;
/// Deletes and renames that a plan shows.
mod deleting;
/// No identifier of a server and no secret reaches a file, a plan, a journal or an error.
mod discreet;
/// Every field that can change: a plan shows it and nothing else, and an apply brings it back.
mod edits;
/// Global init scripts: they run in the snapshot's order, whatever else the target runs.
mod init_scripts;
/// Files and roles that objects name: brought before them, or said to be missing.
mod named;
/// Names that are not unique: who is who, and what is done when nobody can tell.
mod namesakes;
/// Servers that lack something, are older, or do not show everything.
mod odd_servers;
/// Groups of the account, people who are gone, owners who are missing.
mod people;
/// Objects that are the same under another name.
mod renames;
/// E-mails and account ids that differ in the target, end to end.
mod rewriting;
/// What is moved arrives whole, and moves on as it is.
mod round_trip;
/// The samples: objects as servers answer them.
pub(crate) mod sample;
/// The same inputs give the same bytes, reading writes nothing, and steps stand in order.
mod stable;
/// The value of a secret is written and said nowhere, whichever way it comes.
mod values;
