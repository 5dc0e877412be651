//! What a person is told when a command does not end well.

use std::error::Error as StdError;
use std::fmt::Write as _;

use super::render::text::plain;
use super::render::{Paint, Tone};
use crate::client::auth::AuthError;
use crate::client::{self, TransportError};
use crate::engine::RewritesError;
use crate::sim;
use crate::store::StoreError;
use crate::store::revision::RevisionError;

/// How a command ended, as its exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Failed; nothing was applied.
    Failed,
    /// Differences were found.
    Different,
    /// Applied in part; `--resume` goes on.
    Partial,
    /// Refused: the message says what would let it proceed.
    Refused,
    /// The command line cannot be understood.
    Usage,
    /// An error of brickform itself.
    Bug,
    /// Interrupted; the journal, if any, is closed.
    Interrupted,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Different => 2,
            Self::Partial => 3,
            Self::Refused => 4,
            Self::Usage => 64,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }
}

/// An error on its way to a person: what happened, why, and what to do.
#[derive(Debug)]
pub struct CliError {
    class: Exit,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    hints: Vec<String>,
}

impl CliError {
    fn new(class: Exit, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), source: None, hints: Vec::new() }
    }

    /// Something that was tried and did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// Something brickform does not do as things are.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// A command line that makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A run that was interrupted.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(Exit::Interrupted, message)
    }

    /// Says in front of the error what was being done.
    #[must_use]
    pub fn doing(mut self, what: impl Into<String>) -> Self {
        let cause = Cause { message: self.message, source: self.source };
        self.message = what.into();
        self.source = Some(Box::new(cause));
        self
    }

    /// Adds why it happened.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        self.class
    }

    /// The error, its causes and hints, each on lines of their own.
    pub fn render(&self, paint: Paint) -> String {
        let mut text = format!("{} {}\n", paint.tone(Tone::Error, "error:"), plain(&self.message));
        for (number, cause) in self.causes().iter().enumerate() {
            let _ = writeln!(text, "  {}: {}", number + 1, plain(cause));
        }
        for hint in &self.hints {
            let _ = writeln!(text, "{} {}", paint.tone(Tone::Hint, "hint:"), plain(hint));
        }
        text
    }

    /// The causes, outermost first; one that only repeats what was said is left out.
    pub fn causes(&self) -> Vec<String> {
        let mut said = self.message.clone();
        let mut causes = Vec::new();
        let mut next: Option<&dyn StdError> = self.source.as_ref().map(|source| &**source as _);
        while let Some(error) = next {
            let text = error.to_string();
            if !said.contains(&text) {
                causes.push(text.clone());
                said = text;
            }
            next = error.source();
        }
        causes
    }

    /// What to do.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// A message that got another one in front of it.
#[derive(Debug)]
struct Cause {
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let class = match error {
            StoreError::Io { .. } | StoreError::Unstorable { .. } => Exit::Failed,
            StoreError::Revision(RevisionError::Name { .. }) => Exit::Usage,
            StoreError::Revision(RevisionError::NoGit { .. } | RevisionError::Git { .. }) => {
                Exit::Failed
            }
            _ => Exit::Refused,
        };
        Self::new(class, error.to_string())
    }
}

impl From<AuthError> for CliError {
    fn from(error: AuthError) -> Self {
        let class =
            if matches!(error, AuthError::Host { .. }) { Exit::Usage } else { Exit::Failed };
        Self::new(class, error.to_string())
    }
}

impl From<TransportError> for CliError {
    fn from(error: TransportError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<client::Error> for CliError {
    fn from(error: client::Error) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<RewritesError> for CliError {
    fn from(error: RewritesError) -> Self {
        Self::refused("the rewrites file cannot be used").because(error)
    }
}

impl From<sim::Error> for CliError {
    fn from(error: sim::Error) -> Self {
        Self::failed(error.to_string()).because(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_happened_why_and_what_to_do() {
        let error = CliError::failed("disk full")
            .because(std::io::Error::other("no space left"))
            .doing("cannot write the snapshot")
            .hint("make room");
        assert_eq!(
            error.render(Paint::plain()),
            "error: cannot write the snapshot\n  1: disk full\n  2: no space left\nhint: make room\n"
        );
        assert_eq!(error.exit().code(), 1);
    }

    #[test]
    fn nothing_in_an_error_moves_the_cursor() {
        let error = CliError::refused("no `a\u{1b}[2Jb`");
        assert!(!error.render(Paint::plain()).contains('\u{1b}'));
    }
}
