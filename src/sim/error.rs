//! What can go wrong with a simulated workspace itself.

use std::path::PathBuf;

/// The connection was cut, before or after the request took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection was cut")]
pub struct Cut;

/// Why a workspace could not be served, saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the workspace's data cannot be read or written.
    #[error("cannot {doing} {}", path.display())]
    Data {
        /// `read` or `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the workspace's data does not hold a workspace.
    #[error("{} does not hold a simulated workspace of this version: remove it to start afresh", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}
