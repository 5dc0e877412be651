//! Export, plan and apply across kinds, none of which is named here.

pub mod apply;
mod caller;
mod diff;
mod graph;
mod keys;
mod leaves;
mod merge;
mod observe;
mod pairing;
mod plan;
mod rewrite;

pub use caller::{Caller, whoami};
pub use diff::diff;
pub use keys::{Sticky, fingerprint};
pub use leaves::leaves;
pub use observe::{Observation, Observe, Progress, observe};
pub use plan::{Desired, PlanInput, desired, plan};
pub use rewrite::{Provenance, Rewrites, RewritesError, Rewritten, rewrite};
