//! As much of everything as asked for, with a direct grant on every object.

mod compute;
mod files;
mod jobs;
mod people;
mod secrets;
mod tracking;
mod tree;

use super::SeedError;
use super::site::Site;
use super::spec::ScaleSpec;

/// Plants as much as the spec says.
pub(super) async fn plant(site: &Site, spec: &ScaleSpec) -> Result<(), SeedError> {
    let people = people::plant(site, spec).await?;
    let notebooks = tree::plant(site, spec, &people).await?;
    let compute = compute::plant(site, spec, &people).await?;
    jobs::plant(site, spec, &people, &notebooks, &compute).await?;
    tracking::plant(site, spec, &people).await?;
    secrets::plant(site, spec, &people).await?;
    files::plant(site, spec).await
}
