//! Requests to a workspace: transport, credentials, retries, limits, paging.

mod address;
mod answer;
pub mod auth;
mod bulk;
mod call;
mod classify;
mod error;
mod failure;
mod family;
mod limit;
mod network;
mod null;
mod page;
mod retry;
#[cfg(test)]
mod script;
mod scrub;
mod session;
mod transport;
mod version;

pub use address::Address;
pub use bulk::{Bulk, Download, Upload};
pub use call::{Body, Call, Repeat, segment};
pub use error::{Error, Kind};
pub use limit::Limits;
pub use network::{HttpOptions, HttpTransport};
pub use null::without_nulls;
pub use page::Paging;
pub use retry::Patience;
pub use session::{Session, SessionOptions};
pub use transport::{Request, Response, Transport, TransportError, TransportErrorKind, from_fn};
