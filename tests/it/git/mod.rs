//! Git folders over real repositories.

/// The credentials that let the caller in.
mod credentials;
/// Git folders on their way from one workspace to another.
mod folders;
/// Jobs that take their code from git.
mod jobs;
/// Repositories that are private, gone or otherwise than wanted.
mod refusals;
/// A real repository, made with `git`.
mod repository;
/// A git server of this machine that lets in who knows a token.
mod server;
