//! What differs between the versions of the API.

use crate::sim::http::Call;

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Jobs of at most a hundred tasks, which do not queue unless told to.
    V2_1,
    /// Jobs of up to a thousand tasks, which queue unless told not to; arrays are paged.
    V2_2,
}

impl Version {
    /// The version which a call was sent to.
    pub(super) fn of(call: &Call<'_>) -> Self {
        if call.path.starts_with("/api/2.2/") { Self::V2_2 } else { Self::V2_1 }
    }

    /// How many tasks a job can be given.
    pub(super) fn most_tasks(self) -> usize {
        match self {
            Self::V2_1 => 100,
            Self::V2_2 => 1000,
        }
    }
}
