//! The lock on a target: one apply at a time, with no clock that two machines would have to share.
//!
//! A claim is a small file in the target, named by a number. Making the next number is refused where it
//! exists, so of any number of contenders one gets it; who has the highest holds the lock. A holder
//! rewrites its file all the time. Who waits takes over only what it has itself seen unchanged for longer
//! than the holder promised, and a holder that could not rewrite its file for almost that long lets go.

mod acquire;
mod claim;
mod error;
mod held;
mod pulse;
mod term;
mod watch;

pub use acquire::LeaseOptions;
pub use claim::{Claim, Holder};
pub use error::{LeaseError, Loss};
pub use held::{Lease, Standing, look, unlock};
