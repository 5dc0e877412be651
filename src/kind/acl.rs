//! Rights on objects: reading what was granted directly, and writing it as a whole.
//!
//! API: <https://docs.databricks.com/api/workspace/permissions>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Index;
use crate::model::{Address, Grant};

/// How a kind's rights are reached.
#[derive(Clone, Copy, Debug)]
pub struct Acl {
    /// The object type in the path `/api/2.0/permissions/{type}/{id}`.
    pub object_type: &'static str,
    /// The level of which there must be exactly one, if any.
    pub owner: Option<&'static str>,
    /// Whether whoever creates an object gets a direct right on it, so that it has to be set even where none is wanted.
    pub creator_gains: bool,
}

impl Acl {
    /// Rights without an owner, on objects whose creator gets one.
    pub const fn of(object_type: &'static str) -> Self {
        Self { object_type, owner: None, creator_gains: true }
    }

    /// Exactly one right of this level.
    pub const fn owned(mut self, level: &'static str) -> Self {
        self.owner = Some(level);
        self
    }

    /// Creating an object is not known to grant anything directly.
    pub const fn creator_gains_nothing(mut self) -> Self {
        self.creator_gains = false;
        self
    }

    /// The path of one object's rights.
    pub fn path(&self, id: &str) -> String {
        format!("/api/2.0/permissions/{}/{}", self.object_type, id)
    }
}

/// The kind of principals to whom rights are granted by an identifier, so that names have to be looked up.
pub const NAMED_BY_IDENTIFIER: &str = "service_principal";

/// The fields that name a principal, and the kind each belongs to.
const FIELDS: [(&str, &str); 3] = [
    ("user_name", "user"),
    ("group_name", "group"),
    ("service_principal_name", NAMED_BY_IDENTIFIER),
];

/// Reads the direct grants out of a permissions answer.
///
/// Every direct level of every entry is kept. Inherited ones go, and the group `admins`, whose right
/// is a given that the server refuses to change.
pub fn read_grants(answer: &Value, index: &Index) -> BTreeSet<Grant> {
    let mut grants = BTreeSet::new();
    for entry in answer.get("access_control_list").and_then(Value::as_array).into_iter().flatten() {
        let Some((name, kind)) =
            FIELDS.iter().find_map(|(field, kind)| Some((entry.get(field)?.as_str()?, *kind)))
        else {
            continue;
        };
        if kind == "group" && name == "admins" {
            continue;
        }
        let principal = match index.principal_address(name) {
            Some(address) if address.kind == kind => address.clone(),
            _ if kind == "user" => Address::new(kind, name.to_lowercase()),
            _ => Address::new(kind, name),
        };
        let all = entry.get("all_permissions").and_then(Value::as_array);
        // Some servers answer in the form that is written, one level per entry.
        for permission in all.into_iter().flatten().chain(all.is_none().then_some(entry)) {
            let inherited = permission.get("inherited").and_then(Value::as_bool).unwrap_or(false);
            if let Some(level) = permission.get("permission_level").and_then(Value::as_str)
                && !inherited
            {
                grants.insert(Grant { principal: principal.clone(), level: level.to_owned() });
            }
        }
    }
    grants
}

/// Writes grants as the body that sets all direct rights of an object.
///
/// # Errors
/// Lists the principals that are not known in this workspace.
pub fn grants_body(grants: &BTreeSet<Grant>, index: &Index) -> Result<Value, Vec<Address>> {
    let mut entries = Vec::new();
    let mut missing = Vec::new();
    for grant in grants {
        let field =
            FIELDS.iter().find(|(_, kind)| *kind == grant.principal.kind).map(|(field, _)| *field);
        match (field, index.principal(&grant.principal)) {
            (Some(field), Some(name)) => {
                entries.push(json!({ field: name, "permission_level": grant.level }))
            }
            _ => missing.push(grant.principal.clone()),
        }
    }
    if missing.is_empty() { Ok(json!({ "access_control_list": entries })) } else { Err(missing) }
}
