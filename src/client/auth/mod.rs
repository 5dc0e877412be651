//! Who calls, and which workspace: Databricks' own conventions for hosts and credentials.

mod authenticated;
mod config_file;
mod error;
mod fields;
mod host;
mod mlflow;
mod oauth;
mod settings;
mod token;

pub use authenticated::authenticate;
pub use config_file::ConfigFile;
pub use error::AuthError;
pub use host::Host;
pub use settings::{Credential, Settings, Wanted};
