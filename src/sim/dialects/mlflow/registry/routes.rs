//! The calls of the model registry.

use super::{models, search, versions, webhooks};
use crate::sim::dialects::mlflow::routes::{delete, get, patch, post};
use crate::sim::http::Route;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    post("/api/2.0/mlflow/registered-models/create", models::create),
    get("/api/2.0/mlflow/registered-models/list", search::list),
    get("/api/2.0/mlflow/registered-models/search", search::models),
    get("/api/2.0/mlflow/databricks/registered-models/get", models::get),
    patch("/api/2.0/mlflow/registered-models/update", models::update),
    post("/api/2.0/mlflow/registered-models/rename", models::rename),
    delete("/api/2.0/mlflow/registered-models/delete", models::delete),
    post("/api/2.0/mlflow/registered-models/set-tag", models::set_tag),
    delete("/api/2.0/mlflow/registered-models/delete-tag", models::delete_tag),
    post("/api/2.0/mlflow/registered-models/get-latest-versions", models::latest),
    post("/api/2.0/mlflow/model-versions/create", versions::create),
    get("/api/2.0/mlflow/model-versions/get", versions::get),
    get("/api/2.0/mlflow/model-versions/search", search::versions),
    patch("/api/2.0/mlflow/model-versions/update", versions::update),
    delete("/api/2.0/mlflow/model-versions/delete", versions::delete),
    post("/api/2.0/mlflow/model-versions/set-tag", versions::set_tag),
    delete("/api/2.0/mlflow/model-versions/delete-tag", versions::delete_tag),
    get("/api/2.0/mlflow/model-versions/get-download-uri", versions::download_uri),
    post("/api/2.0/mlflow/databricks/model-versions/transition-stage", versions::transition),
    post("/api/2.0/mlflow/registry-webhooks/create", webhooks::create),
    get("/api/2.0/mlflow/registry-webhooks/list", webhooks::list),
    patch("/api/2.0/mlflow/registry-webhooks/update", webhooks::update),
    delete("/api/2.0/mlflow/registry-webhooks/delete", webhooks::delete),
];
