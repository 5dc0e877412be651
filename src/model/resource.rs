//! One object of a workspace, complete enough to create it elsewhere.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Address, Digest, digest_value, visit_refs_mut};

/// A right that was granted directly on an object; inherited rights are never kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Who holds the right: a `user:`, `group:` or `service_principal:` address.
    pub principal: Address,
    /// The level, such as `CAN_MANAGE`.
    pub level: String,
}

/// How the bytes of a content are to be read and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ContentFormat {
    /// A notebook as source text in its language.
    Source,
    /// A notebook as an ipynb document, outputs included.
    Jupyter,
    /// A file's bytes as they are.
    Raw,
}

/// Bytes that belong to a resource and are stored beside it, named by their digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// How to read the bytes.
    pub format: ContentFormat,
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// How many bytes there are.
    pub size: u64,
}

/// One object of a workspace: address, spec, grants and content.
///
/// The spec holds no server identifier and no output-only field; fields that nobody here knows are
/// kept; other objects are referred to as `{"$ref": "kind:key"}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// What it is called.
    pub address: Address,
    /// Its settings, a JSON object.
    pub spec: Value,
    /// Direct grants; `None` where the kind has none or they were not read, so that they are not managed.
    pub grants: Option<BTreeSet<Grant>>,
    /// Notebook source or file bytes, where the kind has them.
    pub content: Option<Content>,
}

impl Resource {
    /// Digests what the object is, without its grants.
    pub fn digest(&self) -> Digest {
        digest_value(
            "brickform.resource.v1",
            &json!([self.address.kind, self.address.key, self.spec, self.content]),
        )
    }

    /// Digests the object's direct grants; `None` where they are not managed.
    pub fn grants_digest(&self) -> Option<Digest> {
        self.grants.as_ref().map(|grants| digest_value("brickform.grants.v1", &json!(grants)))
    }

    /// Renames what it refers to and who holds rights on it: `called` answers the new address, if there is one.
    pub fn rename(&mut self, called: &impl Fn(&Address) -> Option<Address>) {
        rename(&mut self.spec, &mut self.grants, called);
    }

    /// Digests everything: spec, content and grants.
    pub fn full_digest(&self) -> Digest {
        digest_value("brickform.object.v1", &json!([self.digest(), self.grants_digest()]))
    }
}

pub(super) fn rename(
    spec: &mut Value,
    grants: &mut Option<BTreeSet<Grant>>,
    called: &impl Fn(&Address) -> Option<Address>,
) {
    visit_refs_mut(spec, &mut |address| called(address).map(|called| called.to_ref()));
    if let Some(grants) = grants {
        let renamed = |Grant { principal, level }: Grant| Grant {
            principal: called(&principal).unwrap_or(principal),
            level,
        };
        *grants = std::mem::take(grants).into_iter().map(renamed).collect();
    }
}
