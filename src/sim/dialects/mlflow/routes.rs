//! The calls of tracking.

use super::{artifacts, experiments, logging, metrics, runs, search};
use crate::sim::http::{Handler, Route};

/// A call which reads.
pub(super) const fn get(path: &'static str, handler: Handler) -> Route {
    Route { method: "GET", path, handler }
}

/// A call which makes or does something, or searches.
pub(super) const fn post(path: &'static str, handler: Handler) -> Route {
    Route { method: "POST", path, handler }
}

/// A call which changes a part.
pub(super) const fn patch(path: &'static str, handler: Handler) -> Route {
    Route { method: "PATCH", path, handler }
}

/// A call which deletes.
pub(super) const fn delete(path: &'static str, handler: Handler) -> Route {
    Route { method: "DELETE", path, handler }
}

/// A file which the server carries itself.
const FILE: &str = "/api/2.0/mlflow-artifacts/artifacts/{path...}";

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    post("/api/2.0/mlflow/experiments/create", experiments::create),
    get("/api/2.0/mlflow/experiments/get", experiments::get),
    get("/api/2.0/mlflow/experiments/get-by-name", experiments::by_name),
    get("/api/2.0/mlflow/experiments/list", search::list),
    post("/api/2.0/mlflow/experiments/search", search::experiments),
    post("/api/2.0/mlflow/experiments/update", experiments::update),
    post("/api/2.0/mlflow/experiments/delete", experiments::delete),
    post("/api/2.0/mlflow/experiments/restore", experiments::restore),
    post("/api/2.0/mlflow/experiments/set-experiment-tag", experiments::set_tag),
    post("/api/2.0/mlflow/runs/create", runs::create),
    get("/api/2.0/mlflow/runs/get", runs::get),
    post("/api/2.0/mlflow/runs/search", search::runs),
    post("/api/2.0/mlflow/runs/update", runs::update),
    post("/api/2.0/mlflow/runs/delete", runs::delete),
    post("/api/2.0/mlflow/runs/restore", runs::restore),
    post("/api/2.0/mlflow/runs/log-batch", logging::log_batch),
    post("/api/2.0/mlflow/runs/log-metric", logging::log_metric),
    post("/api/2.0/mlflow/runs/log-parameter", logging::log_parameter),
    post("/api/2.0/mlflow/runs/log-inputs", logging::log_inputs),
    post("/api/2.0/mlflow/runs/set-tag", logging::set_tag),
    post("/api/2.0/mlflow/runs/delete-tag", logging::delete_tag),
    get("/api/2.0/mlflow/metrics/get-history", metrics::history),
    get("/api/2.0/mlflow/artifacts/list", artifacts::list),
    post("/api/2.0/mlflow/artifacts/credentials-for-read", artifacts::to_read),
    post("/api/2.0/mlflow/artifacts/credentials-for-write", artifacts::to_write),
    get("/api/2.0/mlflow-artifacts/artifacts", artifacts::folder),
    get(FILE, artifacts::download),
    Route { method: "PUT", path: FILE, handler: artifacts::upload },
    delete(FILE, artifacts::delete),
];
