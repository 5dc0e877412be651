//! Why no caller could be made out.

use std::path::PathBuf;

/// Why host or credential are missing or wrong; it never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// A text that is not the address of a server.
    #[error("`{host}` is not the address of a server: {reason}")]
    Host {
        /// What was given.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A configuration file that cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    ConfigFile {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A profile that was asked for and is not there.
    #[error("there is no profile `{profile}` in {}; {known}", path.display())]
    NoProfile {
        /// The name asked for.
        profile: String,
        /// The file it should be in.
        path: PathBuf,
        /// A clause with the names that are there.
        known: String,
    },
    /// No source names a workspace.
    #[error(
        "no workspace given (looked at {tried}); use --host or --profile, or set DATABRICKS_HOST and DATABRICKS_TOKEN"
    )]
    NoHost {
        /// The sources looked at.
        tried: String,
    },
    /// No source has a credential for the workspace.
    #[error(
        "no credential for {host} (looked at {tried}); set DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and \
         DATABRICKS_CLIENT_SECRET, or put them into a profile"
    )]
    NoCredential {
        /// The workspace.
        host: String,
        /// The sources looked at.
        tried: String,
    },
    /// Only one half of a credential is there.
    #[error(
        "{origin} has {present} without {missing}; set it there too, which in the environment is DATABRICKS_{}",
        missing.to_ascii_uppercase()
    )]
    HalfCredential {
        /// Where the half was found.
        origin: String,
        /// The field that is there.
        present: &'static str,
        /// The field that is not.
        missing: &'static str,
    },
    /// Only a user name, or only a password, for an MLflow server.
    #[error("the environment has {present} without {missing}; set both, or neither")]
    HalfLogin {
        /// The variable that is there.
        present: &'static str,
        /// The variable that is not.
        missing: &'static str,
    },
    /// More than one way to sign in.
    #[error(
        "{origin} has both a token and a client secret; say which with auth_type (DATABRICKS_AUTH_TYPE): pat or oauth-m2m"
    )]
    Ambiguous {
        /// Where they were found.
        origin: String,
    },
    /// A way to sign in that brickform does not know.
    #[error(
        "{origin} signs in with `{auth_type}`, which brickform does not support; supported are pat (a token) and oauth-m2m \
         (client id and secret of a service principal)"
    )]
    Unsupported {
        /// Where it was found.
        origin: String,
        /// The way to sign in.
        auth_type: String,
    },
    /// Two sources that name different workspaces.
    #[error(
        "{origin} is for {theirs}, not for {wanted}; its credential is not sent there: put one for {wanted} into a \
         profile, and name it with --profile"
    )]
    OtherHost {
        /// The source with the credential.
        origin: String,
        /// The workspace it is for.
        theirs: String,
        /// The workspace asked for.
        wanted: String,
    },
    /// Several profiles for one workspace.
    #[error("{} has several profiles for {host}: {profiles}; choose one with --profile", path.display())]
    SeveralProfiles {
        /// The file they are in.
        path: PathBuf,
        /// The workspace.
        host: String,
        /// Their names.
        profiles: String,
    },
    /// A credential that cannot stand in a header.
    #[error("the token of {origin} holds characters that no token has; copy it again")]
    Malformed {
        /// Where it was found.
        origin: String,
    },
}
