//! What a simulated workspace can be told.

use std::fmt;
use std::time::Duration;

use super::faults::Faults;

/// The settings of a simulated workspace.
#[derive(Clone)]
pub struct Options {
    /// The personal access token of the workspace's first admin.
    pub token: String,
    /// The user name of that admin.
    pub user: String,
    /// A service principal, also an admin, which may ask for OAuth tokens.
    pub client: Option<Client>,
    /// How long every request takes at least.
    pub latency: Duration,
    /// Which rate limits are kept.
    pub limits: Limits,
    /// What goes wrong, and when.
    pub faults: Faults,
    /// The workspace's identifier; without one it follows from the seed.
    pub workspace_id: Option<u64>,
    /// What identifiers and orders follow from.
    pub seed: u64,
    /// The largest page of any listing; SCIM is told separately.
    pub page_size: usize,
    /// The largest page of a SCIM listing.
    pub scim_page_size: usize,
    /// Whether the server knows fields whose names start with `future_`, in every object.
    pub future_fields: bool,
    /// Which API versions are served.
    pub versions: Versions,
    /// Whether there is a model registry of the workspace's own, besides Unity Catalog.
    pub workspace_registry: bool,
    /// What the workspace's clock says at first, in milliseconds since 1970.
    pub start: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token: "dapi-simulated".to_owned(),
            user: "admin@example.com".to_owned(),
            client: None,
            latency: Duration::ZERO,
            limits: Limits::None,
            faults: Faults::default(),
            workspace_id: None,
            seed: 1,
            page_size: 100,
            scim_page_size: 100,
            future_fields: false,
            versions: Versions::default(),
            workspace_registry: true,
            start: 1_767_225_600_000,
        }
    }
}

/// The credentials of a service principal.
#[derive(Clone)]
pub struct Client {
    /// Its application id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// How long its tokens are good for.
    pub lifetime: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Which rate limits a workspace keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limits {
    /// None.
    #[default]
    None,
    /// The published ones.
    Published,
}

/// Which of the newer API versions are served; the older ones always are.
#[derive(Debug, Clone, Copy)]
pub struct Versions {
    /// Jobs 2.2.
    pub jobs_2_2: bool,
    /// Clusters 2.1.
    pub clusters_2_1: bool,
}

impl Default for Versions {
    fn default() -> Self {
        Self { jobs_2_2: true, clusters_2_1: true }
    }
}
