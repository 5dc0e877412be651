//! What real servers do beyond storing what they are sent, one module per API.

pub(super) mod alerts;
pub(super) mod clusters;
pub(super) mod commands;
pub(super) mod content;
pub(super) mod dashboards;
pub(super) mod dbfs;
pub(super) mod git_credentials;
pub(super) mod global_init_scripts;
pub(super) mod instance_profiles;
mod instant;
pub(super) mod jobs;
pub(super) mod libraries;
pub(super) mod mlflow;
pub(super) mod notification_destinations;
pub(super) mod permissions;
pub(super) mod pipelines;
pub(super) mod policies;
pub(super) mod pools;
pub(super) mod queries;
pub(super) mod repos;
pub(super) mod scim;
pub(super) mod secrets;
mod shelf;
pub(super) mod tree;
pub(super) mod warehouses;
