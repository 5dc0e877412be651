//! Export, plan and apply across kinds, none of which is named here.

mod access;
pub mod apply;
mod blast;
mod caller;
mod diff;
mod graph;
mod keys;
mod leaves;
mod level;
mod merge;
mod needs;
mod observe;
mod pairing;
mod plan;
mod rewrite;
mod risk;

pub use access::{Access, AccessChange, Effect, Rights, access};
pub use blast::{Blast, blast};
pub use caller::{Caller, whoami};
pub use diff::diff;
pub use keys::{Sticky, fingerprint};
pub use leaves::leaves;
pub use needs::Links;
pub use observe::{Observation, Observe, Progress, observe};
pub use plan::{Desired, PlanInput, desired, plan};
pub use rewrite::{Provenance, Rewrites, RewritesError, Rewritten, rewrite};
pub use risk::{Judged, Risk, risks};
