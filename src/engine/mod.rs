//! Export, plan and apply across kinds, none of which is named here.

mod access;
pub mod apply;
mod blast;
mod caller;
mod diff;
mod drift;
mod graph;
mod keys;
pub mod lease;
mod leaves;
mod level;
mod lineage;
mod matched;
mod merge;
mod needs;
mod observe;
mod pairing;
mod plan;
mod record;
pub mod remote;
mod rewrite;
mod risk;

pub use access::{Access, AccessChange, Effect, Rights, access};
pub use blast::{Blast, blast};
pub use caller::{Caller, whoami};
pub use diff::diff;
pub use drift::{Drift, drift};
pub use keys::{Sticky, base_of, fingerprint};
pub use leaves::leaves;
pub use matched::{Matched, Otherwise, matched, seen_otherwise};
pub use needs::Links;
pub use observe::{Observation, Observe, Progress, observe};
pub use plan::{Desired, PlanInput, desired, plan};
pub use record::{Recording, record};
pub use rewrite::{Provenance, Rewrites, RewritesError, Rewritten, rewrite};
pub use risk::{Judged, Risk, risks};
