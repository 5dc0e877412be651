//! Why a server was not reached, for people.

use crate::cli::error::CliError;
use crate::client::auth::{Credential, Settings};
use crate::client::{Error, Kind};

/// How an MLflow server begins to refuse a name that it was not told to answer to.
const OTHER_NAME: &str = "Invalid Host header";

/// Why a server did not say who calls.
pub(super) fn unwelcome(error: Error, settings: &Settings) -> CliError {
    let host = &settings.host;
    match error.kind() {
        Kind::Connect | Kind::Timeout | Kind::Interrupted => {
            CliError::failed(format!("{host} cannot be reached"))
                .because(error)
                .hint("check the address, the network, and the proxy in HTTPS_PROXY")
        }
        _ if settings.server.is_workspace() => at_workspace(error, settings),
        _ => at_mlflow(error, settings),
    }
}

fn at_workspace(error: Error, settings: &Settings) -> CliError {
    let Settings { host, origin, .. } = settings;
    match error.kind() {
        Kind::Unauthenticated => {
            let wanted = match settings.credential {
                Credential::ServicePrincipal { .. } => {
                    "DATABRICKS_CLIENT_SECRET to a valid secret of DATABRICKS_CLIENT_ID"
                }
                _ => "DATABRICKS_TOKEN to a valid token",
            };
            CliError::failed(format!("{host} does not accept the credential of {origin}"))
                .because(error)
                .hint(format!("set {wanted}, or choose another profile with --profile"))
        }
        Kind::Denied => {
            CliError::failed(format!("{host} knows the credential of {origin} and refuses it"))
                .because(error)
                .hint("give the identity access to the workspace, or choose another with --profile")
        }
        Kind::NotJson => CliError::failed(format!("{host} does not answer as a workspace does"))
            .because(error)
            .hint("check the address: it is the one in the browser's address bar, without a path"),
        _ => CliError::failed(format!("{host} does not say who calls")).because(error),
    }
}

fn at_mlflow(error: Error, settings: &Settings) -> CliError {
    let Settings { host, origin, credential, .. } = settings;
    match (error.kind(), credential) {
        (Kind::Denied, _) if error.message().contains(OTHER_NAME) => {
            CliError::failed(format!("{host} does not answer to this name"))
                .because(error)
                .hint("start it with `mlflow server --allowed-hosts NAME`, or call it 127.0.0.1 on its own machine")
        }
        (Kind::Unauthenticated, Credential::None) => {
            CliError::failed(format!("{host} wants a credential")).because(error).hint(
                "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
            )
        }
        (Kind::Unauthenticated | Kind::Denied, _) => {
            CliError::failed(format!("{host} does not accept the credential of {origin}"))
                .because(error)
                .hint("set these variables to what MLflow's own client signs in with")
        }
        (Kind::NotJson | Kind::EndpointMissing | Kind::NotFound, _) => {
            CliError::failed(format!("{host} does not answer as an MLflow server does"))
                .because(error)
                .hint("check the address: it is what MLFLOW_TRACKING_URI is for MLflow's own client")
        }
        _ => CliError::failed(format!("{host} cannot be read")).because(error),
    }
}
