//! Acme: an organisation as one finds it, with a few years of history.

mod clusters;
mod compute;
mod datasets;
mod files;
mod groups;
mod jobs;
mod learning;
mod notebooks;
mod oddities;
mod people;
mod reporting;
mod rights;
mod secrets;
mod startup;

use super::SeedError;
use super::site::Site;
use crate::sim::dialects::scim;

/// Plants Acme.
pub(super) async fn plant(site: &Site) -> Result<(), SeedError> {
    let members = people::plant(site).await?;
    groups::plant(site, &members).await?;
    let principals = groups::service_principals(site).await?;
    let everyone: Vec<String> = members.iter().map(|member| member.id.clone()).collect();
    site.with_state(|state| scim::seed_account_group(state, "acme-everyone", &everyone));
    notebooks::plant(site, &members).await?;
    files::plant(site).await?;
    oddities::plant(site, &members).await?;
    secrets::plant(site).await?;
    startup::plant(site).await?;
    learning::plant(site).await?;
    let compute = compute::plant(site, &members).await?;
    let reporting = reporting::plant(site).await?;
    let ground = jobs::Ground {
        members: &members,
        principals: &principals,
        compute: &compute,
        reporting: &reporting,
    };
    let jobs = jobs::plant(site, &ground).await?;
    rights::plant(site, &ground, &jobs).await
}
