//! The words a kind's table is written in, and how one kind is read and written.

mod acl;
mod api;
mod catalogue;
mod check;
mod contents;
mod error;
mod external;
mod hooks;
mod index;
mod normalise;
mod outlook;
mod place;
mod pointer;
pub mod regular;
mod rights;
pub mod rule;
mod table;
mod trace;
mod words;

pub use acl::{Acl, Entries, NAMED_BY_IDENTIFIER, grants_body, read_grants};
pub use api::{Api, Call, IdAt, Method, Paging};
pub use catalogue::Catalogue;
pub use contents::{Contents, Opened};
pub use error::Error;
pub use external::{External, as_external, external};
pub use hooks::{
    Created, Depth, Details, HOMES, Hooks, Listed, Listing, Live, OWN_FOLDER, OWN_MODELS, Omission,
    Reading, Scope, Wanted, Writing, is_within,
};
pub use index::Index;
pub(crate) use normalise::key_of;
pub use normalise::{canon, has_redacted, normalise, resolve};
pub use outlook::Outlook;
pub use place::Place;
pub use pointer::{Keep, at, matches_pattern, select_mut, whole};
pub use rights::{read_rights, set_rights};
pub use rule::{Json, Rule, What};
pub use table::{By, Kind, Mount, Part, Ref};
pub use trace::Trace;
pub use words::Table;
