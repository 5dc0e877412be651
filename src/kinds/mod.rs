//! The kinds: one table each.

mod alert;
mod alert_v2;
mod cluster;
mod cluster_libraries;
mod cluster_policy;
mod dashboard;
mod dbfs;
mod dbfs_file;
mod directory;
mod git_credential;
mod git_folder;
mod global_init_script;
mod group;
mod identity;
mod instance_pool;
mod instance_profile;
mod job;
mod job_task;
mod mlflow_experiment;
mod mlflow_run;
mod model_webhook;
mod notebook;
mod notification_destination;
mod parts;
mod pipeline;
mod query;
mod registry;
mod runs;
mod scim;
mod secret;
mod secret_scope;
pub(crate) mod secrets;
mod service_principal;
mod sql_warehouse;
mod tree;
mod user;
mod workspace_file;
mod ws_model_version;
mod ws_registered_model;

use crate::kind::Kind;

/// Every kind, by name.
pub static ALL: &[&Kind] = &[
    &alert::KIND,
    &alert_v2::KIND,
    &cluster::KIND,
    &cluster_policy::KIND,
    &dashboard::KIND,
    &dbfs_file::KIND,
    &directory::KIND,
    &git_credential::KIND,
    &git_folder::KIND,
    &global_init_script::KIND,
    &group::KIND,
    &instance_pool::KIND,
    &instance_profile::KIND,
    &job::KIND,
    &mlflow_experiment::KIND,
    &mlflow_run::KIND,
    &model_webhook::KIND,
    &notebook::KIND,
    &notification_destination::KIND,
    &pipeline::KIND,
    &query::KIND,
    &secret::KIND,
    &secret_scope::KIND,
    &service_principal::KIND,
    &sql_warehouse::KIND,
    &user::KIND,
    &workspace_file::KIND,
    &ws_model_version::KIND,
    &ws_registered_model::KIND,
];
