//! What goes wrong while a kind is read or written.

use crate::client;

/// What goes wrong while one object is read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The workspace refused, or could not be reached.
    #[error(transparent)]
    Api(#[from] client::Error),
    /// The workspace refused, and there is a remedy.
    #[error("{error}; {remedy}")]
    Advised {
        /// The refusal.
        error: client::Error,
        /// What helps.
        remedy: &'static str,
    },
    /// A content could not be kept or found on this machine.
    #[error("a content cannot be kept or found on this machine: {0}")]
    Disk(#[from] std::io::Error),
    /// What was to be deleted is not empty.
    #[error("it holds {}, which the plan did not see; nothing is deleted along with it", holds.join(", "))]
    NotEmpty {
        /// What it holds.
        holds: Vec<String>,
    },
    /// What was listed before is not listed any more.
    #[error("it is not there any more")]
    Gone,
    /// What is to be changed was fixed when it was logged.
    #[error("what is logged cannot be taken back, and this is the run itself, not a copy of it")]
    Fixed,
    /// Bytes belong where no call of the workspace brings them.
    #[error("its files belong in {place}, where only the cloud's own tools write")]
    Elsewhere {
        /// Where that is.
        place: String,
    },
    /// Some parts of an object could not be written, the others were.
    #[error("{failed} of {all} could not be written: {first}")]
    Parts {
        /// How many failed.
        failed: usize,
        /// How many there are.
        all: usize,
        /// Why the first of them did.
        first: Box<Self>,
    },
    /// The workspace refused a value in words that repeat it, which nobody may see.
    #[error("the workspace refused it{}, in words that are left out because they repeat the value", status.map_or_else(String::new, |status| format!(" (status {status})")))]
    Hushed {
        /// What kind of failure it was.
        kind: client::Kind,
        /// The status of the answer.
        status: Option<u16>,
    },
    /// A program on a cluster did not do what it was sent for.
    #[error("the program on the cluster failed: {0}")]
    OnCluster(String),
    /// Servers of this sort have no such objects; nothing was sent.
    #[error("a plain MLflow server has no such objects")]
    NotOffered,
    /// No call of the workspace does what is wanted.
    #[error("{why}")]
    Impossible {
        /// Why not, and what to do.
        why: String,
    },
    /// An answer lacks what it must have.
    #[error("{call} answered without {field}")]
    Answer {
        /// The call.
        call: &'static str,
        /// What is missing.
        field: &'static str,
    },
}

impl Error {
    /// What kind of failure the workspace reported, if it was the workspace.
    pub fn kind(&self) -> Option<client::Kind> {
        match self {
            Self::Api(error) | Self::Advised { error, .. } => Some(error.kind()),
            Self::Parts { first, .. } => first.kind(),
            Self::Hushed { kind, .. } => Some(*kind),
            Self::Gone => Some(client::Kind::NotFound),
            _ => None,
        }
    }

    /// The failure in words that stay the same as long as it does: not how often and how long was tried.
    pub fn lasting_words(&self) -> String {
        let (error, remedy) = match self {
            Self::Api(error) => (error, ""),
            Self::Advised { error, remedy } => (error, *remedy),
            other => return other.to_string(),
        };
        let mut words = format!("{} {}", error.method(), error.path());
        for part in [error.error_code().unwrap_or(""), error.message()] {
            if !part.is_empty() {
                words.push_str(": ");
                words.push_str(part);
            }
        }
        if !remedy.is_empty() {
            words.push_str("; ");
            words.push_str(remedy);
        }
        words
    }

    /// The workspace's own word for the failure.
    pub fn error_code(&self) -> Option<&str> {
        match self {
            Self::Api(error) | Self::Advised { error, .. } => error.error_code(),
            Self::Parts { first, .. } => first.error_code(),
            _ => None,
        }
    }

    /// Whether the object is not there.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Some(client::Kind::NotFound)
    }

    /// Whether the workspace did not understand the request, so that another form of it may serve.
    pub fn is_invalid(&self) -> bool {
        matches!(
            self.kind(),
            Some(
                client::Kind::Invalid
                    | client::Kind::NotImplemented
                    | client::Kind::EndpointMissing
            )
        )
    }

    /// Whether the workspace has no such call: some servers say so without a word, and that an object is missing
    /// with one.
    pub fn is_no_call(&self) -> bool {
        self.is_unavailable_kind() || (self.is_not_found() && self.error_code().is_none())
    }

    /// Whether the kind is not to be had in this workspace at all.
    pub fn is_unavailable_kind(&self) -> bool {
        let is_missing = matches!(
            self.kind(),
            Some(
                client::Kind::FeatureDisabled
                    | client::Kind::NotImplemented
                    | client::Kind::EndpointMissing
            )
        );
        is_missing || matches!(self, Self::NotOffered)
    }

    /// Whether the write may have happened, so that the object has to be looked up before anything else.
    pub fn leaves_doubt(&self) -> bool {
        matches!(
            self.kind(),
            Some(
                client::Kind::UnknownEffect
                    | client::Kind::AlreadyExists
                    | client::Kind::Timeout
                    | client::Kind::Interrupted
                    | client::Kind::Unavailable
                    | client::Kind::Internal
            )
        )
    }
}
