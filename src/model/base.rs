//! What the last apply of one workspace onto another left, object by object.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::resource::rename;
use super::{Address, Content, Digest, Grant, Resource, Source, Target, digest_value};

/// The base format this program writes and reads.
pub const BASE_FORMAT: &str = "1.0";

/// One of the two workspaces a base is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// The workspace's URL, without a trailing slash.
    pub host: String,
    /// The workspace's numeric id, if the server told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
}

impl From<&Source> for Side {
    fn from(source: &Source) -> Self {
        Self { host: source.host.clone(), workspace_id: source.workspace_id.clone() }
    }
}

impl From<&Target> for Side {
    fn from(target: &Target) -> Self {
        Self { host: target.host.clone(), workspace_id: target.workspace_id.clone() }
    }
}

/// An object as it was at one moment, without its address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its settings; references by the addresses of the snapshot.
    pub spec: Value,
    /// Its content, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Its direct grants; `None` where they were not managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<BTreeSet<Grant>>,
}

impl Image {
    /// Takes what a resource is, without its address.
    pub fn of(resource: &Resource) -> Self {
        Self {
            spec: resource.spec.clone(),
            content: resource.content.clone(),
            grants: resource.grants.clone(),
        }
    }

    /// The resource that looks like this under an address.
    pub fn at(&self, address: Address) -> Resource {
        Resource {
            address,
            spec: self.spec.clone(),
            grants: self.grants.clone(),
            content: self.content.clone(),
        }
    }
}

impl Image {
    /// Renames what it refers to and who holds rights on it: `called` answers the new address, if there is one.
    pub fn rename(&mut self, called: &impl Fn(&Address) -> Option<Address>) {
        rename(&mut self.spec, &mut self.grants, called);
    }
}

/// What is known of one object since the last apply: what was sent, and what the server made of it.
///
/// Desired is compared with what was sent, live with what was echoed: what the server itself adds and
/// respells cancels out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// What was wanted and sent.
    pub sent: Image,
    /// What the server then showed; absent where it was equal to what was sent as far as rules can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echoed: Option<Image>,
    /// The fingerprint of the object's identifier in the source, by which a rename is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_object: Option<String>,
    /// The fingerprint of the object's identifier in the target, by which it is found whatever its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_object: Option<String>,
    /// Whether it must not be deleted or replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
}

impl Recorded {
    /// Renames what it refers to; see [`Image::rename`].
    pub fn rename(&mut self, called: &impl Fn(&Address) -> Option<Address>) {
        self.sent.rename(called);
        self.echoed.iter_mut().for_each(|echoed| echoed.rename(called));
    }

    /// What the server showed after the last apply.
    pub fn echo(&self) -> &Image {
        self.echoed.as_ref().unwrap_or(&self.sent)
    }
}

/// What the last apply of one workspace onto another left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Where the snapshots come from.
    pub source: Side,
    /// Where they are applied.
    pub target: Side,
    /// The objects, by the addresses that the plan uses.
    pub objects: BTreeMap<Address, Recorded>,
}

impl Base {
    /// A base before the first apply.
    pub fn new(source: Side, target: Side) -> Self {
        Self { source, target, objects: BTreeMap::new() }
    }

    /// Digests all of it.
    pub fn digest(&self) -> Digest {
        digest_value("brickform.base.v1", &json!(self))
    }
}
