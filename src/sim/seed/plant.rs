//! Planting a seed.

use crate::sim::workspace::Workspace;

use super::site::Site;
use super::spec::Seed;
use super::{SeedError, acme, scale};

/// Plants a seed into a workspace: all of it, or nothing. The workspace's faults, limits and latency
/// do not touch it, and its record of requests stays as it is.
///
/// # Errors
/// [`SeedError`] when the workspace refuses a part of the seed, as when the seed is planted twice.
pub async fn plant(workspace: &Workspace, seed: &Seed) -> Result<(), SeedError> {
    if *seed == Seed::Empty {
        return Ok(());
    }
    let site = Site::copy_of(workspace)?;
    match seed {
        Seed::Empty => {}
        Seed::Acme => acme::plant(&site).await?,
        Seed::Scale(spec) => scale::plant(&site, spec).await?,
    }
    site.hand_over(workspace);
    Ok(())
}
