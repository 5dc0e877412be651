//! Export, plan and apply across kinds, none of which is named here.

pub mod apply;
mod caller;
mod diff;
mod drift;
mod former;
mod graph;
mod keys;
pub mod lease;
mod leaves;
mod lineage;
mod matched;
mod merge;
mod observe;
mod pairing;
mod plan;
mod record;
pub mod remote;
mod rewrite;
mod undo;

pub use caller::{Caller, whoami};
pub use diff::diff;
pub use drift::{Drift, drift};
pub use keys::{Sticky, base_of, fingerprint};
pub use leaves::leaves;
pub use matched::{Matched, Otherwise, matched, seen_otherwise};
pub use observe::{Observation, Observe, Progress, observe};
pub use plan::{Desired, PlanInput, desired, plan};
pub use record::{Recording, record};
pub use rewrite::{Provenance, Rewrites, RewritesError, Rewritten, rewrite};
pub use undo::{Undo, UndoInput, undo};
