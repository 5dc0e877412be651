//! The states of a cluster, and how long it takes to leave one.

use serde::{Deserialize, Serialize};

/// What a cluster is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Life {
    /// Machines are being found.
    Pending,
    /// It runs.
    Running,
    /// It stops and starts again.
    Restarting,
    /// It grows or shrinks.
    Resizing,
    /// It gives its machines back.
    Terminating,
    /// It has no machines.
    #[default]
    Terminated,
}

impl Life {
    /// The word which the API uses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Restarting => "RESTARTING",
            Self::Resizing => "RESIZING",
            Self::Terminating => "TERMINATING",
            Self::Terminated => "TERMINATED",
        }
    }

    /// Where the state leads to by itself.
    fn settled(self) -> Self {
        match self {
            Self::Pending | Self::Running | Self::Restarting | Self::Resizing => Self::Running,
            Self::Terminating | Self::Terminated => Self::Terminated,
        }
    }
}

/// Where a cluster stands on its way to a state.
///
/// Time passes by looking: a state which leads to another one is seen a given number of times and then is
/// over, so that a client which waits gets there and one which does not wait never does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Phase {
    life: Life,
    looks: u32,
}

impl Phase {
    /// The phase which begins with a state, to be seen `looks` times before it is over.
    pub(crate) fn begin(life: Life, looks: u32) -> Self {
        if looks == 0 { Self { life: life.settled(), looks } } else { Self { life, looks } }
    }

    /// The state, without time passing.
    pub(crate) fn life(self) -> Life {
        self.life
    }

    /// Lets someone look at the state.
    pub(super) fn pass(&mut self) {
        self.looks = self.looks.saturating_sub(1);
        if self.looks == 0 {
            self.life = self.life.settled();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_seen_as_often_as_told_and_then_is_over() {
        let mut phase = Phase::begin(Life::Pending, 2);
        let seen: Vec<_> = (0..4)
            .map(|_| {
                let life = phase.life();
                phase.pass();
                life
            })
            .collect();
        assert_eq!(seen, [Life::Pending, Life::Pending, Life::Running, Life::Running]);
        assert_eq!(Phase::begin(Life::Terminating, 0).life(), Life::Terminated);
    }
}
