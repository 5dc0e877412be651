//! Stages of versions, which a create does not take.

use serde_json::json;

use super::numbers::Version;
use super::send;
use crate::client::{Call, Repeat};
use crate::kind::{Error, Writing};

/// The vendor's call, and that of a plain MLflow server.
const CALLS: [&str; 2] = [
    "/api/2.0/mlflow/databricks/model-versions/transition-stage",
    "/api/2.0/mlflow/model-versions/transition-stage",
];

/// Moves a version to a stage, and no other version.
///
/// # Errors
/// As the server refuses.
pub(in crate::kinds) async fn transition(
    cx: Writing<'_>,
    version: Version<'_>,
    stage: &str,
) -> Result<(), Error> {
    let body = json!({
        "name": version.model,
        "version": version.number.to_string(),
        "stage": stage,
        "archive_existing_versions": false,
    });
    let [vendors, plain] =
        CALLS.map(|path| Call::post(path).json(body.clone()).repeat(Repeat::Idempotent));
    match send(cx, vendors).await {
        Err(error) if error.is_no_call() => send(cx, plain).await,
        other => other,
    }
}

/// Takes a version out of use, so that it can be deleted.
///
/// # Errors
/// As the server refuses; one that is gone needs nothing.
pub(in crate::kinds) async fn archive(
    cx: Writing<'_>,
    version: Version<'_>,
    stage: &str,
) -> Result<(), Error> {
    if !["Staging", "Production"].contains(&stage) {
        return Ok(());
    }
    match transition(cx, version, "Archived").await {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}
