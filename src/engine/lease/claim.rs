//! What the file of a claim says.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::LeaseError;
use crate::model::digest_bytes;

/// The format of claims this program writes, and the newest it understands.
const FORMAT: u32 = 1;

/// How long a holder is waited for whose claim cannot be read.
const UNREADABLE: Duration = Duration::from_secs(60);

/// Who holds a lock, as people want to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// A random word of one run.
    #[serde(rename = "holder")]
    pub word: String,
    /// The identity that runs it.
    pub who: String,
    /// What it does, such as the plan it applies.
    pub what: String,
    /// The command.
    pub command: String,
    /// Since when, by the clock of the holder's machine: for people, and for nothing else.
    pub since: String,
}

impl Holder {
    /// Somebody whose claim cannot be read.
    pub(super) fn unknown() -> Self {
        let [word, who, what] =
            ["unknown", "somebody", "something that cannot be read"].map(str::to_owned);
        Self { word, who, what, ..Self::default() }
    }
}

/// One run's claim on the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    format: u32,
    /// Whose it is.
    #[serde(flatten)]
    pub holder: Holder,
    /// A number that grows while the holder lives.
    pub beat: u64,
    /// For how many seconds without a beat the claim stands.
    pub ttl: u64,
    /// Whether the holder has let go.
    #[serde(default)]
    pub released: bool,
}

impl Claim {
    /// The first claim of a run.
    pub(super) fn new(holder: Holder, ttl: Duration) -> Self {
        Self { format: FORMAT, holder, beat: 0, ttl: ttl.as_secs(), released: false }
    }

    /// The same claim, let go.
    pub(super) fn released(self) -> Self {
        Self { released: true, ..self }
    }

    /// Reads a claim. Bytes that are none stand for a holder nobody knows, who can die like others.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, LeaseError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        match serde_json::from_slice(bytes) {
            Ok(Version { format }) if format > FORMAT => Err(LeaseError::Newer { format }),
            _ => Ok(serde_json::from_slice(bytes).unwrap_or_else(|_| {
                let holder = Holder {
                    word: format!("unreadable {}", digest_bytes(bytes).short()),
                    ..Holder::unknown()
                };
                Self::new(holder, UNREADABLE)
            })),
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // A struct of texts and numbers always has a JSON form.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// For how long the claim stands without a beat.
    pub(super) fn ttl(&self) -> Duration {
        Duration::from_secs(self.ttl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_survives_being_written_down() {
        let holder =
            Holder { word: "a".to_owned(), who: "ana@x.com".to_owned(), ..Holder::default() };
        let claim = Claim { beat: 7, ..Claim::new(holder, Duration::from_secs(60)) };
        assert_eq!(Claim::parse(&claim.to_bytes()).unwrap(), claim);
    }

    #[test]
    fn what_cannot_be_read_is_a_holder_and_what_is_newer_is_left_alone() {
        let (one, two) = (Claim::parse(b"").unwrap(), Claim::parse(b"{\"format\": 1}").unwrap());
        assert_ne!(one.holder.word, two.holder.word);
        assert_eq!((one.ttl, one.released), (60, false));
        assert!(matches!(Claim::parse(b"{\"format\":2}"), Err(LeaseError::Newer { format: 2 })));
    }
}
