//! Why a seed could not be planted.

/// Why a seed could not be planted.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The workspace has nobody who may plant anything.
    #[error(
        "the workspace has no admin: plant a seed only into a workspace that still has its first admin"
    )]
    NoAdmin,
    /// The workspace refused something which the seed holds.
    #[error("the workspace refused {call} with {status}: {message}")]
    Refused {
        /// The method and the target.
        call: String,
        /// The HTTP status.
        status: u16,
        /// The answer.
        message: String,
    },
    /// An answer does not hold what it must.
    #[error("the workspace answered {call} without {field}")]
    Answer {
        /// What was asked.
        call: &'static str,
        /// What is missing.
        field: &'static str,
    },
    /// A request cannot be spelled.
    #[error("a request of the seed cannot be spelled")]
    Request(#[from] http::Error),
}
